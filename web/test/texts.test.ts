import { describe, expect, it } from 'vitest';
import { ageOn } from '../src/common/dates';
import { fill, languageOf, languages } from '../src/common/language';
import { common } from '../src/common/texts';
import { texts as epj } from '../src/epj/texts';
import { texts as innbygger } from '../src/innbygger/texts';
import { texts as konsoll } from '../src/konsoll/texts';
import { SANDER, SOLVEIG, stories } from '../src/landing/commands';
import { texts as landing } from '../src/landing/texts';
import { texts as legevakt } from '../src/legevakt/texts';
import { texts as smart } from '../src/smart/texts';
import { texts as tavle } from '../src/tavle/texts';

/** Every path to a text in an object, with the text. */
function leaves(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  return Object.entries(value as object).flatMap(([key, inner]) => leaves(inner, `${path}/${key}`));
}

const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map((match) => match[0]).sort();

describe.each(Object.entries({ common, landing, innbygger, epj, smart, legevakt, tavle, konsoll }))('texts of %s', (_, texts) => {
  const paths = (language: (typeof languages)[number]) => leaves(texts[language]).map(([path]) => path).sort();

  it.each(languages)('%s has the same keys as bokmål', (language) => {
    expect(paths(language)).toEqual(paths('nb'));
  });

  it.each(languages)('%s has no empty text, and the same places to fill', (language) => {
    const nb = new Map(leaves(texts.nb));
    for (const [path, text] of leaves(texts[language])) {
      expect(text.trim(), path).not.toBe('');
      expect(places(text), path).toEqual(places(nb.get(path) ?? ''));
    }
  });

  it('is not one language three times', () => {
    const all = languages.map((language) => leaves(texts[language]));
    const long = all[0]?.map((_, i) => all.map((one) => one[i]?.[1] ?? '')).filter(([nb]) => (nb ?? '').split(' ').length > 4) ?? [];
    for (const [nb, nn, en] of long) {
      expect(en, nb).not.toBe(nb);
      expect(en, nb).not.toBe(nn);
    }
  });
});

describe('language', () => {
  it('is the address’s, else the browser’s, else bokmål', () => {
    expect(languageOf('?lang=en', ['nn-NO'])).toBe('en');
    expect(languageOf('?lang=xx', ['nn-NO'])).toBe('nn');
    expect(languageOf('', ['de', 'no', 'en'])).toBe('nb');
    expect(languageOf('', ['se', 'en-GB'])).toBe('en');
    expect(languageOf('', [])).toBe('nb');
  });

  it('fills in', () => {
    expect(fill('a {what} b', { what: 'x $& y' })).toBe('a x $& y b');
    expect(fill('{a}{b}{c}', { a: '{b}', b: 0 })).toBe('{b}0{c}');
  });
});

describe('commands', () => {
  const now = new Date('2026-11-22T19:36:05.123Z');
  const all = stories(now);

  it('has one for each step told', () => {
    for (const language of languages) {
      expect(landing[language].stories.map((s) => s.steps.length)).toEqual(all.map((steps) => steps.length));
    }
  });

  it('are what the shell and the server understand', () => {
    for (const { proxy, ask } of all.flat()) {
      expect(proxy).toMatch(/^kilde proxy --persona [a-z0-9-]+ --to http:\/\/127\.0\.0\.1:8080( --patient \d{11})?$/);
      expect(ask).toMatch(/^curl -i 'http:\/\/127\.0\.0\.1:8090\/9901\/[^']+'/);
      // Single quotes come in pairs, and none stands inside the JSON.
      expect(ask.split("'").length % 2).toBe(1);
      const body = /-d '([^']*)'$/.exec(ask)?.[1];
      if (body) expect(() => JSON.parse(body)).not.toThrow();
    }
  });

  it('names no number in an address, save the persona of a citizen', () => {
    for (const { ask } of all.flat()) {
      expect(/curl -i '([^']*)'/.exec(ask)?.[1]).not.toMatch(/\d{11}/);
    }
    expect(all[0]?.[3]?.proxy).toContain(`innbygger-${SANDER}`);
    expect(all[1]?.[0]?.proxy).toContain(SOLVEIG);
  });

  it('holds a whole NEWS2 set at one time', () => {
    const body = JSON.parse(/-d '([^']*)'$/.exec(all[1]?.[0]?.ask ?? '')?.[1] ?? '{}');
    expect(body.entry).toHaveLength(7);
    expect(new Set(body.entry.map((e: { resource: { effectiveDateTime: string } }) => e.resource.effectiveDateTime))).toEqual(
      new Set(['2026-11-22T19:36:05Z']),
    );
  });
});

describe('age', () => {
  it('counts whole years', () => {
    expect(ageOn('1938-03-11', new Date(2026, 2, 10))).toBe(87);
    expect(ageOn('1938-03-11', new Date(2026, 2, 11))).toBe(88);
    for (const none of [undefined, '', '1938', '2999-01-01', '1800-01-01', 'x']) expect(ageOn(none, new Date(2026, 2, 11))).toBeNull();
  });
});
