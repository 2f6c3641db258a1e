import type { Opened } from './nb';

/** English. */
export const en: Opened = {
  launching: 'Opening for the patient …',
  notLaunchedTitle: 'The app must be opened from the journal',
  notLaunchedText: 'The journal knows who you are and which patient you have open. Open the patient again from there.',
  toJournal: 'To the sandbox’s journal',
  patient: 'Patient',
  number: 'National identity number',
  endedTitle: 'The access has run out',
  endedText: 'Open the patient again from the journal.',
  unknownTitle: 'No information about this person here',
  unknownText: 'The municipality has not registered this person in Kilde. That does not mean that she has no services, only that no source has told of any.',
};
