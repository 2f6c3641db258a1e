import { describe, expect, it } from 'vitest';
import type { Persona } from '../src/common/catalogue';
import { readCheckpoint } from '../src/konsoll/checkpoint';
import { issuesOf, offsetOf } from '../src/konsoll/issues';
import { asked, lacking, nothing } from '../src/konsoll/log/search';
import { officesOf, viewsOf } from '../src/konsoll/offices';
import { diff, near } from '../src/konsoll/policy/diff';
import { enough, queuePath } from '../src/konsoll/review/finding';

const NIN = '11833810555';

describe('a search of the log', () => {
  it('names a person in the body, by national id or by number', () => {
    expect(asked({ ...nothing, patient: '118338 10555' }, 50).body).toEqual({ limit: 50, patient: NIN, automatic: false });
    expect(asked({ ...nothing, patient: NIN, person: 11, people: false }, 50, 7).body).toEqual({ limit: 50, before: 7, person: 11 });
  });

  it('takes its reason along for one employee, and for nobody else', () => {
    const reason = 'Klage fra pasientens datter';
    const of = (employee: string, handle: string | null = null) => asked({ ...nothing, of: 'employee', employee, handle, reason: ` ${reason} ` }, 1);
    expect(of('999000003')).toEqual({ body: { limit: 1, reader: { hpr: '999000003' }, automatic: false }, reason });
    expect(of(NIN).body.reader).toEqual({ nin: NIN });
    expect(of('Nina', 'ab').body.reader).toEqual({ handle: 'ab' });
    expect(asked({ ...nothing, of: 'all', reason, patient: NIN, employee: '1' }, 1)).toEqual({ body: { limit: 1, automatic: false } });
  });

  it('narrows', () => {
    const { body } = asked({ ...nothing, of: 'all', from: '2026-11-01', to: '2026-11-30', unit: 'u', ground: 'emergency', refused: true }, 1);
    expect(body).toEqual({ limit: 1, from: '2026-11-01', to: '2026-11-30', unit: 'u', ground: 'emergency', outcome: 'refused', automatic: false });
  });

  it('is not sent while something is lacking', () => {
    expect(lacking(nothing)).toEqual(['patient']);
    expect(lacking({ ...nothing, patient: NIN })).toEqual([]);
    expect(lacking({ ...nothing, person: 3 })).toEqual([]);
    expect(lacking({ ...nothing, of: 'employee', employee: 'Nina', reason: 'kort' })).toEqual(['employee', 'reason']);
    expect(lacking({ ...nothing, of: 'employee', handle: 'ab', reason: 'Klage fra datteren' })).toEqual([]);
    expect(lacking({ ...nothing, of: 'all', from: '2026-12-01', to: '2026-11-01' })).toEqual(['period']);
    expect(lacking({ ...nothing, of: 'all' })).toEqual([]);
  });
});

describe('a finding', () => {
  it('is closed with words', () => {
    for (const few of ['', 'ok', '1234567890 12345', 'Sammenhengende', `${'ord '.repeat(200)}`]) expect(enough(few), few).toBe(false);
    expect(enough('Snakket med legen')).toBe(true);
  });

  it('is asked for without anybody in the address', () => {
    expect(queuePath('open', '', 0)).toBe('admin/review?status=open&limit=25');
    expect(queuePath('all', 'night', 9)).toBe('admin/review?status=all&limit=25&rule=night&before=9');
  });
});

describe('a checkpoint', () => {
  const time = Buffer.alloc(12);
  time.writeBigUInt64BE(1_795_518_600n, 4);
  const note = `kilde/9901\n42\nroot=\n\n— kilde/9901 AAAA\n— kilde/9902/witness ${Buffer.concat([time, Buffer.alloc(64)]).toString('base64')}\n`;

  it('tells how much it seals and who has seen it', () => {
    expect(readCheckpoint(note)).toEqual({ origin: 'kilde/9901', size: 42, witnesses: [{ name: 'kilde/9902/witness', at: new Date(1_795_518_600_000) }] });
  });

  it('is none when it is something else', () => {
    for (const other of ['', '<!doctype html>', 'kilde/9901\n42', 'kilde/9901\nmange\n\n', '\n1\n\n']) expect(readCheckpoint(other), other).toBeNull();
    expect(readCheckpoint('a\n1\n\n— x/witness ***\n— y/witness AAAA\n')?.witnesses).toEqual([]);
  });
});

describe('findings of an outcome', () => {
  const outcome = {
    issue: [
      {
        severity: 'error',
        diagnostics: '3:5',
        expression: ['Patient.name'],
        details: { text: 'Mangler navn', coding: [{ code: 'r' }], _text: { extension: [{ extension: [{ url: 'lang', valueCode: 'en' }, { url: 'content', valueString: 'No name' }] }] } },
      },
      { severity: 'warning', diagnostics: 'noe annet' },
    ],
  };

  it('are in the language that there is, with their place', () => {
    expect(issuesOf(outcome, 'en')[0]).toEqual({ text: 'No name', at: '3:5', element: 'Patient.name', rule: 'r', warning: false });
    expect(issuesOf(outcome, 'nn')[0]?.text).toBe('Mangler navn');
    expect(issuesOf(outcome, 'nb')[1]).toEqual({ text: 'noe annet', at: null, element: null, rule: '', warning: true });
  });

  it('are none where there is no outcome', () => {
    for (const other of [null, {}, { issue: 'x' }, 'text']) expect(issuesOf(other, 'nb')).toEqual([]);
  });

  it('have a place in the text', () => {
    expect([offsetOf('ab\ncd\ne', '2:2'), offsetOf('ab\ncd', '1:1'), offsetOf('ab\ncd', '2:99'), offsetOf('ab', '9:9')]).toEqual([4, 0, 5, 2]);
  });
});

describe('offices', () => {
  const persona = (name: string, kind: string, instance: string | null, person: string | null = 'P'): Persona => ({ name, kind, instance, person, authorisation: null, organisation: { name: `${instance} kommune` }, unit: null, purpose: null, description: { nb: '', nn: '', en: '' } });

  it('are by municipality, the operator in each, nobody else in any', () => {
    const all = officesOf([persona('drift', 'operator', null), persona('a', 'privacy-officer', '9902'), persona('b', 'manager', '9901'), persona('c', 'health-personnel', '9901'), persona('s', 'manager', '9901', null)]);
    expect(all.map(({ instance, offices }) => [instance, offices.map((one) => one.persona)])).toEqual([
      ['9901', ['b', 'drift']],
      ['9902', ['a', 'drift']],
    ]);
  });

  it('ask for nothing that they have no work in', () => {
    expect(viewsOf('operator')).not.toContain('log');
    expect(viewsOf('administrator')).not.toContain('log');
    expect(viewsOf('manager')).toEqual(['overview', 'review']);
  });
});

describe('a difference', () => {
  const shown = (before: string, after: string) => diff(before, after).map((line) => ({ same: ' ', gone: '-', new: '+' })[line.kind] + line.text);

  it('is what went and what came, in their places', () => {
    expect(shown('a\nb\nc', 'a\nx\nc\nd')).toEqual([' a', '-b', '+x', ' c', '+d']);
    expect(shown('a', 'a')).toEqual([' a']);
    expect(shown('', 'a')).toEqual(['-', '+a']);
    expect(shown('b\na\nb', 'a\nb\na')).toEqual(['-b', ' a', ' b', '+a']);
  });

  it('gives back both texts, whatever they are', () => {
    const texts = ['', 'a\nb', 'b\nb\na\n', 'x\na\nb\nc\na', 'c\nb\na\nb'];
    for (const before of texts)
      for (const after of texts) {
        const lines = diff(before, after);
        const side = (without: string) => lines.filter((line) => line.kind !== without).map((line) => line.text).join('\n');
        expect([side('new'), side('gone')]).toEqual([before, after]);
      }
  });

  it('is shown with what stands near, the rest left out', () => {
    const before = Array.from({ length: 20 }, (_, i) => String(i)).join('\n');
    expect(near(diff(before, before.replace('10', 'x')), 1).map((line) => line?.text ?? null)).toEqual([null, '9', '10', 'x', '11', null]);
    expect(near(diff('a', 'a'))).toEqual([null]);
  });
});
