import { type Band, bandOf } from '../common/band';
import { NEWS2_TOTAL, SNOMED } from '../fhir/codes';
import { type Extent, extentOf } from '../fhir/extent';
import { type Concept, type Entry, type Resource, at, codeIn, conceptText, displayOf, extension, list, text } from '../fhir/read';

/** The answer of `$overview`, as far as the client shows it. Whatever is missing or of another kind than expected is told as missing. */

const WITHHELD = 'withheld-count';
const IPLOS = 'urn:oid:2.16.578.1.12.4.1.1.9151';
const STAY = 'http://hl7.no/fhir/ig/okt/CodeSystem/OktStayTypeCs';
const BAND = 'https://kilde.example/fhir/CodeSystem/news2-band';
const DERIVED = 'https://kilde.example/fhir/CodeSystem/maaledata';
const DAY = 24 * 3600 * 1000;

export type State = 'active' | 'onhold' | 'planned' | 'ended';

export interface Unit {
  name: string;
  phone: string | null;
  /** Whose telephone it is, if not its own. */
  via: string | null;
}

export interface Service {
  key: string;
  name: string | null;
  state: State;
  extent: Extent | string | null;
  /** `hidden` where the address is secret. */
  unit: Unit | 'hidden' | null;
  start: string | null;
  end: string | null;
  review: string | null;
  stay: string | null;
  description: string | null;
  updated: string | null;
}

export interface Point {
  at: Date;
  total: number;
  band: Band;
}

export interface Score {
  /** `null` where there is no total; why stands in the narrative. */
  total: number | null;
  band: Band | null;
  bandText: string | null;
  at: Date | null;
  old: boolean;
  habitual: { median: number; low: number; high: number; count: number; above: number } | null;
  direction: string | null;
  /** The last totals, oldest first. */
  points: Point[];
}

export interface Section {
  /** Why there is nothing: a code of list-empty-reason. */
  empty: string | null;
  emptyText: string | null;
  withheld: number;
  /** As XHTML, made by the server. */
  narrative: string | null;
}

export interface Overview {
  made: Date | null;
  /** How much the citizen has blocked from this reader. */
  withheld: number;
  services: (Section & { current: Service[]; ended: Service[] }) | null;
  measurements: (Section & { score: Score | null }) | null;
}

const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const moment = (value: unknown): Date | null => {
  const at = new Date(text(value) ?? '');
  return Number.isNaN(at.getTime()) ? null : at;
};
const withheldIn = (of: unknown) => number(at(extension(of, WITHHELD), 'valueUnsignedInt')) ?? 0;

/** Reads the Bundle of `$overview`. */
export function readOverview(bundle: unknown, now: Date): Overview {
  const entries = list<Entry>(at(bundle, 'entry'));
  const byUrl = new Map(entries.flatMap((e) => (e.resource && text(e.fullUrl) ? [[e.fullUrl as string, e.resource] as const] : [])));
  const composition = entries.map((e) => e.resource).find((r) => r?.resourceType === 'Composition');
  const sections = list<Record<string, unknown>>(composition?.section);
  const find = (code: string) => sections.find((s) => codeIn(s.code, 'https://kilde.example/fhir/CodeSystem/service') === code);
  const [okt, measured] = [find('okt'), find('maaledata')];
  return {
    made: moment(composition?.date),
    withheld: withheldIn(composition),
    services: okt ? { ...sectionOf(okt), ...servicesOf(okt, byUrl, entries, now) } : null,
    measurements: measured ? { ...sectionOf(measured), score: scoreOf(measured, byUrl, now) } : null,
  };
}

function sectionOf(section: Record<string, unknown>): Section {
  return {
    empty: codeIn(section.emptyReason, 'http://terminology.hl7.org/CodeSystem/list-empty-reason') ?? null,
    emptyText: text(at(section.emptyReason as Concept, 'text')) ?? null,
    withheld: withheldIn(section),
    narrative: text(at(section.text, 'div')) ?? null,
  };
}

const resourcesOf = (section: unknown, byUrl: ReadonlyMap<string, Resource>): Resource[] =>
  list<{ reference?: string }>(at(section, 'entry')).flatMap((e) => byUrl.get(text(e.reference) ?? '') ?? []);

function servicesOf(section: Record<string, unknown>, byUrl: ReadonlyMap<string, Resource>, entries: Entry[], now: Date) {
  const units = entries.flatMap((e) => (e.resource?.resourceType === 'Organization' ? [e.resource] : []));
  const episodes = (of: unknown) => resourcesOf(of, byUrl).filter((r) => r.resourceType === 'EpisodeOfCare');
  const past = list<Record<string, unknown>>(section.section).find((s) => codeIn(s.code, 'https://kilde.example/fhir/CodeSystem/section') === 'ended');
  return {
    current: episodes(section).map((r) => serviceOf(r, units, now, false)),
    ended: episodes(past).map((r) => serviceOf(r, units, now, true)),
  };
}

function serviceOf(resource: Resource, units: Resource[], now: Date, ended: boolean): Service {
  const types = list<Concept>(resource.type);
  const named = types.find((t) => codeIn(t, IPLOS)) ?? types.find((t) => !codeIn(t, STAY));
  const stay = types.find((t) => codeIn(t, STAY));
  const start = text(at(resource.period, 'start')) ?? null;
  const status = text(resource.status);
  const ahead = start !== null && (moment(start)?.getTime() ?? 0) > now.getTime();
  const state: State = ended ? 'ended' : status === 'onhold' ? 'onhold' : status === 'planned' || status === 'waitlist' || ahead ? 'planned' : 'active';
  return {
    key: text(resource.id) ?? '',
    name: conceptText(named) ?? null,
    state,
    extent: extentOf(resource) ?? text(at(extension(resource, 'okt-weekly-extent-text'), 'valueString')) ?? null,
    unit: unitOf(resource.managingOrganization, units),
    start,
    end: text(at(resource.period, 'end')) ?? null,
    review: text(at(extension(resource, 'okt-review-date'), 'valueDate')) ?? null,
    stay: conceptText(stay) ?? null,
    description: text(at(extension(resource, 'ServiceDescriptionMarkdown'), 'valueMarkdown')) ?? null,
    updated: text(at(resource.meta, 'lastUpdated')) ?? null,
  };
}

const phoneOf = (unit: Resource | undefined): string | null => text(at(list<Record<string, unknown>>(unit?.telecom).find((t) => t.system === 'phone'), 'value')) ?? null;

/** Who is responsible, by reference or number, with the first telephone on the way up. */
function unitOf(reference: unknown, units: Resource[]): Service['unit'] {
  if (!reference) return null;
  if (extension(reference, 'data-absent-reason')) return 'hidden';
  const find = (of: unknown) => {
    const id = text(at(of, 'reference'))?.split('/').pop();
    const value = text(at(at(of, 'identifier'), 'value'));
    return units.find((u) => (id && u.id === id) || (value && list<{ value?: string }>(u.identifier).some((i) => i.value === value)));
  };
  const own = find(reference);
  const name = text(own?.name) ?? displayOf(reference);
  if (!name) return null;
  const phone = phoneOf(own);
  if (phone) return { name, phone, via: null };
  let above = own ? find(own.partOf) : undefined;
  for (let step = 0; above && step < 5; step += 1) {
    const other = phoneOf(above);
    if (other) return { name, phone: other, via: text(above.name) ?? null };
    above = find(above.partOf);
  }
  return { name, phone: null, via: null };
}

const totalOf = (resource: Resource): number | null => number(at(resource.valueQuantity, 'value')) ?? number(resource.valueInteger);

function scoreOf(section: Record<string, unknown>, byUrl: ReadonlyMap<string, Resource>, now: Date): Score | null {
  const resources = resourcesOf(section, byUrl);
  const derived = (code: string) => resources.find((r) => codeIn(r.code, DERIVED) === code);
  const newest = resources.find((r) => codeIn(r.code, SNOMED) === NEWS2_TOTAL && list<string>(at(r.meta, 'profile')).some((p) => String(p).endsWith('/news2-derived')));
  if (!newest) return null;
  const total = totalOf(newest);
  const told = list<Concept>(newest.interpretation).find((i) => codeIn(i, BAND));
  const at_ = moment(newest.effectiveDateTime);
  const usual = derived('news2-habitual');
  const part = (code: string) => list<Record<string, unknown>>(usual?.component).find((c) => codeIn(c.code, DERIVED) === code);
  const median = usual ? totalOf(usual) : null;
  const trend = derived('news2-trend');
  const points = list<{ reference?: string }>(trend?.hasMember).flatMap((member) => {
    const resource = byUrl.get(text(member.reference) ?? '');
    const value = resource ? totalOf(resource) : null;
    const when = moment(resource?.effectiveDateTime);
    return value !== null && when ? [{ at: when, total: value, band: resource === newest ? ((codeIn(told, BAND) as Band | undefined) ?? bandOf(value)) : bandOf(value) }] : [];
  });
  return {
    total,
    band: total === null ? null : ((codeIn(told, BAND) as Band | undefined) ?? bandOf(total)),
    bandText: text(told?.text) ?? null,
    at: at_,
    old: at_ !== null && now.getTime() - at_.getTime() > DAY,
    habitual:
      median === null
        ? null
        : {
            median,
            low: number(at(part('first-quartile')?.valueQuantity, 'value')) ?? median,
            high: number(at(part('third-quartile')?.valueQuantity, 'value')) ?? median,
            count: number(part('number-of-totals')?.valueInteger) ?? 0,
            above: number(at(part('newest-above-median')?.valueQuantity, 'value')) ?? 0,
          },
    direction: conceptText(trend?.valueCodeableConcept) ?? null,
    points,
  };
}
