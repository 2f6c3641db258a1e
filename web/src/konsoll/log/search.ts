/** What is wanted of the access log, as the form has it. */
export interface Wanted {
  of: 'person' | 'employee' | 'all';
  /** A national id, or the number of a person that an answer gave. */
  patient: string;
  person: number | null;
  /** An HPR number or a national id, or what an answer gave for her. */
  employee: string;
  handle: string | null;
  /** In words: why one employee is looked at. */
  reason: string;
  from: string;
  to: string;
  unit: string;
  ground: string;
  refused: boolean;
  people: boolean;
}

export const nothing: Wanted = { of: 'person', patient: '', person: null, employee: '', handle: null, reason: '', from: '', to: '', unit: '', ground: '', refused: false, people: true };

/** What a form lacks before it can be sent. */
export type Lacking = 'patient' | 'employee' | 'reason' | 'period';

const digits = (text: string) => text.replace(/[\s.]/g, '');
const isNin = (text: string) => /^\d{11}$/.test(digits(text));

/** What is lacking; the server looks at the rest. */
export function lacking(wanted: Wanted): Lacking[] {
  const all: Lacking[] = [];
  if (wanted.of === 'person' && wanted.person === null && !isNin(wanted.patient)) all.push('patient');
  if (wanted.of === 'employee') {
    if (wanted.handle === null && !/^(\d{1,9}|\d{11})$/.test(digits(wanted.employee))) all.push('employee');
    if (wanted.reason.trim().length < 10) all.push('reason');
  }
  if (wanted.from && wanted.to && wanted.from > wanted.to) all.push('period');
  return all;
}

/** The body of the search, and the reason that goes with it. */
export function asked(wanted: Wanted, limit: number, before?: number): { body: Record<string, unknown>; reason?: string } {
  const body: Record<string, unknown> = { limit };
  if (before) body.before = before;
  if (wanted.of === 'person') {
    if (wanted.person === null) body.patient = digits(wanted.patient);
    else body.person = wanted.person;
  }
  if (wanted.of === 'employee') {
    const number = digits(wanted.employee);
    body.reader = wanted.handle !== null ? { handle: wanted.handle } : isNin(number) ? { nin: number } : { hpr: number };
  }
  for (const name of ['from', 'to', 'unit', 'ground'] as const) if (wanted[name]) body[name] = wanted[name];
  if (wanted.refused) body.outcome = 'refused';
  if (wanted.people) body.automatic = false;
  return wanted.of === 'employee' ? { body, reason: wanted.reason.trim() } : { body };
}

/** Who asked, as the log tells of her. */
export interface Reader {
  kind: string;
  handle?: string;
  name?: string;
  hpr?: string;
  profession?: string;
  organisation?: string;
  organisationName?: string;
  unit?: string;
  unitName?: string;
  client: string;
}

/** One entry of the access log, as the controller is shown it. */
export interface Entry {
  no: number;
  when: string;
  timeMs: number;
  reader: Reader;
  person?: number;
  what: string;
  why: string;
  permitted: boolean;
  code?: string;
  policy?: string;
  ground?: string;
  purpose?: string;
  reason?: string;
  decisionDescription?: string;
  attestedMs?: number;
  selfDeclared?: boolean;
  total: number;
  withheld: number;
  automatic: boolean;
}

export interface Found {
  entries: Entry[];
  before?: number;
}
