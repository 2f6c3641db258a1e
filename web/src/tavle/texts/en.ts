import type { Texts } from './nb';

/** English. */
export const en: Texts = {
  title: 'Ward board (reference client)',
  newTitle: 'New measurements',
  parts: { respiration: 'Respiration', saturation: 'Oxygen saturation', oxygen: 'Oxygen', systolic: 'Systolic pressure', pulse: 'Pulse', consciousness: 'Consciousness', temperature: 'Temperature' },
  units: { respiration: 'a minute', saturation: 'per cent', oxygen: 'litres a minute, 0 for air', systolic: 'mmHg', pulse: 'beats a minute', temperature: '°C' },
  scale: 'Scale of oxygen saturation',
  scales: { 1: 'Scale 1, usual', 2: 'Scale 2, target 88–92 % by the physician’s decision' },
  levels: { A: 'Alert (A)', C: 'New confusion (C)', V: 'Reacts to voice (V)', P: 'Reacts to pain (P)', U: 'Does not react (U)' },
  points: '{n} points',
  score: 'NEWS2 while you type',
  scoreMissing: '{n} of 7 missing',
  wrong: 'Write a number.',
  odd: 'This is outside what is usually measured: {parts}. Measure again, or confirm.',
  sure: 'The value is right',
  nothing: 'Write at least one measurement.',
  save: 'Register',
  sentTitle: 'Registered here',
  states: { waiting: 'Not sent', sending: 'Sending', stored: 'Stored', refused: 'Refused' },
  unsent: '{n} not sent. Will be sent when the net is back. Do not close the page.',
  sendNow: 'Send now',
  partial: 'Not all measurements',
};
