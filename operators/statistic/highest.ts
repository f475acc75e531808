import { kernel } from '../../src/core/kernel.ts';
import { extremeCells, extremeRows, slideExtreme } from '../cells/extreme.ts';
import { ANY, period } from '../cells/inputs.ts';
import { OverExtremes } from '../over/extremes.ts';

/** Highest value of the last rows. Warm-up `period` rows; TA-Lib MAX. */
export const highest = kernel({
  name: 'highest',
  family: 'statistic',
  summary: 'Highest value of the last `period` rows, the current one included.',
  doc: 'Without a series it reads the column `high`. In units of the input. Constant time per row, however long the window.',
  source: 'TA-Lib MAX',
  inputs: [{ ...ANY, column: 'high' }],
  params: { period: period(20) },
  outputs: [{ name: 'highest', doc: 'Highest value.' }],
  warmup: (p) => p.period,
  state: (p) => ({ window: extremeCells(p.period) }),
  step: ({ period }, { window }) => (S: Float64Array, b: number, x: number) => {
    const value = slideExtreme(S, b + window, period, 1, x);
    return extremeRows(S, b + window) < period ? NaN : value;
  },
  over: { create: (micros) => new OverExtremes(micros, 1) },
  examples: [{ title: 'Of two rows', params: { period: 2 }, in: [1, 3, 2, 1], out: [null, 3, 3, 2] }],
});
