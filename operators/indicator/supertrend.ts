import { kernel } from '../../src/core/kernel.ts';
import { number } from '../../src/core/field.ts';
import { cell } from '../../src/core/layout.ts';
import { CLOSE, HIGH, LOW, rows } from '../cells/inputs.ts';
import { atrCells, nextAtr } from '../cells/ranges.ts';

/** SuperTrend. Warm-up period + 1 rows. */
export const supertrend = kernel({
  name: 'supertrend',
  family: 'trend',
  summary: 'SuperTrend: a trailing stop `mult` average true ranges from the middle of the bar.',
  doc: 'The line is the lower band in an up-trend and the upper band in a down-trend; a band only moves towards the price, and the '
    + 'trend turns when the close crosses it. In units of the price. `direction` is 1 in an up-trend and -1 in a down-trend. '
    + 'The first trend is up when the first close is at or above the middle of its bar.',
  source: 'Stock.Indicators GetSuperTrend; Seban',
  inputs: [HIGH, LOW, CLOSE],
  params: {
    period: rows(10, 'Length of the average true range.'),
    mult: number({ doc: 'Average true ranges between the middle of the bar and the band.', min: 0, max: 1000, default: 3 }),
  },
  outputs: [{ name: 'supertrend', doc: 'The stop line.' }, { name: 'direction', doc: '1 up, -1 down.' }],
  warmup: (p) => p.period + 1,
  state: () => ({ range: atrCells(), previous: cell(), top: cell(NaN), bottom: cell(NaN), direction: cell(NaN) }),
  step: ({ period, mult }, { range, previous, top, bottom, direction }) =>
    (S: Float64Array, b: number, high: number, low: number, close: number) => {
      const width = mult * nextAtr(S, b + range, period, high, low, close);
      const last = S[b + previous];
      S[b + previous] = close;
      if (width !== width) return NaN;
      const middle = (high + low) / 2;
      const first = S[b + direction] !== S[b + direction];
      const upper = first || middle + width < S[b + top] || last > S[b + top] ? middle + width : S[b + top];
      const lower = first || middle - width > S[b + bottom] || last < S[b + bottom] ? middle - width : S[b + bottom];
      const rose = first ? close >= middle : S[b + direction] > 0;
      const falls = close <= (rose ? lower : upper);
      S[b + top] = upper;
      S[b + bottom] = lower;
      S[b + direction] = falls ? -1 : 1;
      return falls ? upper : lower;
    },
  examples: [{
    title: 'Down, down, and a turn up',
    params: { period: 1, mult: 1 },
    in: [[10, 12, 11, 14], [8, 11, 9, 12], [9, 11, 10, 13]],
    out: [[null, 14.5, 12, 9], [null, -1, -1, 1]],
  }],
});
