import { kernel } from '../../src/core/kernel.ts';
import { ANY, period } from '../cells/inputs.ts';
import { slideMean, slidingCells } from '../cells/sliding.ts';
import { meanOf, OverSums } from '../over/sums.ts';

/** Rolling mean. Warm-up `period` rows. */
export const mean = kernel({
  name: 'mean',
  family: 'statistic',
  summary: 'Mean of the last rows.',
  doc: 'The same number as `sma`, under the name that goes with `stdev`, `var` and `sum`. In units of the input.',
  source: 'TA-Lib SMA',
  inputs: [ANY],
  params: { period: period(20) },
  outputs: [{ name: 'mean', doc: 'Mean of the last `period` rows.' }],
  warmup: (p) => p.period,
  state: (p) => ({ window: slidingCells(p.period) }),
  step: ({ period }, { window }) => (S: Float64Array, b: number, x: number) => slideMean(S, b + window, period, x),
  over: { create: (micros) => new OverSums(micros, meanOf) },
  examples: [{ title: 'Of two rows', params: { period: 2 }, in: [1, 2, 3], out: [null, 1.5, 2.5] }],
});
