import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { VERB as COMPARE } from '../../src/cli/verbs/compare.ts';
import { VERB as RUNS } from '../../src/cli/verbs/runs.ts';
import { listRuns } from '../../src/runs/run-index.ts';
import { openRunTable, readRun } from '../../src/runs/run-read.ts';
import { ran } from '../runs/support.ts';
import { smallMarket, type Found, type Market } from './small-market.ts';

// Threads load the whole program, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000 });

interface SweepFound {
  readonly trials: readonly {
    readonly trial: number; readonly params: Readonly<Record<string, number>>; readonly score: number | null; readonly error: string | null;
    readonly metrics: Readonly<Record<string, number | null>>;
  }[];
  readonly best: { readonly params: Readonly<Record<string, number>>; readonly score: number };
  readonly pbo: number | null;
  readonly reality_check_p: number | null;
  readonly deflated_sharpe: number | null;
  readonly ended: string;
}

const sweepOf = (found: Found): SweepFound => found.sweep as SweepFound;

let market: Market;
beforeAll(() => {
  market = smallMarket(`  sweep:
    params: { fast: [3, 5, 13], slow: { min: 10, max: 20, step: 10 } }
`);
});
afterAll(() => rmSync(market.cwd, { recursive: true, force: true }));

describe('a sweep', () => {
  it('finds the same with one worker and with two, with operators of one’s own, and goes on after a trial that fails', async () => {
    const one = await market.backtest({ sweep: true, workers: '1', out: 'runs/one' });
    const two = await market.backtest({ sweep: true, workers: '2' });
    expect(one.code).toBe(0);
    const { seconds: _, files: __, ...found } = one.json;
    const { seconds: ___, files: ____, ...again } = two.json;
    expect(again).toEqual(found);
    const { trials, best, ended, pbo, reality_check_p: p, deflated_sharpe: deflated } = sweepOf(one.json);
    expect(trials.map((t) => [t.trial, t.params])).toEqual([[3, 10], [3, 20], [5, 10], [5, 20], [13, 10], [13, 20]].map(([fast, slow], i) =>
      [i, { fast, slow }]));
    expect(trials.filter((t) => t.error !== null).map((t) => [t.params.fast, t.score])).toEqual([[13, null], [13, null]]);
    expect(trials[4].error).toContain('13 brings no luck');
    expect(best.score).toBe(Math.max(...trials.map((t) => t.score ?? -Infinity)));
    expect(ended).toBe('space');
    for (const share of [pbo, p, deflated]) expect(share).toSatisfy((x: number | null) => x !== null && x >= 0 && x <= 1);
    expect(one.json.trials).toBe(4);
    expect(one.json.metrics.deflated_sharpe).toBe(deflated);
    expect(deflated).toBeLessThan(one.json.metrics.probabilistic_sharpe as number);

    // The best set by itself, streamed from its source, is the same run, to the last bit.
    const plain = await market.backtest({ param: [`fast=${best.params.fast}`, `slow=${best.params.slow}`], out: 'runs/plain' });
    const { trials: tried, deflated_sharpe: ownSharpe, expected_max_sharpe: luck, ...rest } = plain.json.metrics;
    expect([plain.json.hash, plain.json.data_hash, plain.json.pipeline_hash]).toEqual([one.json.hash, one.json.data_hash, one.json.pipeline_hash]);
    expect(one.json.metrics).toMatchObject(rest);
    expect([tried, luck, ownSharpe]).toEqual([1, 0, plain.json.metrics.probabilistic_sharpe]);

    // Files, index and comparison.
    const names = readdirSync(join(market.cwd, 'runs/one')).sort();
    expect(one.json.files.map((f) => f.slice(join(market.cwd, 'runs/one/').length)).sort()).toEqual(names);
    expect(names).toEqual(expect.arrayContaining(['sweep.csv', 'sweep.arrow', 'report.html', 'run.json', 'curve.csv']) as string[]);
    const rows = readFileSync(join(market.cwd, 'runs/one/sweep.csv'), 'utf8').trim().split('\n');
    expect(rows[0]).toBe('trial,params.fast,params.slow,score,sharpe,total_return,max_drawdown,trades,error');
    expect(rows.length).toBe(7);
    expect(Number(rows[1].split(',')[3])).toBe(trials[0].score);
    const table = await openRunTable(join(market.cwd, 'runs/one'), 'sweep');
    expect((await table.next())?.n).toBe(6);
    await table.close();
    const html = readFileSync(join(market.cwd, 'runs/one/report.html'), 'utf8');
    for (const text of ['How far to trust it', 'Probability of backtest overfitting', 'millrace backtest p.yaml --operators own.mjs --sweep', 'Capacity', 'Calm third']) {
      expect(html).toContain(text);
    }
    expect((await readRun(join(market.cwd, 'runs/one'))).hash).toBe(one.json.hash);
    const listed = await ran(RUNS, market.cwd, [], { limit: '20', metrics: 'sharpe' });
    expect(listed.out).toMatch(/one/);
    expect(listRuns(join(market.cwd, 'runs')).runs.map((r) => r.folder).sort()).toEqual(['one', 'plain']);
    const compared = await ran(COMPARE, market.cwd, ['runs/one', 'runs/plain'], { runs: 'runs' });
    expect(compared.code).toBe(0);
    expect(compared.out).toContain('none: the same orders, fills, trades and equity');
  });

  it('shows the best first, and what failed', async () => {
    const { out, err } = await market.backtest({ sweep: ['fast=5,13'], workers: '1', json: false });
    const lines = out.split('\n');
    expect(lines.some((l) => /^Search: 2 sets by sharpe, ended by having tried all; 1 failed$/.test(l))).toBe(true);
    expect(lines.find((l) => /^ {2}1 {2}5 /.test(l))).toBeDefined();
    expect(out).toContain('failed: fast=13: node `features` failed');
    expect(err).toContain('2 sets by sharpe (grid), 1 worker');
    expect(err).toMatch(/rows in memory \(0\.\d MB\)/);
  });

  it('reads the data anew for a trial that takes other data', async () => {
    const own = smallMarket('', { market: '$market', length: '10d' });
    const { json } = await own.backtest({ sweep: ['market=7,8'], workers: '1', objective: 'total_return' });
    const plain = await own.backtest({ param: ['market=8'] });
    const [seven, eight] = sweepOf(json).trials;
    expect(eight.metrics.total_return).toBe(plain.json.metrics.total_return);
    expect(seven.metrics.total_return).not.toBe(eight.metrics.total_return);
    rmSync(own.cwd, { recursive: true });
  });

  it('ends where no set is better for too long, and by --trials; random and bayes are repeatable', async () => {
    const own = smallMarket(`  sweep:
    params: { fast: { min: 2, max: 9 }, slow: { min: 12, max: 19 } }
    objective: max trials
    patience: 3
`, { length: '10d' });
    const patient = await own.backtest({ sweep: true, workers: '1' });
    expect(sweepOf(patient.json)).toMatchObject({ ended: 'patience', best: { params: { fast: 2, slow: 12 }, score: 1 } });
    expect(sweepOf(patient.json).trials.length).toBe(16);
    for (const search of ['random', 'bayes']) {
      const flags = { sweep: ['fast=2..9', 'slow=12..30:2'], search, trials: '3', workers: '1', objective: 'min volatility' };
      const [a, b] = [await own.backtest(flags), await own.backtest(flags)];
      expect(sweepOf(a.json)).toEqual(sweepOf(b.json));
      expect(sweepOf(a.json).trials.length).toBe(3);
      const lowest = Math.min(...sweepOf(a.json).trials.map((t) => t.metrics.volatility ?? Infinity));
      expect(a.json.metrics.volatility).toBe(lowest);
    }
    rmSync(own.cwd, { recursive: true });
  });

  it('meets or misses thresholds with the best set: exit code 5', async () => {
    const { code, err, json } = await market.backtest({ sweep: ['fast=4'], workers: '1', require: ['sharpe=>= 50', 'exposure=> 0'] });
    expect(code).toBe(5);
    expect(err).toContain('required sharpe >= 50, found ');
    expect(json.requirements).toMatchObject([{ metric: 'sharpe', ok: false }, { metric: 'exposure', ok: true }]);
    expect(sweepOf(json).trials[0].metrics).toHaveProperty('exposure');
  });

  it('ends on Ctrl-C and leaves nothing', async () => {
    const running = market.backtest({ sweep: ['slow=10..60:1'], workers: '1', out: 'stopped' });
    for (let t = 0; t < 2000 && !existsSync(join(market.cwd, 'stopped')); t++) await new Promise((r) => setTimeout(r, 5));
    process.emit('SIGINT');
    const { code, err } = await running;
    expect(code).toBe(130);
    expect(err).toContain('stopping');
    expect(readdirSync(join(market.cwd, 'stopped'))).toEqual([]);
  });
});

describe('what a search refuses', () => {
  const refused = (flags: object): Promise<unknown> => market.backtest({ workers: '1', ...flags }).then(() => null, (fault: unknown) => fault);

  it.each([
    [{ sweep: ['fsat=1,2'] }, 'E901', 'there is no parameter `fsat`', 'did you mean `fast`?'],
    [{ sweep: ['fast=1,2'] }, 'E901', '`fast` must be at least 2', '`fast` goes from 2 to 60'],
    [{ sweep: ['fast=4..99'] }, 'E901', '`fast` must be at most 60', '`fast` goes from 2 to 60'],
    [{ sweep: ['fast=a,b'] }, 'E901', '`fast` must be a whole number', ''],
    [{ sweep: ['fast=4..9:0'] }, 'E901', 'the step of `fast` is no number above 0', ''],
    [{ sweep: ['fast=9..4'] }, 'E640', 'min 9 is above max 4', ''],
    [{ sweep: ['p.yaml'] }, 'E901', '--sweep takes name=values, not `p.yaml`', 'the pipeline is named before it'],
    [{ sweep: ['fast='] }, 'E901', '--sweep fast= has no values', ''],
    [{ sweep: true, objective: 'sharp' }, 'E643', 'no metric is called `sharp`', 'did you mean `sharpe`?'],
    [{ sweep: true, search: 'gird' }, 'E901', 'there is no search `gird`', 'did you mean `grid`?'],
    [{ sweep: ['slow=1..2000', 'market=1..2000'] }, 'E648', 'a grid of 4,000,000 sets', '--trials 1000 tries the first thousand'],
    [{ sweep: true, workers: '0' }, 'E901', '--workers takes a whole number from 1', ''],
    [{ sweep: ['fast=13'] }, 'E649', 'none of 1 set gave a result: node `features` failed', ''],
    [{ trials: '3' }, 'E901', '--trials is of a search, and none is asked for', '--sweep fast=8,12,16'],
    [{ walkForward: '20d' }, 'E901', '--walk-forward takes train/test', ''],
    [{ walkForward: '20d/10' }, 'E901', 'lengths are all in rows, or all in time', ''],
    [{ walkForward: true }, 'E647', 'nothing says how long to train and to test', '--walk-forward 90d/30d'],
    [{ walkForward: '200d/30d' }, 'E644', 'too short for one fold', ''],
    [{ monteCarlo: 'many', workers: undefined }, 'E901', '--monte-carlo takes a whole number', ''],
  ])('%j', async (flags, code, message, help) => {
    const fault = await refused(flags) as { code: string; message: string; help: readonly string[] };
    expect(fault).toMatchObject({ code, message: expect.stringContaining(message) as string });
    expect(fault.help.join('\n')).toContain(help);
  });

  it('a pipeline that says nothing of a search', async () => {
    const own = smallMarket();
    const fault: unknown = await own.backtest({ sweep: true }).catch((e: unknown) => e);
    expect(fault).toMatchObject({ code: 'E647', help: [expect.stringContaining('--sweep fast=') as string, expect.anything()] });
    rmSync(own.cwd, { recursive: true });
  });

  it('files of something else, before it begins', async () => {
    mkdirSync(join(market.cwd, 'other'));
    writeFileSync(join(market.cwd, 'other/sweep.csv'), 'mine');
    expect(await refused({ sweep: ['fast=4'], out: 'other' })).toMatchObject({ code: 'E692' });
    expect(readdirSync(join(market.cwd, 'other'))).toEqual(['sweep.csv']);
  });
});
