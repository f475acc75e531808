import { kernel } from '../../src/core/kernel.ts';
import { ANY, period } from '../cells/inputs.ts';
import { slideSorted, sortedCells, sortedRank } from '../cells/sorted.ts';
import { OverSorted, rankOf } from '../over/sorted.ts';

/** Rolling percent rank. Warm-up `period` rows. */
export const percentRank = kernel({
  name: 'percent_rank',
  family: 'statistic',
  summary: 'Rank of the current value among the last rows, 0 to 1.',
  doc: 'Share of the window that lies below the current value, equal values (itself included) counted half: near 0 at the bottom, 0.5 for '
    + 'a constant window, near 1 at the top. Keeps the window sorted: at most `period` moves per row.',
  source: 'R TTR runPercentRank with exact.multiplier 0.5',
  inputs: [ANY],
  params: { period: period(100) },
  outputs: [{ name: 'percent_rank', doc: '0 to 1.' }],
  warmup: (p) => p.period,
  state: (p) => ({ window: sortedCells(p.period) }),
  step: ({ period }, { window }) => (S: Float64Array, b: number, x: number) =>
    (slideSorted(S, b + window, period, x) ? sortedRank(S, b + window, period, x) : NaN),
  over: { create: (micros) => new OverSorted(micros, rankOf) },
  examples: [{ title: 'Top, bottom, and a tie', params: { period: 2 }, in: [1, 2, 1, 1], out: [null, 0.75, 0.25, 0.5] }],
});
