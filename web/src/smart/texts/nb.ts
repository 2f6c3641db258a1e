/** Bokmål: what every launched app says. The other languages have the same shape. */
export const nb = {
  launching: 'Åpner for pasienten …',
  notLaunchedTitle: 'Appen må åpnes fra journalen',
  notLaunchedText: 'Journalen vet hvem du er og hvilken pasient du har åpen. Åpne pasienten på nytt derfra.',
  toJournal: 'Til sandkassens journal',
  patient: 'Pasient',
  number: 'Fødselsnummer',
  endedTitle: 'Tilgangen er utløpt',
  endedText: 'Åpne pasienten på nytt fra journalen.',
  unknownTitle: 'Ingen opplysninger om personen her',
  unknownText: 'Kommunen har ikke registrert denne personen i Kilde. Det betyr ikke at hun ikke får tjenester, bare at ingen kilde har sagt fra om det.',
};

/** What every language has. */
export type Opened = typeof nb;
