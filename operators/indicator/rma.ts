import { kernel } from '../../src/core/kernel.ts';
import { rows, SERIES } from '../cells/inputs.ts';
import { smooth, smoothCells } from '../cells/smooth.ts';

/** Wilder's moving average, weight 1 / period. Warm-up `period` rows. */
export const rma = kernel({
  name: 'rma',
  family: 'average',
  summary: "Wilder's moving average (also SMMA): an exponential average with weight 1 / period.",
  doc: 'The smoothing inside RSI, ATR and ADX. As slow as an ema of 2 x period - 1 rows. In units of the input. '
    + 'Seeded with the simple mean of the first `period` rows.',
  source: 'Wilder, New Concepts in Technical Trading Systems (1978); Tulip wilders',
  inputs: [SERIES],
  params: { period: rows(14, 'Length; the newest row weighs 1 / period.') },
  outputs: [{ name: 'rma', doc: 'Smoothed value.' }],
  warmup: (p) => p.period,
  state: () => ({ mean: smoothCells() }),
  step: ({ period }, { mean }) => (S: Float64Array, b: number, x: number) => smooth(S, b + mean, period, 1 / period, x),
  examples: [{ title: 'A third of the way', params: { period: 3 }, in: [3, 3, 3, 6], out: [null, null, 3, 4] }],
});
