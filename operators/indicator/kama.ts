import { kernel } from '../../src/core/kernel.ts';
import { cell, ring } from '../../src/core/layout.ts';
import { rows, SERIES } from '../cells/inputs.ts';
import { slidingCells, slideSum } from '../cells/sliding.ts';

/** Kaufman's adaptive moving average. Warm-up period + 1 rows; TA-Lib KAMA. */
export const kama = kernel({
  name: 'kama',
  family: 'average',
  summary: "Kaufman's adaptive moving average: quick in a trend, still in noise.",
  doc: 'The efficiency ratio (net move over the sum of moves in the window, 0 to 1) sets the weight between that of an ema of `slow` rows '
    + 'and one of `fast` rows, squared. In units of the input. Seeded with the row before the first output. '
    + 'A window that has not moved counts as efficient, as in TA-Lib, which fixes fast and slow at 2 and 30.',
  source: 'TA-Lib KAMA; Kaufman, Trading Systems and Methods',
  inputs: [SERIES],
  params: {
    period: rows(10, 'Rows over which efficiency is measured.'),
    fast: rows(2, 'Length of the ema in a perfect trend.'),
    slow: rows(30, 'Length of the ema in pure noise.'),
  },
  outputs: [{ name: 'kama', doc: 'Adaptive average.' }],
  warmup: (p) => p.period + 1,
  state: (p) => ({ seen: cell(), previous: cell(), mean: cell(NaN), moves: slidingCells(p.period), past: ring(p.period) }),
  check: (p) => (p.fast <= p.slow ? null : `fast (${p.fast}) must not be longer than slow (${p.slow})`),
  step({ period, fast, slow }, { seen, previous, mean, moves, past }) {
    const low = 2 / (slow + 1);
    const span = 2 / (fast + 1) - low;
    return (S: Float64Array, b: number, x: number) => {
      const row = S[b + seen];
      const last = S[b + previous];
      const slot = b + past + (row < period ? row : row - period);
      const old = S[slot];
      S[b + seen] = row === period + period - 1 ? period : row + 1;
      S[b + previous] = x;
      S[slot] = x;
      if (row === 0) return NaN;
      const total = slideSum(S, b + moves, period, Math.abs(x - last));
      if (row < period) return NaN;
      if (S[b + mean] !== S[b + mean]) S[b + mean] = last;
      const net = Math.abs(x - old);
      const efficiency = total <= net ? 1 : net / total;
      const weight = efficiency * span + low;
      return (S[b + mean] += (x - S[b + mean]) * weight * weight);
    };
  },
  examples: [{
    title: 'In a clean trend',
    params: { period: 2 },
    in: [1, 2, 3, 4],
    out: [null, null, 2.444444444, 3.135802469],
  }],
});
