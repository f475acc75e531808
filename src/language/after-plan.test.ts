import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../core/diagnostic.ts';
import { SIDE, type Schema } from '../core/types.ts';
import { readPipeline, type ReadOptions } from './check.ts';
import { atDeclarations } from './column-slips.ts';
import { REGISTRY } from './registry.fixture.ts';
import { checkTestColumns } from './test-columns.ts';

const options: ReadOptions = { file: 'p.yaml', base: '.', registry: REGISTRY, env: {}, params: {}, readFile: () => null };
const BASE = 'apiVersion: 1\npipeline: p\nsources:\n  trades: { csv: a.csv, schema: trade }\n'
  + 'nodes:\n  bars: { from: trades, bars: 1m }\n';

describe('columns of tests', () => {
  const schema: Schema = [
    { name: 'close', type: 'f64' }, { name: 'open', type: 'bool' }, { name: 'side', type: SIDE }, { name: 'note', type: 'text' },
  ];
  const found = (given: string, expected: string): string[] => {
    const text = `${BASE}outputs:\n  o: { from: bars, stdout: {} }\n`
      + `tests:\n  - name: t\n    given: { bars: ${given} }\n    expect: { bars: ${expected} }\n`;
    const doc = readPipeline(text, options);
    expect(doc.diagnostics).toEqual([]);
    return checkTestColumns(doc.tests, (id) => (id === 'bars' ? schema : null))
      .map((d) => `${d.code} ${text.slice(d.start, d.end)} -> ${d.suggestion ?? ''}`);
  };

  it.each<[string, string, string[]]>([
    ['{ symbol: A, close: 1x3, open: "true _ false", side: buy, note: any }', '[{ row: 1, symbol: A, ts: 0, close: 1, side: buy }]', []],
    ['{ symbl: A, close: 1x3 }', '[]', ['E305 symbl -> symbol']],
    ['{ clsoe: 1x3 }', '[{ sied: buy }]', ['E305 clsoe -> close', 'E305 sied -> side']],
    ['{ close: 1x3, open: treu }', '[{ side: byu }]', ['E309 open -> true', 'E313 side -> buy']],
    ['{ rows: [{ close: 1, ts: 1s }, { clos: 2 }] }', '[{ rwo: 3 }]', ['E305 clos -> close', 'E305 rwo -> row']],
    ['{ close: high }', '[]', ['E309 close -> ']],
  ])('%s, %s', (given, expected, wanted) => expect(found(given, expected)).toEqual(wanted));
});

describe('columns that a formula declares under a misspelt name', () => {
  const text = `${BASE}  f:\n    from: bars\n    compute:\n      uppre: ema(close, 3)\n      other: close\n`
    + '  g: { from: f, filter: close > upper and open < upper and other > 0 }\noutputs:\n  o: { from: g, stdout: {} }\n';
  const doc = readPipeline(text, options);
  const unknown = (word: string, from = 0): Diagnostic => {
    const start = text.indexOf(word, from);
    return { code: 'E305', severity: 'error', message: `unknown column \`${word}\``, start, end: start + word.length };
  };

  it('are one fault, at the declaration', () => {
    const first = unknown('upper');
    const got = atDeclarations(doc, [first, unknown('upper', first.end)], REGISTRY);
    expect(got.map((d) => [d.code, text.slice(d.start, d.end), d.suggestion])).toEqual([['E305', 'uppre', 'upper']]);
  });

  it('leave other faults as they are', () => {
    const found = [unknown('volume'), { ...unknown('close'), code: 'E309' }];
    expect(atDeclarations(doc, found, REGISTRY)).toBe(found);
  });
});
