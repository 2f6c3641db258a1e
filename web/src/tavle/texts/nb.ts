/** Bokmål: the ward board's registration. The other languages have the same shape. */
export const nb = {
  title: 'Tavle (referanseklient)',
  newTitle: 'Nye målinger',
  parts: { respiration: 'Respirasjon', saturation: 'Oksygenmetning', oxygen: 'Oksygen', systolic: 'Systolisk blodtrykk', pulse: 'Puls', consciousness: 'Bevissthet', temperature: 'Temperatur' },
  units: { respiration: 'per minutt', saturation: 'prosent', oxygen: 'liter per minutt, 0 for luft', systolic: 'mmHg', pulse: 'slag per minutt', temperature: '°C' },
  scale: 'Skala for oksygenmetning',
  scales: { 1: 'Skala 1, vanlig', 2: 'Skala 2, mål 88–92 % etter legens beslutning' },
  levels: { A: 'Våken (A)', C: 'Nyoppstått forvirring (C)', V: 'Reagerer på tiltale (V)', P: 'Reagerer på smerte (P)', U: 'Reagerer ikke (U)' },
  points: '{n} poeng',
  score: 'NEWS2 mens du skriver',
  scoreMissing: 'Mangler {n} av 7',
  wrong: 'Skriv et tall.',
  odd: 'Dette er utenfor det som vanligvis måles: {parts}. Mål på nytt, eller bekreft.',
  sure: 'Verdien er riktig',
  nothing: 'Skriv minst én måling.',
  save: 'Registrer',
  sentTitle: 'Registrert her',
  states: { waiting: 'Ikke sendt', sending: 'Sender', stored: 'Lagret', refused: 'Avvist' },
  unsent: '{n} ikke sendt. Blir sendt når nettet er tilbake. Ikke lukk siden.',
  sendNow: 'Send nå',
  partial: 'Ikke alle målinger',
};

/** What every language has. */
export type Texts = typeof nb;
