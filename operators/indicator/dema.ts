import { kernel } from '../../src/core/kernel.ts';
import { rows, SERIES } from '../cells/inputs.ts';
import { emaWeight, smooth, smoothCells } from '../cells/smooth.ts';

/** Double exponential moving average, 2 ema - ema of ema. Warm-up 2 period - 1 rows; TA-Lib DEMA. */
export const dema = kernel({
  name: 'dema',
  family: 'average',
  summary: 'Double exponential moving average: an ema with most of its lag taken out.',
  doc: 'Twice the ema less the ema of the ema. Follows a straight line without lag, and overshoots at turns. In units of the input.',
  source: 'TA-Lib DEMA; Mulloy, Stocks & Commodities 12:1 (1994)',
  inputs: [SERIES],
  params: { period: rows(20, 'Length of each average.') },
  outputs: [{ name: 'dema', doc: 'Double exponential average.' }],
  warmup: (p) => 2 * p.period - 1,
  state: () => ({ first: smoothCells(), second: smoothCells() }),
  step({ period }, { first, second }) {
    const weight = emaWeight(period);
    return (S: Float64Array, b: number, x: number) => {
      const one = smooth(S, b + first, period, weight, x);
      if (one !== one) return NaN;
      return 2 * one - smooth(S, b + second, period, weight, one);
    };
  },
  examples: [{ title: 'No lag on a line', params: { period: 2 }, in: [1, 2, 3, 4], out: [null, null, 3, 4] }],
});
