import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hardStop, resume } from '../../test/hard-stop.ts';
import { REGISTRY } from '../../test/shipped.ts';
import { compile } from '../plan/compile.ts';
import { readPipeline, type ReadOptions } from './check.ts';
import { renderDiagnostic } from './frame.ts';
import { LIMITS } from './guard.ts';
import { readTests } from './test-file.ts';

const options: ReadOptions = {
  file: 'p.yaml', base: '.', registry: REGISTRY, env: {}, params: {},
  readFile: (path) => (path.endsWith('.txt') ? `${'#'.repeat(100_000)}\rA\n` : null),
};

/** Everything that `validate` does with a text; returns how many faults were said. */
function validated(text: string): number {
  const doc = readPipeline(text, options);
  const tests = readTests(text, 't.yaml', doc, options);
  const { diagnostics } = compile(doc, REGISTRY);
  for (const d of [...diagnostics, ...tests.diagnostics].slice(0, 20)) renderDiagnostic(d, text, 'p.yaml', { color: false });
  return diagnostics.length + tests.diagnostics.length;
}

const HEAD = 'apiVersion: 1\npipeline: p\nsources:\n  t: { csv: a.csv, schema: trade }\n';
const many = (n: number, line: (i: number) => string): string => Array.from({ length: n }, (_, i) => line(i)).join('');
const given = (columns: string): string => `${HEAD}tests:\n  - name: a\n    expect: {}\n    given:\n      t:\n${columns}`;

/** Texts as large as a file may be whose reading once took time that grew with the square of their length, or more. */
const HOSTILE: Readonly<Record<string, string>> = {
  'variables that are never closed': `${HEAD}x: ${'${X:-'.repeat(40_000)}`,
  'a number with blanks behind it': `${HEAD}params:\n  a: 1${' '.repeat(200_000)}x\n`,
  'an amount with blanks in it': `${HEAD}params:\n  a: 1${' '.repeat(200_000)}USDx\n`,
  'dashes in a name': `apiVersion: 1\npipeline: a${'-'.repeat(200_000)}a\n`,
  'comments behind a broken line': `a:\n  b: 1\n${' #'.repeat(100_000)}\rx\n c: 1\n`,
  'comments in a list of symbols': `${HEAD}universe: symbols.txt\n`,
  'parameters beside `params:`': `${HEAD}params:\n  a: 1\n${many(9000, (i) => `zq${i}qz: 1\n`)}`,
  'settings beside sources': `sources:\n${many(6000, (i) => `  t${i}: { csv: a }\n  fields: 1\n`)}`,
  'forty columns of a million rows': given(many(40, (i) => `        c${i}: 1~1x1000000\n`)),
  'a value that thousands of columns repeat': given(`        a: 1x100000\n${many(5000, (i) => `        c${i}: 1\n`)}`),
  'one unknown id read by thousands': `${HEAD}nodes:\n  a: { from: [${'x, '.repeat(16_000)}y], merge: {} }\n`,
  'thousands of columns, each of the one before': `${HEAD}nodes:\n  a:\n    from: t\n    compute:\n`
    + many(6000, (i) => `      c${i}: ${i === 0 ? 'price' : `c${i - 1}`} + 1\n`),
  'thousands of unknown columns': `${HEAD}nodes:\n  a:\n    from: t\n    compute:\n${many(6000, (i) => `      c${i}: zz${i} + 1\n`)}`,
  'lines that the parser nests, one in the other': `${'a: nodes:\n'.repeat(3000)}}}}${':'.repeat(3000)}`,
  'a loop of thousands of nodes': `${HEAD}nodes:\n${many(1500, (i) => `  a${i}: { from: a${(i + 1) % 1500}, filter: price > 1 }\n`)}`,
};

describe('reading ends', () => {
  it.each(Object.entries(HOSTILE))('%s', (_, text) => {
    expect(text.length).toBeLessThanOrEqual(LIMITS.characters);
    hardStop(text, () => void validated(text));
  }, 60_000);

  it('a million values may be given, and not one more', () => {
    const said = (columns: string): string[] => readPipeline(given(columns), options).diagnostics.map((d) => d.message);
    expect(said('        price: 1x500000\n        size: 2x500000\n')).toEqual([]);
    const full = 'the tests of one file may be given 1000000 values in all';
    expect(said('        price: 1x500000\n        size: 2x500001\n')).toEqual([full]);
    expect(said('        price: 1x500000\n        size: 2\n        a: 3\n')).toEqual([full]);
  }, 60_000);

  const scraps = fc.constantFrom(
    ':', ': ', '- ', '? ', '{', '}', '[', ']', ', ', '\n', '\n ', '\n  ', '\r', '\t', ' ', '"', "'", '|\n', '>\n', '&a ', '*a ', '!!int ',
    ' #', '#\n', '%', '---\n', '...\n', '${', '${X:-', '${X}', '$$', '\\', '\u2028', '\uFEFF', '😀', '1 ', '1m', 'x1000 ', '~1', 'bps',
    ' USD', 'a', 'a: ', 'a:\n', '- a\n', 'a: 1\n', 'params:\n', '  a: 1\n', 'nodes:\n', 'from: ', '(', ')', 'ema(', ' and ', '<', '.',
    '-', '_', '/',
  );
  const before = fc.constantFrom(
    '', 'a: ', 'a:\n  ', '- ', '"', '{ a: ', '[', 'x: |\n  ', 'apiVersion: 1\npipeline: ', HEAD, `${HEAD}params:\n  a: `,
    `${HEAD}nodes:\n  a: `, `${HEAD}nodes:\n  a: { from: t, filter: "`, given('        price: '),
    `${HEAD}outputs:\n  o: { from: t, nats: { subject: "`,
  );
  const repeated = fc.tuple(fc.array(scraps, { minLength: 1, maxLength: 3 }), fc.constantFrom(3, 300, 3000, 30_000), fc.boolean())
    .map(([unit, n, numbered]) => (numbered ? many(Math.min(n, 3000), (i) => unit.join(String(i))) : unit.join('').repeat(n)));

  it('whatever is repeated, and behind whatever it stands', () => {
    let read = 0;
    let said = 0;
    fc.assert(fc.property(before, fc.array(repeated, { minLength: 1, maxLength: 3 }), (head, parts) => {
      const text = (head + parts.join('')).slice(0, LIMITS.characters);
      hardStop(text, () => { said += validated(text); });
      read += 1;
    }), { numRuns: Number(process.env.MILLRACE_FUZZ ?? 400) / 4, endOnFailure: true });
    expect(read).toBeGreaterThan(50);
    expect(said).toBeGreaterThan(read);
  }, 600_000);

  it('and a loop without an end is stopped, with its text', () => {
    try {
      expect(() => hardStop('for ever', () => { for (;;); }, 50)).toThrow('no answer within 50 ms to 8 characters: "for ever"');
      expect(() => hardStop('the next', () => {})).toThrow('for ever');
    } finally {
      resume();
    }
    hardStop('and again', () => {});
  });
});
