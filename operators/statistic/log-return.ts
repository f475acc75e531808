import { kernel } from '../../src/core/kernel.ts';
import { cell, ring } from '../../src/core/layout.ts';
import { rows, SERIES } from '../cells/inputs.ts';

/** Logarithmic return. Warm-up n + 1 rows. */
export const logReturn = kernel({
  name: 'log_return',
  family: 'statistic',
  summary: 'Logarithmic return against `n` rows ago.',
  doc: 'ln(now / then): 0.01 is about 1 %. Returns of neighbouring rows add up. Null where either value is not positive.',
  source: 'R TTR ROC(type = "continuous")',
  inputs: [SERIES],
  params: { n: rows(1, 'Rows to look back.') },
  outputs: [{ name: 'log_return', doc: 'Natural logarithm of the ratio.' }],
  gaps: true,
  warmup: (p) => p.n + 1,
  state: (p) => ({ seen: cell(), past: ring(p.n) }),
  step: ({ n }, { seen, past }) => (S: Float64Array, b: number, x: number) => {
    const row = S[b + seen];
    const slot = b + past + (row < n ? row : row - n);
    const then = S[slot];
    S[b + seen] = row === n + n - 1 ? n : row + 1;
    S[slot] = x;
    return row >= n && x > 0 && then > 0 ? Math.log(x / then) : NaN;
  },
  examples: [{ title: 'Doubling', in: [1, 2, 4], out: [null, 0.693147181, 0.693147181] }],
});
