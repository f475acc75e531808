import { kernel } from '../../src/core/kernel.ts';
import { cell, ring } from '../../src/core/layout.ts';
import { ANY, rows } from '../cells/inputs.ts';

/** Change against an earlier row. Warm-up n + 1 rows. */
export const diff = kernel({
  name: 'diff',
  family: 'comparison',
  summary: 'The change against `n` rows ago.',
  doc: 'x - lag(x, n), in units of the input. Counts rows, null ones included: null where either is null. `mom` skips null rows.',
  source: 'pandas Series.diff',
  inputs: [ANY],
  params: { n: rows(1, 'Rows to look back.') },
  outputs: [{ name: 'diff', doc: 'Change.' }],
  nulls: 'pass',
  gaps: true,
  warmup: (p) => p.n + 1,
  state: (p) => ({ at: cell(), past: ring(p.n, NaN) }),
  step: ({ n }, { at, past }) => (S: Float64Array, b: number, x: number) => {
    const slot = S[b + at];
    const then = S[b + past + slot];
    S[b + past + slot] = x;
    S[b + at] = slot + 1 === n ? 0 : slot + 1;
    return x - then;
  },
  examples: [
    { title: 'From row to row', in: [5, 7, 4], out: [null, 2, -3] },
    { title: 'Null on either side', in: [5, null, 4, 9], out: [null, null, null, 5] },
  ],
});
