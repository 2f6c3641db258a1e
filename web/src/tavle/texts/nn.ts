import type { Texts } from './nb';

/** Nynorsk. */
export const nn: Texts = {
  title: 'Tavle (referanseklient)',
  newTitle: 'Nye målingar',
  parts: { respiration: 'Respirasjon', saturation: 'Oksygenmetting', oxygen: 'Oksygen', systolic: 'Systolisk blodtrykk', pulse: 'Puls', consciousness: 'Medvit', temperature: 'Temperatur' },
  units: { respiration: 'per minutt', saturation: 'prosent', oxygen: 'liter per minutt, 0 for luft', systolic: 'mmHg', pulse: 'slag per minutt', temperature: '°C' },
  scale: 'Skala for oksygenmetting',
  scales: { 1: 'Skala 1, vanleg', 2: 'Skala 2, mål 88–92 % etter avgjerd frå legen' },
  levels: { A: 'Vaken (A)', C: 'Nyoppstått forvirring (C)', V: 'Reagerer på tiltale (V)', P: 'Reagerer på smerte (P)', U: 'Reagerer ikkje (U)' },
  points: '{n} poeng',
  score: 'NEWS2 medan du skriv',
  scoreMissing: 'Manglar {n} av 7',
  wrong: 'Skriv eit tal.',
  odd: 'Dette er utanfor det som vanlegvis blir målt: {parts}. Mål på nytt, eller stadfest.',
  sure: 'Verdien er rett',
  nothing: 'Skriv minst éi måling.',
  save: 'Registrer',
  sentTitle: 'Registrert her',
  states: { waiting: 'Ikkje send', sending: 'Sender', stored: 'Lagra', refused: 'Avvist' },
  unsent: '{n} ikkje sende. Blir sende når nettet er tilbake. Ikkje lukk sida.',
  sendNow: 'Send no',
  partial: 'Ikkje alle målingar',
};
