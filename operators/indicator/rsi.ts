import { kernel } from '../../src/core/kernel.ts';
import { rows, SERIES } from '../cells/inputs.ts';
import { nextStrength, strengthCells } from '../cells/strength.ts';

/** Relative strength index. Warm-up period + 1 rows; TA-Lib RSI. */
export const rsi = kernel({
  name: 'rsi',
  family: 'oscillator',
  summary: 'Relative strength index: share of gains in recent moves, 0 to 100.',
  doc: 'Mean gain over mean gain plus mean loss, each smoothed by Wilder (seed: mean of the first `period` moves). '
    + 'Above 70 is commonly called overbought, below 30 oversold. '
    + 'Null while nothing has moved at all, where TA-Lib says 0: a flat market is not oversold.',
  source: 'TA-Lib RSI; Wilder, New Concepts in Technical Trading Systems (1978)',
  inputs: [SERIES],
  params: { period: rows(14, "Length of Wilder's smoothing.", 2) },
  outputs: [{ name: 'rsi', doc: 'Strength, 0 to 100.' }],
  gaps: true,
  warmup: (p) => p.period + 1,
  state: () => ({ strength: strengthCells() }),
  step: ({ period }, { strength }) => (S: Float64Array, b: number, x: number) => nextStrength(S, b + strength, period, x),
  examples: [
    { title: 'Gains and losses', params: { period: 2 }, in: [1, 2, 1, 2], out: [null, null, 50, 75] },
    { title: 'Null in a flat market', params: { period: 2 }, in: [5, 5, 5], out: [null, null, null] },
  ],
});
