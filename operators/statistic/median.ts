import { kernel } from '../../src/core/kernel.ts';
import { ANY, period } from '../cells/inputs.ts';
import { slideSorted, sortedCells, sortedQuantile } from '../cells/sorted.ts';
import { OverSorted, quantileOf } from '../over/sorted.ts';

/** Rolling median. Warm-up `period` rows. */
export const median = kernel({
  name: 'median',
  family: 'statistic',
  summary: 'Median of the last rows: the middle value, deaf to outliers.',
  doc: 'The mean of the two middle values where `period` is even. In units of the input. '
    + 'Keeps the window sorted: at most `period` moves per row.',
  source: 'R TTR runMedian',
  inputs: [ANY],
  params: { period: period(20) },
  outputs: [{ name: 'median', doc: 'Middle value.' }],
  warmup: (p) => p.period,
  state: (p) => ({ window: sortedCells(p.period) }),
  step: ({ period }, { window }) => (S: Float64Array, b: number, x: number) =>
    (slideSorted(S, b + window, period, x) ? sortedQuantile(S, b + window, period, 0.5) : NaN),
  over: { create: (micros) => new OverSorted(micros, (sorted, n) => quantileOf(sorted, n, 0.5)) },
  examples: [
    { title: 'The middle of three', params: { period: 3 }, in: [1, 5, 2, 8], out: [null, null, 2, 5] },
    { title: 'Between the middle two', params: { period: 2 }, in: [1, 5, 2], out: [null, 3, 3.5] },
  ],
});
