import type { Texts } from './nb';

/** English. */
export const en: Texts = {
  title: 'Fjordjournal',
  sandbox: 'The sandbox’s journal. All people and information are invented.',
  user: 'You are',
  listTitle: 'Patients waiting',
  listLead: 'The journal’s own list. When you open a patient, you and the patient come along into the app, without a new login or a new search.',
  open: 'Open {name}',
  waited: 'Waited {n} min',
  urgency: { 1: 'Red, at once', 2: 'Orange, urgent', 3: 'Yellow, can wait a little', 4: 'Green, can wait' },
  complaints: ['Short of breath and weak', 'More short of breath than usual', 'Fell at home, painful hip', 'Stomach pain, pregnant', 'Dizzy and sick', 'Fever and a sore throat'],
  back: 'To the list',
  opening: 'Opening the app …',
  appNames: { legevakt: 'Emergency clinic: what the municipality knows', tavle: 'Ward board: register measurements' },
  measure: 'Register measurements',
};
