import { expect, it } from 'vitest';
import { DAY } from '../../core/time.ts';
import { folds } from './folds.ts';
import { gridSearch } from './grid.ts';
import type { Objective } from './objective.ts';
import type { Evaluate, Span } from './port.ts';
import { type Params, space } from './space.ts';
import { stitch, walkForward, yearlyReturn } from './walk-forward.ts';

const objective: Objective = { text: 'total', metric: 'total', goal: 'max' };
const four = space({ k: [0, 1, 2, 3] });
const searchFor = () => gridSearch(four);
const spec = { unit: 'time', from: 0, to: 1000 * DAY, train: 400 * DAY, test: 100 * DAY } as const;

/** In hundred days number h the set h % 4 earns 10 %, others lose 5 %; straight within them. */
const growth = (p: Params, day: number): number => (Math.floor(day / 100) % 4 === p.k ? 0.001 : -0.0005);
const calls: { readonly p: Params; readonly span: Span }[] = [];
const evaluate: Evaluate = async (p, span) => {
  calls.push({ p, span });
  const ts = [span.from];
  const equity = [1000];
  for (let t = span.from; t < span.to; t += DAY) {
    ts.push(t + DAY - 1);
    equity.push(equity[equity.length - 1] + 1000 * growth(p, t / DAY));
  }
  return { metrics: { total: equity[equity.length - 1] / 1000 - 1 }, curve: { ts, equity } };
};

it('chooses on training alone and runs the choice once on the test', async () => {
  calls.length = 0;
  const found = await walkForward(evaluate, four, folds(spec), searchFor, { objective });
  expect(found.folds).toHaveLength(6);
  for (const { fold } of found.folds) {
    const during = calls.filter((c) => c.span.to === fold.test.to && c.span.from === fold.test.from);
    expect(during).toHaveLength(1);
  }
  expect(calls).toHaveLength(6 * 5);
  // All sets earned the same on each 400 days; the first one is taken.
  expect(found.folds.map((f) => f.params?.k)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(found.folds.map((f) => f.outOfSample)).toEqual([0.1, -0.05, -0.05, -0.05, 0.1, -0.05].map((x) => expect.closeTo(x, 9)));
  expect(found.trials).toBe(24);
});

it('changes its mind as training does, and says how much of the gain is left', async () => {
  const sliding = folds({ ...spec, train: 100 * DAY, to: 500 * DAY });
  const found = await walkForward(evaluate, four, sliding, searchFor, { objective, batch: 3 });
  expect(found.folds.map((f) => [f.params?.k, f.inSample, f.outOfSample])).toEqual(
    [0, 1, 2, 3].map((k) => [k, expect.closeTo(0.1, 9), expect.closeTo(-0.05, 9)]));
  expect(found.folds[0].efficiency).toBeCloseTo(-0.5, 9);
  expect(found.efficiency).toBeCloseTo(-0.5, 9);
  expect(found.curve.equity[found.curve.equity.length - 1]).toBeCloseTo(1000 * 0.95 ** 4, 6);
  expect(found.curve.ts).toHaveLength(1 + 400);
  expect([...found.curve.ts]).toEqual([...found.curve.ts].sort((a, b) => a - b));
});

it('efficiency is by the year: training and test differ in length', async () => {
  const rising: Evaluate = async (_, span) => ({
    metrics: { total: 1 }, curve: { ts: [span.from, span.to - 1], equity: [1000, 1000 * (1 + 0.001 * ((span.to - span.from) / DAY))] },
  });
  const found = await walkForward(rising, four, folds(spec), searchFor, { objective });
  expect(found.efficiency).toBeCloseTo(1, 9);
  expect(found.folds[0].inMetrics).toEqual({ total: 1 });
});

it('a fold that fails says so and leaves the others alone', async () => {
  const [, second, third] = folds(spec);
  const sick: Evaluate = async (p, span) => {
    if (span.from === second.test.from && span.to === second.test.to) throw new Error('no quotes');
    if (span.from === third.train.from && span.to === third.train.to) throw new Error(`no bars for ${p.k}`);
    return evaluate(p, span);
  };
  const found = await walkForward(sick, four, folds(spec), searchFor, { objective });
  expect(found.folds.map((f) => f.error)).toEqual([null, 'no quotes', 'no bars for 0', null, null, null]);
  expect(found.folds[2].params).toBeNull();
  expect(found.curve.ts).toHaveLength(1 + 400);
});

it('joined curves compound, and where tests overlap the later one takes over', () => {
  const part = (from: number, to: number, ts: number[], equity: number[]) => ({ span: { from, to }, curve: { ts, equity } });
  const joined = stitch([part(0, 10, [0, 4, 9], [100, 110, 120]), part(10, 20, [10, 14, 19], [50, 60, 75])]);
  expect([...joined.ts]).toEqual([0, 4, 9, 14, 19]);
  expect([...joined.equity]).toEqual([100, 110, 120, 144, 180].map((x) => expect.closeTo(x, 9)));
  const overlapping = stitch([part(0, 10, [0, 4, 9], [100, 110, 999]), part(5, 15, [5, 9, 14], [100, 101, 102])]);
  expect([...overlapping.equity]).toEqual([100, 110, 111.1, 112.2].map((x) => expect.closeTo(x, 9)));
  expect(stitch([]).ts).toHaveLength(0);
});

it('no yearly return of an empty or a bankrupt account', () => {
  expect(yearlyReturn({ ts: [0], equity: [100] }, { from: 0, to: DAY })).toBeNull();
  expect(yearlyReturn({ ts: [0, 1], equity: [0, 5] }, { from: 0, to: DAY })).toBeNull();
});
