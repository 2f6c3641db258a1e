import { dateText } from '../../common/dates';
import { type Language, fill } from '../../common/language';
import type { Against, Choices, Covers } from '../api';
import type { Texts } from '../texts/nb';

/** What she has chosen so far. */
export interface Choice {
  what: 'everything' | 'category' | 'element' | 'period';
  category: string;
  from: string;
  to: string;
  whom: 'everyone' | 'others' | 'organisation' | 'reader';
  organisation: string;
  emergencyOpens: boolean;
}

/** What has come along from another view: a piece of information, or somebody in the log. */
export interface About {
  element?: string;
  title?: string;
  reader?: string;
  who?: string;
}

/** What still keeps it from being sent; the first is told. */
export function missing(choice: Choice): 'missingCategory' | 'missingPeriod' | 'orderPeriod' | 'missingOrganisation' | null {
  if (choice.what === 'category' && !choice.category) return 'missingCategory';
  if (choice.what === 'period' && !choice.from && !choice.to) return 'missingPeriod';
  if (choice.what === 'period' && choice.from && choice.to && choice.from > choice.to) return 'orderPeriod';
  if (choice.whom === 'organisation' && !choice.organisation) return 'missingOrganisation';
  return null;
}

/** The block as the API takes it. */
export function bodyOf(choice: Choice, about: About): { against: Against; covers: Covers; emergencyOpens: boolean } {
  const period = { ...(choice.from ? { from: choice.from } : {}), ...(choice.to ? { to: choice.to } : {}) };
  const covers: Record<Choice['what'], Covers> = {
    everything: 'everything',
    category: { category: choice.category },
    element: { element: about.element ?? '' },
    period: { period },
  };
  const against: Record<Choice['whom'], Against> = {
    everyone: 'everyone',
    others: 'others-than-source',
    organisation: { organisation: choice.organisation },
    reader: { reader: about.reader ?? '' },
  };
  return { against: against[choice.whom], covers: covers[choice.what], emergencyOpens: choice.emergencyOpens };
}

/** What follows from it, in sentences; nothing while something is missing. */
export function preview(choice: Choice, about: About, choices: Choices, texts: Texts, language: Language): string[] {
  if (missing(choice)) return [];
  const t = texts.sharing;
  const name = choices.categories.find((c) => c.category === choice.category)?.name ?? '';
  const [from, to] = [dateText(choice.from, language) ?? '', dateText(choice.to, language) ?? ''];
  const period = from && to ? fill(t.periodBoth, { from, to }) : from ? fill(t.periodFrom, { from }) : fill(t.periodTo, { to });
  const what = {
    everything: t.whatEverything,
    category: fill(t.whatCategory, { name }),
    element: fill(t.whatElement, { title: about.title ?? '' }),
    period: fill(t.whatPeriod, { period }),
  }[choice.what];
  const organisation = choices.organisations.find((o) => o.organisation === choice.organisation)?.name ?? '';
  const whom = { everyone: t.whomEveryone, others: t.whomOthers, organisation, reader: about.who ?? '' }[choice.whom];
  return [
    fill(choice.whom === 'everyone' ? t.notEveryone : t.previewHidden, { whom, what }),
    t.previewTold,
    choice.emergencyOpens ? t.previewEmergencyYes : t.previewEmergencyNo,
    t.previewYou,
    t.previewFrom,
  ];
}
