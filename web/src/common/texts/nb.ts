/** Bokmål: what every page says. The other languages have the same shape. */
export const nb = {
  language: 'Språk',
  skip: 'Hopp til hovedinnhold',
  loading: 'Henter …',
  tryAgain: 'Prøv igjen',
  failedTitle: 'Dette kunne ikke hentes',
  failedNetwork: 'Du ser ut til å være uten nett, eller tjenesten svarer ikke. Ingenting er gått tapt.',
  failedServer: 'Det er noe galt hos oss. Prøv igjen om litt.',
  refusedTitle: 'Du har ikke tilgang',
  sandbox: 'Sandkasse: alle personer og opplysninger er oppdiktet.',
  notDevice: 'Kilde er ikke medisinsk utstyr og gir ikke råd om behandling.',
  referenceClient: 'Referanseklient',
  nameUnknown: 'Navn ikke oppgitt',
  years: '{n} år',
  ageUnknown: 'alder ikke oppgitt',
  today: 'i dag',
  yesterday: 'i går',
  at: '{day} kl. {time}',
  close: 'Lukk',
  cancel: 'Avbryt',
  showAll: 'Vis alle {n}',
  showFewer: 'Vis færre',
  more: 'Vis mer',
  less: 'Vis mindre',
  low: 'Lav',
  medium: 'Middels',
  high: 'Høy',
  lowMedium: 'Lav, 3 i én måling',
  points: 'poeng',
};

/** What every language has. */
export type Common = typeof nb;
