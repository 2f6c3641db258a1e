import type { Opened } from './nb';

/** Nynorsk. */
export const nn: Opened = {
  launching: 'Opnar for pasienten …',
  notLaunchedTitle: 'Appen må opnast frå journalen',
  notLaunchedText: 'Journalen veit kven du er og kva pasient du har open. Opne pasienten på nytt derfrå.',
  toJournal: 'Til journalen i sandkassen',
  patient: 'Pasient',
  number: 'Fødselsnummer',
  endedTitle: 'Tilgangen er gått ut',
  endedText: 'Opne pasienten på nytt frå journalen.',
  unknownTitle: 'Ingen opplysningar om personen her',
  unknownText: 'Kommunen har ikkje registrert denne personen i Kilde. Det tyder ikkje at ho ikkje får tenester, berre at inga kjelde har sagt frå om det.',
};
