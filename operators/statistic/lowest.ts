import { kernel } from '../../src/core/kernel.ts';
import { extremeCells, extremeRows, slideExtreme } from '../cells/extreme.ts';
import { ANY, period } from '../cells/inputs.ts';
import { OverExtremes } from '../over/extremes.ts';

/** Lowest value of the last rows. Warm-up `period` rows; TA-Lib MIN. */
export const lowest = kernel({
  name: 'lowest',
  family: 'statistic',
  summary: 'Lowest value of the last `period` rows, the current one included.',
  doc: 'Without a series it reads the column `low`. In units of the input. Constant time per row, however long the window.',
  source: 'TA-Lib MIN',
  inputs: [{ ...ANY, column: 'low' }],
  params: { period: period(20) },
  outputs: [{ name: 'lowest', doc: 'Lowest value.' }],
  warmup: (p) => p.period,
  state: (p) => ({ window: extremeCells(p.period) }),
  step: ({ period }, { window }) => (S: Float64Array, b: number, x: number) => {
    const value = slideExtreme(S, b + window, period, -1, x);
    return extremeRows(S, b + window) < period ? NaN : value;
  },
  over: { create: (micros) => new OverExtremes(micros, -1) },
  examples: [{ title: 'Of two rows', params: { period: 2 }, in: [3, 1, 2, 3], out: [null, 1, 1, 2] }],
});
