import { describe, expect, it } from 'vitest';
import { readPipeline } from '../language/check.ts';
import { makeRegistry } from './registry.ts';
import { runCase } from './test-case.ts';
import type { Failure } from './test-expect.ts';
import { REPORTERS } from './test-report.ts';
import { paints } from './terminal.ts';

const REGISTRY = makeRegistry();

const PIPELINE = `
apiVersion: 1
pipeline: p
TIME
sources:
  trades: { synthetic: {}, schema: trade }
nodes:
  bars: { from: trades, bars: { every: 1m } }
  features: { from: bars, compute: { fast: "ema(close, 3)", slow: "ema(close, 5)" } }
  cross: { from: features, signal: { buy: "crosses_above(fast, slow)", sell: "crosses_below(fast, slow)" } }
  moves: { from: trades, compute: { move: "price - price[1]" } }
tests:
`;

const CROSSING = 'features: { symbol: A, every: 1m, close: 10, fast: "1x3 3x3 1x2", slow: 2 }';

async function failures(given: string, expected: string, time = ''): Promise<readonly Failure[]> {
  const text = `${PIPELINE.replace('TIME', time)}  - name: t\n    given:\n      ${given}\n    expect:\n      ${expected}\n`;
  const doc = readPipeline(text, { file: 'p.yaml', base: '.', registry: REGISTRY, env: {}, params: {}, readFile: () => null });
  expect(doc.diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  return (await runCase(doc, doc.tests[0], { file: 'p.yaml', text }, REGISTRY)).failures;
}

describe('a test of a pipeline', () => {
  it('passes rows given to a node on to what reads it', async () => {
    expect(await failures(CROSSING, 'cross: [{ row: 3, side: buy, price: 10 }, { row: 6, side: sell }]')).toEqual([]);
  });

  it('fails on another value, place or number of rows, and shows what came', async () => {
    const [wrong] = await failures(CROSSING, 'cross: [{ row: 3, side: sell }, { row: 6, side: sell }]');
    expect(wrong.message).toBe('`cross`: 1 of 2 expected rows differ');
    expect(wrong.table?.flat()).toContain('✗ buy, expected sell');
    expect((await failures(CROSSING, 'cross: [{ row: 2, side: buy }, { row: 6, side: sell }]'))[0].table?.flat()).toContain('✗ no such row');
    expect((await failures(CROSSING, 'cross: [{ row: 3, side: buy }]'))[0].message).toBe('`cross`: 1 more than expected');
    expect((await failures(CROSSING, 'cross: { count: 3 }'))[0].message).toBe('`cross` gave 2 rows, expected are 3');
  });

  it('leaves rows free that are not named, where a node passes them all', async () => {
    expect(await failures(CROSSING.replace('features', 'bars').replace(/, fast.*/, ' }').replace('10', '"1+1x5"'), 'features: [{ row: 2, fast: 2 }]')).toEqual([]);
  });

  it('holds conditions against every row', async () => {
    expect(await failures(CROSSING, 'cross: { none: "side == hold" }')).toEqual([]);
    expect(await failures(CROSSING, 'cross: { all: "price == 10" }')).toEqual([]);
    expect((await failures(CROSSING, 'cross: { none: "side == buy" }'))[0].message).toMatch(/1 rows of `cross` fulfil `side == buy`/);
    expect((await failures(CROSSING, 'cross: { all: "side == buy" }'))[0].message).toMatch(/1 of 2 rows of `cross` do not fulfil/);
  });

  it('runs rows given to a source through windows', async () => {
    const given = 'trades: { symbol: A, every: 20s, price: "1+1x9", size: 2 }';
    expect(await failures(given, 'bars: [{ row: 0, volume: 2 }, { row: 1, volume: 6, close: 4 }]')).toEqual([]);
  });

  it('says which column was meant', async () => {
    expect((await failures(CROSSING.replace('fast', 'fsat'), 'cross: { count: 0 }'))[0].message).toMatch(/no column `fsat`.*did you mean `fast`/);
    expect((await failures(CROSSING, 'cross: [{ row: 3, sid: buy }]'))[0].message).toMatch(/no column `sid`.*did you mean `side`/);
    expect((await failures(CROSSING, 'cross: [{ row: 3, side: bye }]'))[0].message).toMatch(/`bye` is not a value of column `side`: sell, hold, buy/);
  });

  it('shuffles arrivals inside the lateness: bars do not mind, a difference of neighbours does', async () => {
    const given = 'trades: { symbol: A, every: 1s, price: "1~0.5x90", size: 2, seed: 3 }';
    const time = 'time: { lateness: 5s }';
    expect(await failures(given, 'bars: [{ row: 0, volume: 2 }]', time)).toEqual([]);
    expect((await failures(given, 'moves: [{ row: 0, move: null }]', time)).map((f) => f.message))
      .toEqual(['`moves` is different when rows arrive out of order within the lateness']);
    expect(await failures(given, 'moves: [{ row: 0, move: null }]')).toEqual([]);
  });
});

describe('reports', () => {
  const result = {
    cases: [
      { file: 'p.yaml', pipeline: 'p', name: 'good', ms: 3, failures: [] },
      { file: 'p.yaml', pipeline: 'p', name: 'a < b', ms: 4, failures: [{ message: 'no', table: [['row', 'x'], ['1', '✗ 2']] }] },
    ],
    broken: [], uncovered: new Map([['p.yaml', ['bars']]]),
  };
  const options = { paint: paints(false), coverage: true, quiet: false };

  it('are made for people, build servers and programs', () => {
    expect(REPORTERS.text(result, options)).toMatch(/✓ ok {2}good[\s\S]*✗ failed {2}a < b[\s\S]*no test runs bars[\s\S]*1 passed, 1 failed/);
    expect(REPORTERS.junit(result, options)).toMatch(/tests="2" failures="1"[\s\S]*name="a &lt; b"[\s\S]*<failure message="no">/);
    expect(JSON.parse(REPORTERS.json(result, options))).toMatchObject({ passed: 1, failed: 1, uncovered: { 'p.yaml': ['bars'] } });
  });
});
