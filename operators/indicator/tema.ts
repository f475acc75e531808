import { kernel } from '../../src/core/kernel.ts';
import { rows, SERIES } from '../cells/inputs.ts';
import { emaWeight, smooth, smoothCells } from '../cells/smooth.ts';

/** Triple exponential moving average. Warm-up 3 period - 2 rows; TA-Lib TEMA. */
export const tema = kernel({
  name: 'tema',
  family: 'average',
  summary: 'Triple exponential moving average: quicker still than dema.',
  doc: 'Three times the ema, less three times the ema of it, plus the ema of that. Overshoots at turns. In units of the input.',
  source: 'TA-Lib TEMA; Mulloy, Stocks & Commodities 12:1 (1994)',
  inputs: [SERIES],
  params: { period: rows(20, 'Length of each average.') },
  outputs: [{ name: 'tema', doc: 'Triple exponential average.' }],
  warmup: (p) => 3 * p.period - 2,
  state: () => ({ first: smoothCells(), second: smoothCells(), third: smoothCells() }),
  step({ period }, { first, second, third }) {
    const weight = emaWeight(period);
    return (S: Float64Array, b: number, x: number) => {
      const one = smooth(S, b + first, period, weight, x);
      if (one !== one) return NaN;
      const two = smooth(S, b + second, period, weight, one);
      if (two !== two) return NaN;
      return 3 * one - 3 * two + smooth(S, b + third, period, weight, two);
    };
  },
  examples: [{ title: 'No lag on a line', params: { period: 2 }, in: [1, 2, 3, 4, 5], out: [null, null, null, 4, 5] }],
});
