import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkWarmUp, type ColumnWarmUp, type WarmUpReport } from '../../src/backtest/proof/warm-up.ts';
import { verdict, warmUpResult, warmUpTable } from '../../src/backtest/proof/warm-up-text.ts';
import { openReaders } from '../../src/cli/wire.ts';
import { feedFor } from '../harness/cases.ts';
import { pipelineOf, subjectOf } from '../harness/pipeline.ts';
import { SEED } from '../harness/settings.ts';
import { PIPELINES, planOf, read } from '../shipped.ts';
import { openFeed } from './readers.ts';

/** Rows of bars on one clock, some hundred of each of five symbols. */
async function check(nodes: string, rows = 3000): Promise<WarmUpReport> {
  const subject = subjectOf('warm', pipelineOf(nodes, ['bars']));
  return checkWarmUp(subject.plan, openFeed(feedFor(['bars'], { seed: SEED, rows, pace: 1, nulls: false })));
}

const column = (r: WarmUpReport, name: string): ColumnWarmUp => r.columns.find((c) => c.column === name) as ColumnWarmUp;

describe('columns', () => {
  it('of a window are what they declare, to the row', async () => {
    const r = await check('n:\n  from: bars\n  compute:\n    high: highest(high, 20)\n    back: close[7]\n    flow: close - close[1]');
    for (const [name, rows] of [['high', 20], ['back', 8], ['flow', 2]] as const) {
      expect([name, column(r, name).needed]).toEqual([name, [rows, rows, rows]]);
    }
    expect(column(r, 'high').differences).toEqual([0, 0, 0, 0]);
    expect(verdict(column(r, 'high'))).toBe('as declared');
  });

  it('of a recursive average converge at the rate of its weight', async () => {
    const r = await check('n:\n  from: bars\n  compute:\n    fast: ema(close, 10)\n    slow: ema(close, 30)');
    for (const [name, period] of [['fast', 10], ['slow', 30]] as const) {
      const { needed: [, millionth, thousandth], differences } = column(r, name);
      // The start is forgotten by 1 - 2 / (period + 1) a row: three orders of magnitude take so many rows.
      const rows = Math.log(1000) / -Math.log(1 - 2 / (period + 1));
      expect(Math.abs(Number(millionth) - Number(thousandth) - rows)).toBeLessThan(rows / 3);
      expect(Number(differences[0])).toBeGreaterThan(Number(differences[1]));
      expect(Number(differences[1])).toBeGreaterThan(Number(differences[2]));
      expect(verdict(column(r, name))).toBe('converges');
    }
  });

  it('that sum up everything depend on where the data begins, and are no fault', async () => {
    const r = await check('n:\n  from: bars\n  compute:\n    flow: obv(close, volume)\nrule:\n  from: n\n  signal: { buy: close > open, sell: close < open }');
    expect(verdict(column(r, 'flow'))).toBe('depends on where the data begins');
    expect(warmUpResult(r).ok).toBe(true);
    expect(warmUpResult(r).text).toContain('n.flow');
  });

  it('that a node hands on are not its own', async () => {
    const r = await check('n:\n  from: bars\n  compute:\n    mid: (high + low) / 2');
    expect(r.columns.map((c) => c.column)).toEqual(['mid']);
    expect(warmUpTable(r)[1].slice(0, 3)).toEqual(['n.mid', '1', '0']);
  });
});

describe('signals', () => {
  const cross = (kernel: string): string => `n:\n  from: bars\n  compute:\n    fast: ${kernel}(close, 8)\n    slow: ${kernel}(close, 40)\n`
    + 'rule:\n  from: n\n  signal: { buy: "crosses_above(fast, slow)", sell: "crosses_below(fast, slow)" }';

  it('of windows are the same behind the declared warm-up', async () => {
    const r = await check(cross('sma'));
    expect(r.signals).toMatchObject([{ node: 'rule', differ: 0 }]);
    expect(r.signals[0].compared).toBeGreaterThan(20);
    expect(warmUpResult(r)).toMatchObject({ ok: true, text: expect.stringContaining('the same wherever the data begins') as string });
  });

  it('of a long average differ behind it: a fault, with the rows that would do', async () => {
    const r = await check(cross('ema'));
    const [{ differ, needed, declared, first }] = r.signals;
    expect(differ).toBeGreaterThan(0);
    expect(needed).toBeGreaterThan(declared);
    expect(first?.rows).toBeGreaterThanOrEqual(declared);
    expect(warmUpResult(r)).toMatchObject({ ok: false, text: expect.stringContaining('begin the data so much earlier') as string });
  });

  it('of a sum over everything never come to be the same', async () => {
    const r = await check('n:\n  from: bars\n  compute:\n    flow: obv(close, volume)\nrule:\n  from: n\n  signal: { buy: flow > 0, sell: flow < 0 }');
    expect(r.signals[0]).toMatchObject({ needed: null });
    expect(warmUpResult(r).text).toContain('however many rows come before');
  });
});

it('a ranking waits for all symbols, on the clock of its own', async () => {
  const doc = read(join(PIPELINES, 'momentum-rank.yaml'));
  const r = await checkWarmUp(planOf(doc), (keys) => openReaders({ doc }, keys), { universe: doc.universe });
  expect(column(r, 'place')).toMatchObject({ declared: 1, differences: [0, 0, 0, 0] });
  expect(r.signals).toMatchObject([{ node: 'picks', differ: 0 }]);
});

it('says that there are too few rows', async () => {
  expect(warmUpResult(await check('n:\n  from: bars\n  compute:\n    x: close[1]', 1))).toMatchObject({ ok: false });
});
