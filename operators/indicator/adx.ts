import { kernel } from '../../src/core/kernel.ts';
import { CLOSE, HIGH, LOW, rows } from '../cells/inputs.ts';
import { directionCells, minusIndex, nextDirection, plusIndex } from '../cells/ranges.ts';
import { smooth, smoothCells } from '../cells/smooth.ts';

/** Average directional index. Warm-up 2 period rows; TA-Lib ADX. */
export const adx = kernel({
  name: 'adx',
  family: 'trend',
  summary: 'Average directional index: strength of a trend in either direction, 0 to 100.',
  doc: 'Wilder-smoothed |+DI - -DI| over their sum, in percent; seeded with the mean of the first `period` values. '
    + 'Above 25 is commonly called a trend. A bar without direction counts as 0 in the seed and leaves the average alone '
    + 'later, as in TA-Lib.',
  source: 'TA-Lib ADX; Wilder, New Concepts in Technical Trading Systems (1978)',
  inputs: [HIGH, LOW, CLOSE],
  params: { period: rows(14, "Length of Wilder's smoothings.") },
  outputs: [{ name: 'adx', doc: 'Strength of the trend, 0 to 100.' }],
  warmup: (p) => 2 * p.period,
  state: () => ({ direction: directionCells(), mean: smoothCells() }),
  step: ({ period }, { direction, mean }) => (S: Float64Array, b: number, high: number, low: number, close: number) => {
    if (!nextDirection(S, b + direction, period, high, low, close)) return NaN;
    const plus = plusIndex(S, b + direction);
    const minus = minusIndex(S, b + direction);
    if (plus + minus > 0) return smooth(S, b + mean, period, 1 / period, 100 * (Math.abs(plus - minus) / (plus + minus)));
    return S[b + mean] >= period ? S[b + mean + 1] : smooth(S, b + mean, period, 1 / period, 0);
  },
  examples: [{
    title: 'Mean of 33.3 and 55.6',
    params: { period: 2 },
    in: [[10, 12, 11, 14], [8, 11, 9, 12], [9, 11, 10, 13]],
    out: [null, null, null, 44.444444444],
  }],
});
