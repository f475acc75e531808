import { kernel } from '../../src/core/kernel.ts';
import { cell } from '../../src/core/layout.ts';
import { extremeCells, extremeRows, slideExtreme } from '../cells/extreme.ts';
import { HIGH, LOW, rows } from '../cells/inputs.ts';

/** Donchian channels. Warm-up `period` rows. */
export const donchian = kernel({
  name: 'donchian',
  family: 'volatility',
  summary: 'Donchian channels: highest high, lowest low and their middle.',
  doc: 'The window includes the current row; for a break-out compare the close with the previous row, `donchian(20).upper[1]`. '
    + 'In units of the price.',
  source: 'R TTR DonchianChannel; Donchian',
  inputs: [HIGH, LOW],
  params: { period: rows(20) },
  outputs: [
    { name: 'middle', doc: 'Mean of the two.' },
    { name: 'upper', doc: 'Highest high of the window.' },
    { name: 'lower', doc: 'Lowest low of the window.' },
  ],
  warmup: (p) => p.period,
  state: (p) => ({ highest: extremeCells(p.period), lowest: extremeCells(p.period), upper: cell(NaN), lower: cell(NaN) }),
  step: ({ period }, { highest, lowest, upper, lower }) => (S: Float64Array, b: number, high: number, low: number) => {
    const top = slideExtreme(S, b + highest, period, 1, high);
    const bottom = slideExtreme(S, b + lowest, period, -1, low);
    if (extremeRows(S, b + highest) < period) return NaN;
    S[b + upper] = top;
    S[b + lower] = bottom;
    return (top + bottom) / 2;
  },
  examples: [
    { title: 'Two rows', params: { period: 2 }, in: [[3, 4, 2], [1, 2, 1]], out: [[null, 2.5, 2.5], [null, 4, 4], [null, 1, 1]] },
  ],
});
