import { kernel } from '../../src/core/kernel.ts';
import { CLOSE, HIGH, LOW, rows } from '../cells/inputs.ts';
import { atrCells, nextAtr } from '../cells/ranges.ts';

/** Normalised average true range. Warm-up period + 1 rows; TA-Lib NATR. */
export const natr = kernel({
  name: 'natr',
  family: 'volatility',
  summary: 'Average true range in percent of the close, comparable between symbols.',
  doc: '100 x atr / close. Null where the close is 0, where TA-Lib says 0.',
  source: 'TA-Lib NATR; Forman, Stocks & Commodities (2006)',
  inputs: [HIGH, LOW, CLOSE],
  params: { period: rows(14, "Length of Wilder's smoothing.") },
  outputs: [{ name: 'natr', doc: 'Average true range, percent of the close.' }],
  gaps: true,
  warmup: (p) => p.period + 1,
  state: () => ({ range: atrCells() }),
  step: ({ period }, { range }) => (S: Float64Array, b: number, high: number, low: number, close: number) => {
    const value = nextAtr(S, b + range, period, high, low, close);
    return close === 0 ? NaN : (100 * value) / close;
  },
  examples: [{
    title: 'A quarter of the price',
    params: { period: 2 },
    in: [[10, 12, 11, 14], [8, 11, 9, 12], [9, 11, 10, 13]],
    out: [null, null, 25, 25],
  }],
});
