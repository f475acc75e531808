import { kernel } from '../../src/core/kernel.ts';
import { rows, SERIES } from '../cells/inputs.ts';
import { slideWeighted, weightedCells } from '../cells/weighted.ts';

const half = (period: number): number => Math.floor(period / 2);
const root = (period: number): number => Math.floor(Math.sqrt(period));

/** Hull moving average. Warm-up period + floor(sqrt(period)) - 1 rows. */
export const hma = kernel({
  name: 'hma',
  family: 'average',
  summary: 'Hull moving average: smooth, with almost no lag.',
  doc: 'The wma over sqrt(period) rows of (2 x wma over period / 2 - wma over period), lengths rounded down. '
    + 'Follows a straight line exactly; overshoots at turns. In units of the input.',
  source: 'Hull, alanhull.com/hull-moving-average (2005); Stock.Indicators GetHma; Tulip hma',
  inputs: [SERIES],
  params: { period: rows(16, 'Length of the long average.', 2) },
  outputs: [{ name: 'hma', doc: 'Hull average.' }],
  warmup: (p) => p.period + root(p.period) - 1,
  state: (p) => ({ short: weightedCells(half(p.period)), long: weightedCells(p.period), last: weightedCells(root(p.period)) }),
  step({ period }, { short, long, last }) {
    const shortRows = half(period);
    const lastRows = root(period);
    return (S: Float64Array, b: number, x: number) => {
      const quick = slideWeighted(S, b + short, shortRows, x);
      const slow = slideWeighted(S, b + long, period, x);
      return slow === slow ? slideWeighted(S, b + last, lastRows, 2 * quick - slow) : NaN;
    };
  },
  examples: [{ title: 'No lag on a line', params: { period: 4 }, in: [1, 2, 3, 4, 5, 6], out: [null, null, null, null, 5, 6] }],
});
