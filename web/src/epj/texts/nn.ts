import type { Texts } from './nb';

/** Nynorsk. */
export const nn: Texts = {
  title: 'Fjordjournal',
  sandbox: 'Journalen i sandkassen. Alle personar og opplysningar er oppdikta.',
  user: 'Du er',
  listTitle: 'Pasientar som ventar',
  listLead: 'Journalen si eiga liste. Opnar du ein pasient, følgjer du og pasienten med inn i appen, utan ny innlogging eller nytt søk.',
  open: 'Opne {name}',
  waited: 'Venta {n} min',
  urgency: { 1: 'Raud, straks', 2: 'Oransje, hastar', 3: 'Gul, kan vente noko', 4: 'Grøn, kan vente' },
  complaints: ['Tungpusta og slapp', 'Meir tungpust enn vanleg', 'Fall heime, vondt i hofta', 'Magesmerter, gravid', 'Svimmel og kvalm', 'Feber og vondt i halsen'],
  back: 'Til lista',
  opening: 'Opnar appen …',
  appNames: { legevakt: 'Legevakt: det kommunen veit', tavle: 'Tavle: registrer målingar' },
  measure: 'Registrer målingar',
};
