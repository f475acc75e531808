import { kernel } from '../../src/core/kernel.ts';
import { ring } from '../../src/core/layout.ts';
import { period, SERIES, VOLUME } from '../cells/inputs.ts';
import { OverWeighted } from '../over/weighted.ts';

/** Cells: position, anchor price, sum of volume, sum of (price - anchor) x volume, then prices and volumes. */
const ANCHOR = 1;
const WEIGHT = 2;
const SUM = 3;
const RING = 4;
const THIN = 1e-9;

function renew(S: Float64Array, a: number, n: number, price: number): void {
  const from = a + RING;
  let weight = 0;
  let sum = 0;
  for (let r = from; r < from + n; r++) {
    weight += S[r + n];
    sum += (S[r] - price) * S[r + n];
  }
  S[a + ANCHOR] = price;
  S[a + WEIGHT] = weight;
  S[a + SUM] = sum;
}

/** Volume-weighted moving average. Warm-up `period` rows. */
export const vwma = kernel({
  name: 'vwma',
  family: 'average',
  summary: 'Volume-weighted moving average: rows with more volume count more.',
  doc: 'Sum of price x volume over sum of volume in the window. In units of the price. Null while the window holds no volume.',
  source: 'Stock.Indicators GetVwma; Tulip vwma',
  inputs: [SERIES, VOLUME],
  params: { period: period(20) },
  outputs: [{ name: 'vwma', doc: 'Volume-weighted mean price.' }],
  gaps: true,
  warmup: (p) => p.period,
  state: (p) => ({ window: ring(RING + 2 * p.period) }),
  step: ({ period }, { window }) => (S: Float64Array, b: number, price: number, volume: number) => {
    const a = b + window;
    const i = S[a];
    if (i === 0) S[a + ANCHOR] = price;
    const anchor = S[a + ANCHOR];
    const slot = a + RING + (i < period ? i : i - period);
    // Blank slots hold a volume of 0, so nothing leaves while the window fills.
    const gone = S[slot + period];
    S[a + SUM] += (price - anchor) * volume - (S[slot] - anchor) * gone;
    S[a + WEIGHT] += volume - gone;
    S[slot] = price;
    S[slot + period] = volume;
    const wraps = i === period - 1 || i === period + period - 1;
    S[a] = wraps ? period : i + 1;
    // When a large volume leaves, what remains is mostly its rounding error.
    if (wraps || S[a + WEIGHT] < THIN * gone) renew(S, a, period, price);
    if (i < period - 1 || S[a + WEIGHT] === 0) return NaN;
    return S[a + ANCHOR] + S[a + SUM] / S[a + WEIGHT];
  },
  over: { create: (micros) => new OverWeighted(micros) },
  examples: [
    {
      title: 'Three times the volume, three times the weight',
      params: { period: 2 },
      in: [[10, 20, 30], [1, 3, 1]],
      out: [null, 17.5, 22.5],
    },
    { title: 'Null without volume', params: { period: 1 }, in: [[10, 20], [0, 5]], out: [null, 20] },
  ],
});
