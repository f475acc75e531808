import { kernel } from '../../src/core/kernel.ts';
import { ANY, period } from '../cells/inputs.ts';
import { slideSum, slidingCells } from '../cells/sliding.ts';
import { OverSums, sumOf } from '../over/sums.ts';

/** Rolling sum. Warm-up `period` rows; TA-Lib SUM. */
export const sum = kernel({
  name: 'sum',
  family: 'statistic',
  summary: 'Sum of the last rows.',
  doc: 'In units of the input. Renewed at every turn of the window, so that errors do not pile up.',
  source: 'TA-Lib SUM',
  inputs: [ANY],
  params: { period: period(20) },
  outputs: [{ name: 'sum', doc: 'Sum of the last `period` rows.' }],
  warmup: (p) => p.period,
  state: (p) => ({ window: slidingCells(p.period) }),
  step: ({ period }, { window }) => (S: Float64Array, b: number, x: number) => slideSum(S, b + window, period, x),
  over: { create: (micros) => new OverSums(micros, sumOf) },
  examples: [{ title: 'Of two rows', params: { period: 2 }, in: [1, 2, 3], out: [null, 3, 5] }],
});
