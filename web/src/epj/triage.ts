import type { Catalogue, Citizen } from '../common/catalogue';

/** Urgency as the emergency clinic ranks it, the most urgent first. */
export type Urgency = 1 | 2 | 3 | 4;

/** Who waits: the journal's own list, invented like everything in the sandbox. Kilde knows nothing of it. */
const waiting: Record<string, { urgency: Urgency; complaint: number; minutes: number }> = {
  '04894610447': { urgency: 1, complaint: 0, minutes: 4 },
  '22865110565': { urgency: 2, complaint: 1, minutes: 11 },
  '11833810555': { urgency: 2, complaint: 2, minutes: 17 },
  '17819411298': { urgency: 3, complaint: 3, minutes: 26 },
  '16758532406': { urgency: 3, complaint: 4, minutes: 38 },
  '22750884907': { urgency: 4, complaint: 5, minutes: 52 },
};

export interface Patient {
  citizen: Citizen;
  urgency: Urgency;
  /** Which of the complaints of the texts. */
  complaint: number;
  minutes: number;
}

/** The list: the most urgent first, of them who has waited longest. */
export function triageList(catalogue: Catalogue): Patient[] {
  const all = catalogue.citizens.flatMap((citizen) => {
    const known = waiting[citizen.nin];
    return known ? [{ citizen, ...known }] : [];
  });
  return all.sort((a, b) => a.urgency - b.urgency || b.minutes - a.minutes);
}
