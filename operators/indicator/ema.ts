import { choice } from '../../src/core/field.ts';
import { kernel } from '../../src/core/kernel.ts';
import { rows, SERIES } from '../cells/inputs.ts';
import { emaWeight, smooth, smoothCells, smoothFromFirst } from '../cells/smooth.ts';

/** Exponential moving average, weight 2 / (period + 1). Warm-up `period` rows; TA-Lib EMA. */
export const ema = kernel({
  name: 'ema',
  family: 'average',
  summary: 'Exponential moving average: recent rows weigh more.',
  doc: 'The newest row weighs 2 / (period + 1); the weight of a row halves about every 0.35 x period rows. In units of the input. '
    + 'Seeded with the simple mean of the first `period` rows, so values differ slightly from platforms that seed with the first row; '
    + 'the difference fades within about 3 periods. `ema(close, 20, first)` seeds with the first row, and is null for as long.',
  source: 'TA-Lib EMA',
  inputs: [SERIES],
  params: {
    period: rows(20, 'Length; the newest row weighs 2 / (period + 1).'),
    seed: choice(['mean', 'first'], {
      doc: 'What the average begins with: the mean of the first rows, or the first row.', default: 'mean',
    }),
  },
  outputs: [{ name: 'ema', doc: 'Exponential average.' }],
  warmup: (p) => p.period,
  state: () => ({ mean: smoothCells() }),
  step({ period, seed }, { mean }) {
    const weight = emaWeight(period);
    if (seed === 'first') return (S: Float64Array, b: number, x: number) => smoothFromFirst(S, b + mean, period, weight, x);
    return (S: Float64Array, b: number, x: number) => smooth(S, b + mean, period, weight, x);
  },
  examples: [
    { title: 'Seeded with the mean of three', params: { period: 3 }, in: [2, 4, 6, 8], out: [null, null, 4, 6] },
    { title: 'Seeded with the first row', params: { period: 3, seed: 'first' }, in: [2, 4, 6, 8], out: [null, null, 4.5, 6.25] },
  ],
});
