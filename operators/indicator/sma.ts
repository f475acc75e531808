import { kernel } from '../../src/core/kernel.ts';
import { period, SERIES } from '../cells/inputs.ts';
import { slideMean, slidingCells } from '../cells/sliding.ts';
import { meanOf, OverSums } from '../over/sums.ts';

/** Simple moving average. Warm-up `period` rows; TA-Lib SMA. */
export const sma = kernel({
  name: 'sma',
  family: 'average',
  summary: 'Simple moving average: the plain mean of the last rows.',
  doc: 'Every row of the window weighs the same, so the average lags by (period - 1) / 2 rows. In units of the input. '
    + 'The sum is renewed at every turn of the window, so a single bad print leaves no trace once the window has moved on.',
  source: 'TA-Lib SMA',
  inputs: [SERIES],
  params: { period: period(20) },
  outputs: [{ name: 'sma', doc: 'Mean of the last `period` rows.' }],
  warmup: (p) => p.period,
  state: (p) => ({ window: slidingCells(p.period) }),
  step: ({ period }, { window }) => (S: Float64Array, b: number, x: number) => slideMean(S, b + window, period, x),
  over: { create: (micros) => new OverSums(micros, meanOf) },
  examples: [
    { title: 'Mean of three', params: { period: 3 }, in: [1, 2, 3, 4, 5], out: [null, null, 2, 3, 4] },
    { title: 'A null row is skipped', params: { period: 2 }, in: [1, null, 3, 5], out: [null, null, 2, 4] },
  ],
});
