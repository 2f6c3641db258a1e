/** Bokmål: the sandbox's journal. The other languages have the same shape. */
export const nb = {
  title: 'Fjordjournal',
  sandbox: 'Sandkassens journal. Alle personer og opplysninger er oppdiktet.',
  user: 'Du er',
  listTitle: 'Pasienter som venter',
  listLead: 'Journalens egen liste. Åpner du en pasient, følger du og pasienten med inn i appen, uten ny innlogging eller nytt søk.',
  open: 'Åpne {name}',
  waited: 'Ventet {n} min',
  urgency: { 1: 'Rød, straks', 2: 'Oransje, haster', 3: 'Gul, kan vente noe', 4: 'Grønn, kan vente' },
  complaints: ['Tungpusten og slapp', 'Mer tungpust enn vanlig', 'Falt hjemme, vondt i hofta', 'Magesmerter, gravid', 'Svimmel og kvalm', 'Feber og vondt i halsen'],
  back: 'Til listen',
  opening: 'Åpner appen …',
  appNames: { legevakt: 'Legevakt: det kommunen vet', tavle: 'Tavle: registrer målinger' },
  measure: 'Registrer målinger',
};

/** What every language has. */
export type Texts = typeof nb;
