import { kernel } from '../../src/core/kernel.ts';
import { period } from '../cells/inputs.ts';
import { slideSum, slidingCells } from '../cells/sliding.ts';
import { OverSquares, sumOf } from '../over/sums.ts';

/** Realised volatility. Warm-up `period` rows. */
export const realizedVol = kernel({
  name: 'realized_vol',
  family: 'volatility',
  summary: 'Realised volatility: the root of the sum of squared returns.',
  doc: 'Over `period` rows, in the unit of the returns and not annualised: with 390 one-minute log returns it is the volatility of a day. '
    + 'The mean return is taken as 0, as usual for short intervals.',
  source: 'Andersen and Bollerslev, International Economic Review 39:4 (1998)',
  inputs: [{ name: 'returns', doc: 'Returns, for example log_return(close).' }],
  params: { period: period(20) },
  outputs: [{ name: 'realized_vol', doc: 'Volatility over the window.' }],
  warmup: (p) => p.period,
  state: (p) => ({ window: slidingCells(p.period) }),
  step: ({ period }, { window }) => (S: Float64Array, b: number, x: number) => {
    const total = slideSum(S, b + window, period, x * x);
    // A sum that should be 0 may be off by a rounding error to the wrong side.
    return total < 0 ? 0 : Math.sqrt(total);
  },
  over: { create: (micros) => new OverSquares(micros, (anchor, off, n) => Math.sqrt(Math.max(0, sumOf(anchor, off, n)))) },
  examples: [{ title: 'Three and four make five', params: { period: 2 }, in: [3, 4, 0], out: [null, 5, 4] }],
});
