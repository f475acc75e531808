import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Report } from './report.ts';
import { placeOf, plainReading, type ScalarTree } from './scalar.ts';
import { scalarsOf, type Tree } from './tree.ts';
import { readYaml } from './yaml.ts';

const tree = (text: string, env: Record<string, string> = {}): Tree => {
  const report = new Report();
  const t = readYaml(text, env, report);
  expect(report.sorted()).toEqual([]);
  return t as Tree;
};
const only = (text: string, env: Record<string, string> = {}): ScalarTree => scalarsOf(tree(text, env))[0];

describe('scalars', () => {
  it.each(['005930', 'TRUE', '1E5', 'NO', '0x10', '.nan', '12:30', '2024-01-01', '~', 'BRK.B', '1_000'])('%s stays text', (text) => {
    expect(only(`a: ${text}\n`)).toMatchObject({ text, style: 'plain' });
  });

  it.each([
    ['plain', 'a: close > 1\n', 'close > 1'],
    ['double quotes', 'a: "close > 1"\n', 'close > 1'],
    ['single quotes with a quote', "a: 'it''s > 1'\n", "it's > 1"],
    ['escapes', 'a: "x\\t\\u0041 > \\"1\\""\n', 'x\tA > "1"'],
    ['several lines', 'a: close\n  > open\n', 'close > open'],
    ['a block', 'a: |\n  close\n    > open\n', 'close\n  > open\n'],
    ['a folded block', 'a: >-\n  close\n  > open\n', 'close > open'],
  ])('%s: every character has its place', (_, text, value) => {
    const s = only(text);
    expect(s.text).toBe(value);
    for (let i = 0; i < value.length; i++) {
      if (/[a-z>]/.test(value[i])) expect(text[placeOf(s, i)]).toBe(value[i]);
    }
    expect(placeOf(s, value.length)).toBeLessThanOrEqual(text.length);
  });

  it('keeps places around environment variables', () => {
    const text = 'a: "x${A}y${B:-bb}z$${C}"\n';
    const s = only(text, { A: 'long value' });
    expect(s.text).toBe('xlong valueybbz${C}');
    for (const c of ['x', 'y', 'z']) expect(text[placeOf(s, s.text.lastIndexOf(c))]).toBe(c);
    expect(text.slice(placeOf(s, 1)).startsWith('${A}')).toBe(true);
  });

  it('knows what is not set', () => {
    const text = 'a: tcp://${HOST}:${PORT:-4222}\n';
    expect(only(text).unset.map((u) => [u.name, text.slice(u.start, u.end)])).toEqual([['HOST', '${HOST}']]);
  });

  it('takes any text in double quotes as JSON writes it', () => {
    fc.assert(fc.property(fc.string(), (value) => {
      const clean = value.replace(/[\u007f-\u009f$]/g, '');
      const s = only(`a: ${JSON.stringify(clean)}\n`);
      expect(s.text).toBe(clean);
      for (let i = 1; i <= clean.length; i++) expect(placeOf(s, i)).toBeGreaterThanOrEqual(placeOf(s, i - 1));
    }), { numRuns: 200 });
  });
});

describe('what a plain YAML parser would read', () => {
  it.each([
    ['005930', 'number'], ['7203', 'number'], ['1E5', 'number'], ['0x10', 'number'], ['.5', 'number'], ['12:30', 'number'],
      ['.nan', 'number'], ['1_000', 'number'],
    ['TRUE', 'boolean'], ['NO', 'boolean'], ['on', 'boolean'], ['Y', 'boolean'], ['NULL', 'null'], ['~', 'null'], ['2024-01-01', 'date'],
    ['AAPL', null], ['BRK.B', null], ['E', null], ['NAN', null], ['1E', null], ['O', null],
  ])('%s: %s', (text, reading) => expect(plainReading(text)).toBe(reading));
});
