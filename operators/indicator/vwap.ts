import { kernel } from '../../src/core/kernel.ts';
import { cell } from '../../src/core/layout.ts';
import { CLOSE, HIGH, LOW, VOLUME } from '../cells/inputs.ts';

/** Cumulative volume-weighted average price. Warm-up 1 row. */
export const vwap = kernel({
  name: 'vwap',
  family: 'volume',
  summary: 'Volume-weighted average price since the first row of the symbol.',
  doc: 'Mean of the typical price (high + low + close) / 3, weighted with volume. It never resets: for a VWAP of the session or of '
    + 'the last hour use a window with the aggregate `vwap`, or `vwma((high + low + close) / 3, 1h)`. In units of the price. '
    + 'A row without positive volume adds nothing; null until some volume has traded.',
  source: 'Stock.Indicators GetVwap, anchored at the start of the series',
  inputs: [HIGH, LOW, CLOSE, VOLUME],
  params: {},
  outputs: [{ name: 'vwap', doc: 'Average price paid so far.' }],
  gaps: true,
  warmup: () => 1,
  state: () => ({ weight: cell(), mean: cell() }),
  step: (_, { weight, mean }) => (S: Float64Array, b: number, high: number, low: number, close: number, volume: number) => {
    // West's update of a weighted mean: no large sums, and a constant price stays exactly itself.
    if (volume > 0) {
      S[b + weight] += volume;
      S[b + mean] += ((high + low + close) / 3 - S[b + mean]) * (volume / S[b + weight]);
    }
    return S[b + weight] > 0 ? S[b + mean] : NaN;
  },
  examples: [{ title: 'Three times the volume at 20', in: [[11, 22], [9, 18], [10, 20], [1, 3]], out: [10, 17.5] }],
});
