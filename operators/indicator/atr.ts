import { kernel } from '../../src/core/kernel.ts';
import { CLOSE, HIGH, LOW, rows } from '../cells/inputs.ts';
import { atrCells, nextAtr } from '../cells/ranges.ts';

/** Average true range. Warm-up period + 1 rows; TA-Lib ATR. */
export const atr = kernel({
  name: 'atr',
  family: 'volatility',
  summary: 'Average true range: how far a bar usually moves, gaps included.',
  doc: 'True range smoothed as by Wilder; the seed is the mean of the first `period` ranges. The first bar has none. '
    + 'In units of the price.',
  source: 'TA-Lib ATR; Wilder, New Concepts in Technical Trading Systems (1978)',
  inputs: [HIGH, LOW, CLOSE],
  params: { period: rows(14, "Length of Wilder's smoothing.") },
  outputs: [{ name: 'atr', doc: 'Average true range.' }],
  warmup: (p) => p.period + 1,
  state: () => ({ range: atrCells() }),
  step: ({ period }, { range }) => (S: Float64Array, b: number, high: number, low: number, close: number) =>
    nextAtr(S, b + range, period, high, low, close),
  examples: [{
    title: 'Ranges 3, 2, 4',
    params: { period: 2 },
    in: [[10, 12, 11, 14], [8, 11, 9, 12], [9, 11, 10, 13]],
    out: [null, null, 2.5, 3.25],
  }],
});
