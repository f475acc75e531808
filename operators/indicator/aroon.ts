import { kernel } from '../../src/core/kernel.ts';
import { cell } from '../../src/core/layout.ts';
import { extremeAge, extremeCells, extremeRows, slideExtreme } from '../cells/extreme.ts';
import { HIGH, LOW, rows } from '../cells/inputs.ts';

/** Aroon. Warm-up period + 1 rows; TA-Lib AROON and AROONOSC. */
export const aroon = kernel({
  name: 'aroon',
  family: 'trend',
  summary: 'Aroon: how recent the highest high and the lowest low are, 0 to 100.',
  doc: '100 when the extreme is the newest row, 0 when it is `period` rows old; the window has period + 1 rows. '
    + 'Among equals the newest counts. `osc` is up less down, -100 to 100.',
  source: 'TA-Lib AROON, AROONOSC; Chande (1995)',
  inputs: [HIGH, LOW],
  params: { period: rows(14, 'Rows to look back.') },
  outputs: [
    { name: 'up', doc: 'Recency of the highest high, 0 to 100.' },
    { name: 'down', doc: 'Recency of the lowest low, 0 to 100.' },
    { name: 'osc', doc: 'Up less down.' },
  ],
  warmup: (p) => p.period + 1,
  state: (p) => ({ highest: extremeCells(p.period + 1), lowest: extremeCells(p.period + 1), down: cell(NaN), osc: cell(NaN) }),
  step: ({ period }, { highest, lowest, down, osc }) => (S: Float64Array, b: number, high: number, low: number) => {
    const n = period + 1;
    slideExtreme(S, b + highest, n, 1, high);
    slideExtreme(S, b + lowest, n, -1, low);
    if (extremeRows(S, b + highest) < n) return NaN;
    const up = (100 * (period - extremeAge(S, b + highest, n))) / period;
    const fall = (100 * (period - extremeAge(S, b + lowest, n))) / period;
    S[b + down] = fall;
    S[b + osc] = up - fall;
    return up;
  },
  examples: [{
    title: 'Two rows back',
    params: { period: 2 },
    in: [[1, 3, 2, 1], [1, 2, 3, 0]],
    out: [[null, null, 50, 0], [null, null, 0, 100], [null, null, 50, -100]],
  }],
});
