import { dateText, numberText } from '../../common/dates';
import { type Language, fill } from '../../common/language';
import { NEWS2_TOTAL } from '../../fhir/codes';
import { extentOf, extentText } from '../../fhir/extent';
import { type Bundle, type Coding, type Entry, type Quantity, type Reference, type Resource, at, conceptText, displayOf, extension, list, nameOf, text } from '../../fhir/read';
import { texts } from '../texts';

/** The groups that information is shown in, in their order. */
export const groups = ['person', 'services', 'health', 'measurements', 'contacts', 'other'] as const;
export type Group = (typeof groups)[number];

const groupOf: Record<string, Group> = {
  Patient: 'person',
  RelatedPerson: 'person',
  EpisodeOfCare: 'services',
  CarePlan: 'services',
  ServiceRequest: 'services',
  Task: 'services',
  CareTeam: 'services',
  Condition: 'health',
  AllergyIntolerance: 'health',
  MedicationStatement: 'health',
  MedicationRequest: 'health',
  MedicationAdministration: 'health',
  Immunization: 'health',
  Procedure: 'health',
  Goal: 'health',
  Observation: 'measurements',
  DiagnosticReport: 'measurements',
  Encounter: 'contacts',
  Appointment: 'contacts',
  Communication: 'contacts',
  DocumentReference: 'contacts',
  Composition: 'contacts',
  QuestionnaireResponse: 'contacts',
};

/** A piece of information, as it is shown. */
export interface Item {
  /** `Observation/id`: what a block or a request names. */
  element: string;
  type: string;
  group: Group;
  title: string | null;
  /** What it says, in lines. */
  lines: string[];
  /** When it was true, in words; and a text that sorts. */
  date: string | null;
  sort: string;
  status: string | null;
  source: string | null;
  code: string | null;
  own: boolean;
}

/** Everything in an answer of `innsyn`, the newest first in each group. */
export function itemsOf(bundle: Bundle, language: Language, names: ReadonlyMap<string, string> = new Map()): Item[] {
  const items = list<Entry>(bundle.entry).flatMap((entry) => {
    const resource = entry.resource;
    if (!resource || typeof resource.resourceType !== 'string' || !text(resource.id)) return [];
    const own = list<{ url?: string; valueBoolean?: boolean }>(entry.extension).some((e) => text(e.url)?.endsWith('/own-contribution') && e.valueBoolean === true);
    return [itemOf(resource, own, language, names)];
  });
  return items.sort((a, b) => b.sort.localeCompare(a.sort));
}

function itemOf(resource: Resource, own: boolean, language: Language, names: ReadonlyMap<string, string>): Item {
  const period = at(resource, 'period') ?? at(resource, 'effectivePeriod') ?? at(resource, 'performedPeriod');
  const dates = ['effectiveDateTime', 'onsetDateTime', 'performedDateTime', 'occurrenceDateTime', 'authoredOn', 'recordedDate', 'authored', 'date', 'sent'];
  const first = text(at(period, 'start')) ?? dates.map((name) => text(resource[name])).find(Boolean);
  const last = text(at(period, 'end'));
  const from = dateText(first, language);
  const to = dateText(last, language);
  return {
    element: `${resource.resourceType}/${resource.id}`,
    type: resource.resourceType,
    group: groupOf[resource.resourceType] ?? 'other',
    title: name(titleOf(resource)),
    lines: linesOf(resource, language),
    date: from && to ? `${from} – ${to}` : (from ?? to),
    sort: first ?? last ?? text(at(resource.meta, 'lastUpdated')) ?? '',
    status: conceptText(resource.clinicalStatus) ?? text(resource.status) ?? null,
    source: name(sourceOf(resource, names)),
    code: list<Coding>(at(resource.code, 'coding')).map((c) => text(c.code)).find(Boolean) ?? null,
    own,
  };
}

/** Characters of a name that are shown: one that is longer is none. */
const NAME = 120;

function name(text: string | null): string | null {
  const characters = Array.from(text ?? '');
  return characters.length > NAME ? `${characters.slice(0, NAME).join('')}…` : text;
}

function titleOf(resource: Resource): string | null {
  if (resource.resourceType === 'Patient' || resource.resourceType === 'RelatedPerson') return nameOf(resource) ?? null;
  const types = list<unknown>(resource.type);
  return (
    conceptText(resource.code) ??
    conceptText(resource.medicationCodeableConcept) ??
    conceptText(resource.vaccineCode) ??
    (types.length > 0 ? types.map(conceptText).find(Boolean) : conceptText(resource.type)) ??
    conceptText(resource.description) ??
    text(resource.title) ??
    text(resource.description) ??
    null
  );
}

/** A value with its unit. */
function quantityText(value: unknown, language: Language): string | undefined {
  const quantity = value as Quantity | undefined;
  const number = at(quantity, 'value');
  if (typeof number !== 'number') return undefined;
  const unit = text(at(quantity, 'unit')) ?? text(at(quantity, 'code'));
  const shown = !unit || unit === '{score}' ? '' : unit === 'Cel' ? ' °C' : unit === 'mm[Hg]' ? ' mmHg' : unit.startsWith('/') ? unit : ` ${unit}`;
  return numberText(number, language) + shown;
}

/** What a coded answer is called here, else as the source calls it. */
function answer(value: unknown, language: Language): string | undefined {
  const known = list<Coding>(at(value, 'coding')).map((c) => texts[language].info.answers[text(c.code) ?? '']);
  return known.find(Boolean) ?? conceptText(value);
}

const valueOf = (of: Record<string, unknown>, language: Language): string | undefined =>
  quantityText(of.valueQuantity, language) ??
  answer(of.valueCodeableConcept, language) ??
  text(of.valueString) ??
  (typeof of.valueInteger === 'number' ? numberText(of.valueInteger, language) : undefined) ??
  dateText(text(of.valueDateTime), language) ??
  undefined;

const codeOf = (concept: unknown): string | undefined => list<Coding>(at(concept, 'coding')).map((c) => text(c.code)).find(Boolean);

const PRESSURE = ['8480-6', '8462-4'];

/** The parts of a measurement: a blood pressure as people say it, the parts of a score not at all, others by name. */
function partsOf(resource: Resource, language: Language): (string | undefined)[] {
  const parts = list<Record<string, unknown>>(resource.component);
  const pressure = PRESSURE.map((code) => at(parts.find((part) => codeOf(part.code) === code)?.valueQuantity, 'value'));
  if (pressure.every((value) => typeof value === 'number')) return [`${pressure.map((value) => numberText(value, language)).join('/')} mmHg`];
  if (codeOf(resource.code) === NEWS2_TOTAL) return [];
  return parts.map((part) => {
    const called = texts[language].info.measures[codeOf(part.code) ?? ''] ?? name(conceptText(part.code) ?? null);
    const value = valueOf(part, language);
    return value ? [called, value].filter(Boolean).join(': ') : undefined;
  });
}

function linesOf(resource: Resource, language: Language): string[] {
  const t = texts[language].info;
  const lines: (string | undefined)[] = [valueOf(resource, language), ...partsOf(resource, language)];
  const extent = extentOf(resource);
  // What is told as something else than time stands as it is.
  lines.push(extent ? extentText(extent, language) : quantityText(at(at(extension(resource, 'WeeklyExtentRatio'), 'valueRatio'), 'numerator'), language));
  lines.push(text(at(extension(resource, 'okt-weekly-extent-text'), 'valueString')));
  lines.push(text(at(extension(resource, 'ServiceDescriptionMarkdown'), 'valueMarkdown')));
  const born = dateText(text(resource.birthDate), language);
  if (born) lines.push(fill(t.born, { date: born }));
  for (const address of list<Record<string, unknown>>(resource.address)) {
    lines.push([...list<string>(address.line).map(text), [text(address.postalCode), text(address.city)].filter(Boolean).join(' ')].filter(Boolean).join(', ') || undefined);
  }
  for (const telecom of list<Record<string, unknown>>(resource.telecom)) lines.push(text(telecom.value));
  for (const relation of list<unknown>(resource.relationship)) lines.push(conceptText(relation));
  for (const note of list<Record<string, unknown>>(resource.note)) lines.push(text(note.text));
  for (const practitioner of list<unknown>(resource.generalPractitioner).map(displayOf)) {
    if (practitioner) lines.push(fill(t.practitioner, { name: practitioner }));
  }
  return lines.filter((line): line is string => Boolean(line));
}

/** Who has delivered it: whom the resource names, and the source that it came from. */
function sourceOf(resource: Resource, names: ReadonlyMap<string, string>): string | null {
  const named: unknown[] = [resource.managingOrganization, resource.serviceProvider, ...list<Reference>(resource.performer), ...list<Reference>(resource.author), resource.recorder, resource.asserter, resource.sender, resource.custodian];
  const shown = [...new Set(named.map(displayOf).filter(Boolean))].join(', ');
  if (shown) return shown;
  const number = /(\d{9})(?:#|$)/.exec(text(at(resource.meta, 'source')) ?? '')?.[1];
  return number ? (names.get(number) ?? number) : null;
}

/** Measurements of one kind, the newest first. */
export interface Series {
  /** What it is called. */
  key: string;
  items: Item[];
}

/** Kinds in the order in which they were last measured. */
export function seriesOf(items: Item[], names: Record<string, string>): Series[] {
  const all = new Map<string, Series>();
  for (const item of items) {
    // One kind may be coded in several ways; what people call it decides.
    const key = names[item.code ?? ''] ?? item.title ?? item.code ?? item.element;
    const series = all.get(key) ?? { key, items: [] };
    series.items.push(item);
    all.set(key, series);
  }
  return [...all.values()];
}
