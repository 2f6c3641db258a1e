import type { Persona } from '../common/catalogue';

/** The offices that the console is for; the server decides what each may do. */
export const offices = ['privacy-officer', 'manager', 'administrator', 'operator'] as const;
export type OfficeKind = (typeof offices)[number];

/** Somebody at work for a municipality. */
export interface Office {
  persona: string;
  name: string;
  kind: OfficeKind;
  unit: string | null;
  /** The municipality's number. */
  instance: string;
  municipality: string;
}

/** The views, in their order. */
export const views = ['overview', 'log', 'review', 'quarantine', 'policy'] as const;
export type View = (typeof views)[number];

const seen: Record<OfficeKind, readonly View[]> = {
  'privacy-officer': views,
  manager: ['overview', 'review'],
  administrator: ['overview', 'policy'],
  operator: ['overview', 'quarantine'],
};

/** The views that an office has work in. Nothing else is asked for: what is refused stands in the access log, as if she had tried. */
export const viewsOf = (kind: OfficeKind): readonly View[] => seen[kind];

/** Who can be chosen in the sandbox, by municipality. Who works for no municipality (the operator) is in each. */
export function officesOf(personas: Persona[]): { instance: string; municipality: string; offices: Office[] }[] {
  const atWork = personas.flatMap((one) => {
    const kind = offices.find((known) => known === one.kind);
    return kind && one.person ? [{ ...one, kind, person: one.person }] : [];
  });
  const instances = [...new Set(atWork.flatMap((one) => (one.instance ? [one.instance] : [])))].sort();
  return instances.map((instance) => {
    const municipality = atWork.find((one) => one.instance === instance)?.organisation?.name ?? instance;
    const here = atWork.filter((one) => one.instance === instance || one.instance === null);
    here.sort((a, b) => offices.indexOf(a.kind) - offices.indexOf(b.kind));
    return {
      instance,
      municipality,
      offices: here.map(({ name, person, kind, unit }) => ({ persona: name, name: person, kind, unit: unit?.name ?? null, instance, municipality })),
    };
  });
}
