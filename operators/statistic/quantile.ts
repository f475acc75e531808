import { kernel } from '../../src/core/kernel.ts';
import { number } from '../../src/core/field.ts';
import { ANY, period } from '../cells/inputs.ts';
import { slideSorted, sortedCells, sortedQuantile } from '../cells/sorted.ts';
import { OverSorted, quantileOf } from '../over/sorted.ts';

/** Rolling quantile. Warm-up `period` rows. */
export const quantile = kernel({
  name: 'quantile',
  family: 'statistic',
  summary: 'Quantile of the last rows: the value below which the share `q` lies.',
  doc: 'Linear between neighbours (type 7 of Hyndman and Fan, the default of R, NumPy and pandas): '
    + 'q 0 is the lowest, 0.5 the median, 1 the highest. In units of the input.',
  source: 'Hyndman and Fan, The American Statistician 50:4 (1996); pandas rolling.quantile',
  inputs: [ANY],
  params: { period: period(20), q: number({ doc: 'Share of the values below, 0 to 1.', min: 0, max: 1, default: 0.5 }) },
  outputs: [{ name: 'quantile', doc: 'Quantile `q`.' }],
  warmup: (p) => p.period,
  state: (p) => ({ window: sortedCells(p.period) }),
  step: ({ period, q }, { window }) => (S: Float64Array, b: number, x: number) =>
    (slideSorted(S, b + window, period, x) ? sortedQuantile(S, b + window, period, q) : NaN),
  over: { create: (micros, { q }) => new OverSorted(micros, (sorted, n) => quantileOf(sorted, n, q)) },
  examples: [{ title: 'Lower quartile', params: { period: 3, q: 0.25 }, in: [3, 1, 2, 6], out: [null, null, 1.5, 1.5] }],
});
