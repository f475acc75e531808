import { kernel } from '../../src/core/kernel.ts';
import { cell, ring } from '../../src/core/layout.ts';
import { ANY, rows } from '../cells/inputs.ts';

/** Value of an earlier row. Warm-up n + 1 rows. */
export const lag = kernel({
  name: 'lag',
  family: 'comparison',
  summary: 'The value `n` rows ago.',
  doc: 'Counts rows, null ones included: lag(x, 1) is what x was on the previous row, null if it was null. `x[n]` is the same.',
  source: 'SQL LAG',
  inputs: [ANY],
  params: { n: rows(1, 'Rows to look back.', 0) },
  outputs: [{ name: 'lag', doc: 'Earlier value.' }],
  nulls: 'pass',
  gaps: true,
  warmup: (p) => p.n + 1,
  state: (p) => ({ at: cell(), past: ring(p.n + 1, NaN) }),
  step({ n }, { at, past }) {
    if (n === 0) return (_S: Float64Array, _b: number, x: number) => x;
    // The commonest lag needs no position: 4 ns a row against 15.
    if (n === 1) {
      return (S: Float64Array, b: number, x: number) => {
        const earlier = S[b + past];
        S[b + past] = x;
        return earlier;
      };
    }
    return (S: Float64Array, b: number, x: number) => {
      const slot = S[b + at];
      const next = slot === n ? 0 : slot + 1;
      S[b + past + slot] = x;
      S[b + at] = next;
      return S[b + past + next];
    };
  },
  examples: [
    { title: 'The previous row', in: [5, 6, 7], out: [null, 5, 6] },
    { title: 'A null row is a row', in: [5, null, 7, 8], out: [null, 5, null, 7] },
  ],
});
