import { describe, expect, it } from 'vitest';
import { readPipeline, type ReadOptions } from './check.ts';
import { readSeries } from './notation.ts';
import { REGISTRY } from './registry.fixture.ts';
import { readTests } from './test-file.ts';
import { TEST_START } from './given.ts';

const options: ReadOptions = { file: 'p.yaml', base: '.', registry: REGISTRY, env: {}, params: {}, readFile: () => null };
const BASE = 'apiVersion: 1\npipeline: p\nsources:\n  trades: { csv: a.csv, schema: trade }\n'
  + 'nodes:\n  bars: { from: trades, bars: 1m }\n  s: { from: bars, split: { up: close > open } }\n'
  + 'outputs:\n  o: { from: s.up, stdout: {} }\n';
const document = readPipeline(BASE, options);
const cells = (text: string, seed = 1): unknown => {
  const read = readSeries(text, seed);
  return 'cells' in read ? read.cells : read.message;
};

describe('series', () => {
  it.each<[string, unknown]>([
    ['1x3 3x3', [1, 1, 1, 3, 3, 3]], ['100+1x4', [100, 101, 102, 103]], ['10-2.5x3', [10, 7.5, 5]], ['-1x2', [-1, -1]],
      ['-1-1x2', [-1, -2]],
    ['1 2 _ 4', [1, 2, null, 4]], ['_x2 5', [null, null, 5]], ['buy sellx2', ['buy', 'sell', 'sell']], ['true false', [true, false]],
    ['1e3x2', [1000, 1000]], ['0.1+0.1x3', [0.1, 0.2, 0.1 + 0.2]], ['5x0', []], ['max', ['max']], ['', []], ['1_000', [1000]],
  ])('%s', (text, rows) => expect(cells(text)).toEqual(rows));

  it('walks at random by its seed alone, and not below zero', () => {
    expect(cells('400~0.1x50', 7)).toEqual(cells('400~0.1x50', 7));
    expect(cells('400~0.1x50', 7)).not.toEqual(cells('400~0.1x50', 8));
    const walk = cells('10~20x2000', 3) as number[];
    expect(walk).toHaveLength(2000);
    expect(walk[0]).toBe(10);
    expect(Math.min(...walk)).toBeGreaterThanOrEqual(0);
  });

  it.each(['1+2', '1~x5', '1x99999999', '3.x+'])('%s is refused', (text) => expect(cells(text)).toBeTypeOf('string'));
});

describe('tests of a pipeline', () => {
  const read = (text: string, readFile: ReadOptions['readFile'] = () => null): ReturnType<typeof readTests> =>
    readTests(text, 'p.test.yaml', document, { ...options, readFile });
  const one = (given: string, expected = 'bars: { count: 1 }'): ReturnType<typeof readTests> =>
    read(`- name: t\n  given: { ${given} }\n  expect: { ${expected} }\n`);

  it('reads columns in series', () => {
    const { tests, diagnostics } = one('trades: { symbol: A, every: 1s, start: 2024-01-02T00:00:00Z, '
      + 'price: "1 _ 3 _", size: "1 2 _ _", side: buy }');
    expect(diagnostics).toEqual([]);
    const start = Date.UTC(2024, 0, 2) * 1000;
    expect(tests[0].given[0]).toMatchObject({ target: 'trades', rows: [
      { ts: start, symbol: 'A', values: { price: 1, size: 1, side: 'buy' } },
        { ts: start + 1e6, values: { price: null, size: 2, side: 'buy' } },
      { ts: start + 2e6, values: { price: 3, size: null, side: 'buy' } },
    ] });
  });

  it('reads rows, csv, files and several symbols', () => {
    const csv = 'ts,symbol,price\n2s,B,1\n2024-01-02T15:30:00Z,A,2\n';
    expect(one('trades: { symbol: A, rows: [{ price: 1 }, { ts: 90s, price: "2", side: ~ }] }').tests[0].given[0].rows).toEqual([
      { ts: TEST_START, symbol: 'A', values: { price: 1 } }, { ts: TEST_START + 90e6, symbol: 'A', values: { price: '2', side: null } },
    ]);
    const rows = [{ ts: TEST_START, symbol: 'A', values: { price: 2 } }, { ts: TEST_START + 2e6, symbol: 'B', values: { price: 1 } }];
    const inline = `- name: t\n  given:\n    trades:\n      csv: |\n        ${csv.replaceAll('\n', '\n        ')}\n  expect: { s: [] }\n`;
    expect(read(inline).tests[0].given[0].rows).toEqual(rows);
    expect(read('tests:\n  - { name: t, given: { trades: { file: rows.csv } }, expect: { s: [] } }\n', (p) =>
      (p === 'rows.csv' ? csv : null)).tests[0].given[0].rows).toEqual(rows);
    expect(one('trades: [{ symbol: B, price: 1x2 }, { symbol: A, price: 5x2 }]').tests[0].given[0].rows.map((r) => r.symbol)).toEqual(['B',
      'A', 'B', 'A']);
  });

  it('reads what is expected', () => {
    const { tests, diagnostics } = one('trades: { price: 1x3 }',
      'bars: [{ row: 3, close: 1, symbol: "007" }, { side: buy }], '
      + 's.up: { all: "close > 1", within: 1e-6 }, s: { none: "close < 1", count: 2 }');
    expect(diagnostics).toEqual([]);
    expect(tests[0].expect).toMatchObject([
      { target: { id: 'bars', branch: null }, within: 1e-9, rows: [{ row: 3, values: { close: 1, symbol: '007' } },
        { row: null, values: { side: 'buy' } }] },
      { target: { id: 's', branch: 'up' }, within: 1e-6, all: { text: 'close > 1' } }, { none: { text: 'close < 1' }, count: 2 },
    ]);
  });

  it.each([
    ['tradse: { price: 1x3 }', 'bars: { count: 1 }', 'E201'], ['trades: { price: 1x3, size: 1x4 }', 'bars: { count: 1 }', 'E116'],
    ['trades: { price: 1~x3 }', 'bars: { count: 1 }', 'E116'], ['trades: { price: 1x3 }', 'brs: { count: 1 }', 'E201'],
    ['trades: { price: 1x3 }', 'bars: { cuont: 1 }', 'E102'], ['trades: { price: 1x3 }', 'bars: { count: -1 }', 'E108'],
    ['trades: { price: 1x3, every: 5 }', 'bars: { count: 1 }', 'E108'], ['trades: { price: 1x3, csv: a }', 'bars: { count: 1 }', 'E116'],
    ['trades: { symbol: 005930, price: 1x3 }', 'bars: { count: 1 }', 'W120'], ['trades: { price: 1x3 }', 'bars: { snapshot: a }', 'W110'],
    ['trades: { file: no.csv }', 'bars: { count: 1 }', 'E114'], ['trades: {}', 'bars: { count: 1 }', 'E116'],
    ['trades: { price: 1x3 }', 'bars: 3', 'E116'], ['trades: { price: 1x3, start: soon }', 'bars: { count: 1 }', 'E108'],
  ])('%s -> %s is %s', (given, expected, code) => {
    const { tests, diagnostics } = one(given, expected);
    expect(diagnostics.map((d) => d.code)).toEqual([code]);
    expect(tests).toHaveLength(code.startsWith('W') ? 1 : 0);
  });

  it('reads inline tests as well', () => {
    const doc = readPipeline(`${BASE}tests:\n  - { name: t, given: { bars: { close: 1x3 } }, expect: { bars: { count: 3 } } }\n`, options);
    expect(doc.diagnostics).toEqual([]);
    expect(doc.tests).toHaveLength(1);
  });
});
