import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readRun } from '../../src/runs/run-read.ts';
import { smallMarket, type Found, type Market } from './small-market.ts';

vi.setConfig({ testTimeout: 60_000 });

interface WalkFound {
  readonly efficiency: number | null;
  readonly trials: number;
  readonly folds: readonly {
    readonly fold: number; readonly train: readonly [string, string]; readonly test: readonly [string, string];
    readonly params: Readonly<Record<string, number>> | null; readonly in_sample: number | null; readonly out_of_sample: number | null;
    readonly error: string | null;
  }[];
}

const walkOf = (found: Found): WalkFound => found.walk_forward as WalkFound;

let market: Market;
beforeAll(() => {
  market = smallMarket(`  from: 2025-01-06
  walk_forward: { train: 14d, test: 10d }
  sweep:
    params: { fast: [3, 6] }
    objective: total_return
`);
});
afterAll(() => rmSync(market.cwd, { recursive: true, force: true }));

describe('a walk-forward', () => {
  it('trades each test with what was best before it, as one account', async () => {
    const { json, code } = await market.backtest({ walkForward: true, workers: '1', out: 'walk' });
    expect(code).toBe(0);
    const { folds, trials } = walkOf(json);
    expect(folds.map((f) => f.test)).toEqual([['2025-01-20T00:00:00Z', '2025-01-30T00:00:00Z'], ['2025-01-30T00:00:00Z', '2025-02-09T00:00:00Z'],
      ['2025-02-09T00:00:00Z', '2025-02-19T00:00:00Z']]);
    expect(folds.every((f) => f.train[1] === f.test[0] && f.error === null)).toBe(true);
    expect(trials).toBe(6);
    expect(json.trials).toBe(2);

    // By hand: the sets on the first training span, and the better of them on the first test. Bars are stamped at their open, half an hour
    // before they are known, so `--to` is that much earlier.
    const alone = (fast: number, [from, to]: readonly [string, string]) => market.backtest({
      param: [`fast=${fast}`], from, to: new Date(Date.parse(to) - 30 * 60_000).toISOString(),
    });
    const [first] = folds;
    const tried = await Promise.all([3, 6].map(async (fast) => (await alone(fast, first.train)).json.metrics.total_return as number));
    expect(first.in_sample).toBe(Math.max(...tried));
    expect(first.params).toEqual({ fast: [3, 6][tried.indexOf(Math.max(...tried))] });
    const test = (await alone(first.params?.fast ?? 0, first.test)).json;
    expect(first.out_of_sample).toBe(test.metrics.total_return);

    const run = await readRun(join(market.cwd, 'walk'));
    const { ts, equity, benchmark } = run.curve;
    const end = ts.findLastIndex((t) => t < Date.parse(first.test[1]) * 1000);
    expect(equity[end]).toBe(test.final_equity);
    expect(ts.every((t, i) => i === 0 || t > ts[i - 1])).toBe(true);
    expect(benchmark.every((b) => b > 0)).toBe(true);
    // What the tests earned one after another is what the account has.
    const grown = folds.reduce((value, f) => value * (1 + (f.out_of_sample ?? 0)), json.start_equity);
    expect(json.final_equity).toBeCloseTo(grown, 6);
    expect(json.metrics.total_return).toBeCloseTo(grown / json.start_equity - 1, 9);
    // Positions end with their test, and orders keep apart.
    const open = run.trades.filter((t) => t.open);
    expect(open.every((t) => t.exitTs > Date.parse(folds[2].test[0]) * 1000)).toBe(true);
    expect(new Set(run.orders.map((o) => o.id)).size).toBe(run.orders.length);
    const known = new Map(run.orders.map((o) => [o.id, o]));
    expect(run.fills.length).toBeGreaterThan(10);
    expect(run.fills.every((f) => known.get(f.order)?.symbol === f.symbol)).toBe(true);
    expect(run.params.fast).toBe(folds[2].params?.fast);

    expect(readFileSync(join(market.cwd, 'walk/folds.csv'), 'utf8').trim().split('\n').length).toBe(4);
    expect(readFileSync(join(market.cwd, 'walk/report.html'), 'utf8')).toContain('Sliding: searched on 14d, tested on the next 10d.');
  });

  it('counts rows where lengths are numbers, and takes the values of the flag', async () => {
    const { out } = await market.backtest({ walkForward: '100/60/50', sweep: ['fast=4'], workers: '1', json: false, to: '2025-02-01' });
    expect(out).toContain('Walk-forward: Sliding: searched on 100 rows, tested on the next 60 rows. Efficiency');
    // 20 sessions of 13 bars are 260 different times: tests begin at 100, 150 and 200, and that of the next would not be whole.
    expect(out.split('\n').filter((l) => /^ {2}\d {2}2025-/.test(l)).length).toBe(3);
  });
});

describe('other histories', () => {
  it('are drawn from the trades of a run, the same for the same seed', async () => {
    const { json } = await market.backtest({ monteCarlo: '200', from: '2025-01-06' });
    const again = await market.backtest({ monteCarlo: '200', from: '2025-01-06', json: false });
    const found = json.monte_carlo as Record<string, Record<string, number> & number>;
    expect(found).toMatchObject({ method: 'trades', runs: 200, seed: 1 });
    expect(Object.keys(found.final_equity)).toEqual(['p1', 'p5', 'p25', 'p50', 'p75', 'p95', 'p99']);
    expect(found.final_equity.p1).toBeLessThan(found.final_equity.p99);
    expect(found.max_drawdown.p50).toBeGreaterThan(0);
    expect(found.probability_of_loss).toBeGreaterThanOrEqual(0);
    expect(again.out).toContain('Monte Carlo: 200 histories.');
    expect(again.out).toMatch(/Probability of a loss +\d/);
    const { capital, symbols, share } = json.capacity as { capital: number; share: number; symbols: readonly unknown[] };
    expect([capital > 0, share, symbols.length]).toEqual([true, 0.02, 2]);
  });

  it('or from its returns, as the file says; none where there is nothing to draw from', async () => {
    const own = smallMarket(`  monte_carlo: { runs: 50, method: blocks, block: 3 }
`, { length: '10d' });
    const { json } = await own.backtest({ out: 'runs/a' });
    expect(json.monte_carlo).toMatchObject({ method: 'blocks', block: 3, runs: 50 });
    expect(readFileSync(join(own.cwd, 'runs/a/report.html'), 'utf8')).toContain('Its returns drawn again in blocks of 3 periods on average.');
    const none = await own.backtest({ monteCarlo: '50', param: ['fast=60', 'slow=60'], json: false });
    expect(none.out).toContain('Monte Carlo:');
    rmSync(own.cwd, { recursive: true });
  });
});
