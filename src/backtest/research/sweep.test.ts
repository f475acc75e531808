import { expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { gridSearch } from './grid.ts';
import type { Objective } from './objective.ts';
import { type Evaluate, periodSharpe, returnsOf, type Span } from './port.ts';
import { halvingPruner, medianPruner } from './prune.ts';
import type { Search } from './search.ts';
import { type Params, space } from './space.ts';
import { surfaceOf } from './surface.ts';
import { runSweep } from './sweep.ts';
import { tpeSearch } from './tpe.ts';

const objective: Objective = { text: 'value', metric: 'value', goal: 'max' };
const spans = (n: number): Span[] => Array.from({ length: n }, (_, i) => ({ from: i * 100, to: i * 100 + 100 }));
const one = spans(1);

/** A curve that follows from the parameters alone. */
const curveOf = (seed: number) => {
  const random = new Random(seed);
  const equity = [1000];
  for (let i = 0; i < 30; i++) equity.push(equity[i] * (1 + 0.001 + 0.01 * random.normal()));
  return { ts: equity.map((_, i) => i), equity };
};

const plane = space({ x: [1, 2, 3, 4], y: ['a', 'b', 'c'] });
const peak = (p: Params): number => -((Number(p.x) - 3) ** 2) - ['b', 'a', 'c'].indexOf(String(p.y));
const evaluate: Evaluate = async (p, span) => ({ metrics: { value: peak(p) + span.from / 1000 }, curve: curveOf(Number(p.x)) });

it('runs the grid and finds its best', async () => {
  const sweep = await runSweep(evaluate, plane, gridSearch(plane), { objective, spans: one });
  expect([sweep.trials.length, sweep.ended, sweep.best?.params]).toEqual([12, 'space', { x: 3, y: 'b' }]);
  expect(sweep.surface).toEqual({
    x: { name: 'x', values: [1, 2, 3, 4] }, y: { name: 'y', values: ['a', 'b', 'c'] },
    best: [[-5, -2, -1, -2], [-4, -1, 0, -1], [-6, -3, -2, -3]],
  });
  const sharpes = [1, 2, 3, 4].map((x) => Number(periodSharpe(returnsOf(curveOf(x)))));
  const mean = sharpes.reduce((a, b) => a + b) / 4;
  // Each of four Sharpe ratios came three times.
  expect(sweep.sharpes.count).toBe(12);
  expect(sweep.sharpes.variance).toBeCloseTo((3 * sharpes.reduce((sum, s) => sum + (s - mean) ** 2, 0)) / 11, 12);
});

it('twins are one independent trial, strangers nearly as many as they are', async () => {
  const count = async (seed: (i: number) => number): Promise<number> => {
    const s = space({ i: { min: 1, max: 20, integer: true } });
    const run: Evaluate = async (p) => ({ metrics: { value: 0 }, curve: curveOf(seed(Number(p.i))) });
    return Number((await runSweep(run, s, gridSearch(s), { objective, spans: one })).sharpes.independent);
  };
  expect(await count(() => 5)).toBeCloseTo(1, 9);
  expect(await count((i) => i)).toBeGreaterThan(15);
  // Two families of ten: 180 ordered pairs of 380 are twins, 200 correlate as the two do.
  const [a, b] = [1, 2].map((seed) => returnsOf(curveOf(seed)));
  const mean = (x: Float64Array) => x.reduce((sum, v) => sum + v, 0) / x.length;
  const co = (x: Float64Array, y: Float64Array) => x.reduce((sum, v, i) => sum + (v - mean(x)) * (y[i] - mean(y)), 0);
  const r = (180 + (200 * co(a, b)) / Math.sqrt(co(a, a) * co(b, b))) / 380;
  expect(await count((i) => (i <= 10 ? 1 : 2))).toBeCloseTo(r + (1 - r) * 20, 9);
});

it('gives the same trials however many run at once, and whichever is faster', async () => {
  const s = space({ x: { min: -5, max: 10 }, y: { min: 0, max: 15 } });
  const ordered = async (most: number) => {
    let running = 0;
    let peakRunning = 0;
    const waiting: (() => void)[] = [];
    // Lets `most` run at once, and ends later ones earlier.
    const limited: Evaluate = async (p) => {
      while (running >= most) await new Promise<void>((go) => waiting.push(go));
      running += 1;
      peakRunning = Math.max(peakRunning, running);
      for (let i = 0; i < Math.abs(Number(p.x)) * 3; i++) await Promise.resolve();
      running -= 1;
      waiting.pop()?.();
      return { metrics: { value: -((Number(p.x) - 2) ** 2) - (Number(p.y) - 4) ** 2 }, curve: curveOf(1) };
    };
    const sweep = await runSweep(limited, s, tpeSearch(s, { seed: 3 }), { objective, spans: one, trials: 42, batch: 8 });
    expect(peakRunning).toBe(Math.min(most, 8));
    return sweep.trials.map((t) => [t.number, t.params, t.score]);
  };
  const [alone, three, all] = [await ordered(1), await ordered(3), await ordered(8)];
  expect(alone).toHaveLength(42);
  expect(three).toEqual(alone);
  expect(all).toEqual(alone);
});

it('a trial that throws is kept with its error, others go on', async () => {
  const told: (number | null)[] = [];
  const search: Search = { ...gridSearch(plane), tell: (_, score) => told.push(score) };
  const some: Evaluate = (p, span) => {
    if (p.x === 3) throw new Error('no rows');
    return p.x === 2 ? Promise.reject(new Error('no bars')) : evaluate(p, span);
  };
  const sweep = await runSweep(some, plane, search, { objective, spans: one, batch: 5 });
  expect(sweep.trials.map((t) => t.error)).toEqual([1, 2, 3, 4].flatMap((x) => Array(3).fill(x === 3 ? 'no rows' : x === 2 ? 'no bars' : null)));
  expect(told.filter((x) => x === null)).toHaveLength(6);
  expect(sweep.best?.params).toEqual({ x: 4, y: 'b' });
  expect(sweep.sharpes.count).toBe(6);
});

it('stops for want of something better, at the end of a batch', async () => {
  const s = space({ x: { min: 1, max: 1000, integer: true } });
  const run: Evaluate = async (p) => ({ metrics: { value: Math.min(5, Number(p.x)) }, curve: curveOf(1) });
  const sweep = await runSweep(run, s, gridSearch(s), { objective, spans: one, patience: 10, batch: 4 });
  // The fifth is best; ten more were no better after 15, and their batch ends with 16.
  expect([sweep.ended, sweep.trials.length, sweep.best?.params.x]).toEqual(['patience', 16, 5]);
  const cut = await runSweep(run, s, gridSearch(s), { objective, spans: one, trials: 7, batch: 4 });
  expect([cut.ended, cut.trials.length]).toEqual(['trials', 7]);
});

it('the score is the mean over the spans, and stopped trials are neither best nor told as good', async () => {
  const told: (number | null)[] = [];
  const calls: string[] = [];
  const s = space({ x: { min: 1, max: 8, integer: true } });
  // The worse half begins best: 1 to 4 lead on the first span only.
  const run: Evaluate = async (p, span) => {
    calls.push(`${p.x}@${span.from}`);
    return { metrics: { value: span.from === 0 ? 10 - Number(p.x) : 3 * Number(p.x) }, curve: curveOf(Number(p.x)) };
  };
  const search: Search = { ...gridSearch(s), tell: (_, score) => told.push(score) };
  const sweep = await runSweep(run, s, search, { objective, spans: spans(3), batch: 8, prune: halvingPruner() });
  expect(sweep.trials.map((t) => t.stopped)).toEqual([1, 1, null, null, 0, 0, 0, 0]);
  expect(calls).toHaveLength(8 + 4 + 2);
  expect(told).toEqual([null, null, (7 + 9 + 9) / 3, (6 + 12 + 12) / 3, null, null, null, null]);
  expect(sweep.best?.params.x).toBe(4);
  expect(sweep.trials[0].scores).toEqual([9, 3]);
  expect(sweep.sharpes.count).toBe(8);
});

it('the median pruner saves runs and keeps the best of a sweep', async () => {
  const s = space({ x: { min: 1, max: 60, integer: true } });
  let runs = 0;
  const run: Evaluate = async (p, span) => {
    runs += 1;
    return { metrics: { value: -Math.abs(Number(p.x) - 17) + span.from / 1000 }, curve: curveOf(1) };
  };
  const sweep = await runSweep(run, s, gridSearch(s), { objective, spans: spans(5), batch: 6, prune: medianPruner() });
  expect(sweep.best?.params.x).toBe(17);
  expect(runs).toBeLessThan(0.75 * 300);
});

it('refuses to go on for ever, and stops when it is told to', async () => {
  const s = space({ x: { min: 0, max: 1 } });
  await expect(runSweep(evaluate, s, tpeSearch(s, { seed: 1 }), { objective, spans: one })).rejects.toThrow(/has no end/);
  const stop = new AbortController();
  const until: Evaluate = async (p, span) => {
    if (p.x === 2) stop.abort(new Error('enough'));
    return evaluate(p, span);
  };
  await expect(runSweep(until, plane, gridSearch(plane), { objective, spans: one, signal: stop.signal })).rejects.toThrow('enough');
});

it('curves of all but the best are dropped where there would be too many', async () => {
  const sweep = await runSweep(evaluate, plane, gridSearch(plane), { objective, spans: one, curves: false });
  expect(sweep.trials.every((t) => t.curves.length === 0)).toBe(true);
  expect(sweep.best?.curves[0].equity).toHaveLength(31);
});

it('a surface of chosen parameters takes the best over the others', async () => {
  const s = space({ a: [1, 2], b: [1, 2], c: [2, 1, 3] });
  const run: Evaluate = async (p) => ({ metrics: { value: Number(p.a) * 100 + Number(p.b) * 10 + Number(p.c) }, curve: curveOf(1) });
  const { trials } = await runSweep(run, s, gridSearch(s), { objective, spans: one });
  expect(surfaceOf(s, trials, ['c', 'a'])).toEqual({
    x: { name: 'c', values: [1, 2, 3] }, y: { name: 'a', values: [1, 2] }, best: [[121, 122, 123], [221, 222, 223]],
  });
  expect(surfaceOf(space({ a: [1] }), trials)).toBeNull();
});

it('the Sharpe ratio of returns that do not vary is none', () => {
  expect(periodSharpe([0.01, 0.01, 0.01])).toBeNull();
  expect(periodSharpe([0.01])).toBeNull();
  expect(periodSharpe([0.01, 0.03])).toBeCloseTo(0.02 / Math.sqrt(0.0002), 12);
});
