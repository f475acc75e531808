import { kernel } from '../../src/core/kernel.ts';
import { number } from '../../src/core/field.ts';
import { cell } from '../../src/core/layout.ts';
import { CLOSE, HIGH, LOW, rows } from '../cells/inputs.ts';
import { atrCells, nextAtr } from '../cells/ranges.ts';
import { emaWeight, smooth, smoothCells } from '../cells/smooth.ts';

/** Keltner channels. Warm-up max(period, atr + 1) rows. */
export const keltner = kernel({
  name: 'keltner',
  family: 'volatility',
  summary: 'Keltner channels: ema of the close, and `mult` average true ranges above and below it.',
  doc: 'The modern form (Raschke): exponential average and Wilder ATR instead of simple means. In units of the price. '
    + 'All three appear together, when both averages are there.',
  source: 'Stock.Indicators GetKeltner; Keltner (1960), Raschke',
  inputs: [HIGH, LOW, CLOSE],
  params: {
    period: rows(20, 'Length of the ema.'),
    mult: number({ doc: 'Average true ranges between middle and band.', min: 0, max: 1000, default: 2 }),
    atr: rows(10, 'Length of the average true range.'),
  },
  outputs: [
    { name: 'middle', doc: 'Ema of the close.' },
    { name: 'upper', doc: 'Middle plus `mult` average true ranges.' },
    { name: 'lower', doc: 'Middle less `mult` average true ranges.' },
  ],
  warmup: (p) => Math.max(p.period, p.atr + 1),
  state: () => ({ mean: smoothCells(), range: atrCells(), upper: cell(NaN), lower: cell(NaN) }),
  step(p, { mean, range, upper, lower }) {
    const { period, mult } = p;
    const rangeRows = p.atr;
    const weight = emaWeight(period);
    return (S: Float64Array, b: number, high: number, low: number, close: number) => {
      const middle = smooth(S, b + mean, period, weight, close);
      const width = mult * nextAtr(S, b + range, rangeRows, high, low, close);
      if (middle !== middle || width !== width) return NaN;
      S[b + upper] = middle + width;
      S[b + lower] = middle - width;
      return middle;
    };
  },
  examples: [{
    title: 'One range around the average',
    params: { period: 2, mult: 1, atr: 1 },
    in: [[10, 12, 11], [8, 11, 9], [9, 11, 10]],
    out: [[null, 10, 10], [null, 13, 12], [null, 7, 8]],
  }],
});
