import { kernel } from '../../src/core/kernel.ts';
import { cell } from '../../src/core/layout.ts';
import { ANY, rows } from '../cells/inputs.ts';

/** Whether a series fell some rows in a row. Warm-up n + 1 rows. */
export const falling = kernel({
  name: 'falling',
  family: 'comparison',
  summary: 'True when the series fell `n` rows in a row.',
  doc: 'Each of the last `n` known values is strictly below the one before it; an equal value breaks the run. Null rows are skipped.',
  source: 'TradingView ta.falling, but from row to row rather than against the window',
  inputs: [ANY],
  params: { n: rows(1, 'Moves in a row.') },
  outputs: [{ name: 'falling', doc: 'Whether it fell.', type: 'bool' }],
  warmup: (p) => p.n + 1,
  state: () => ({ seen: cell(), previous: cell(), run: cell() }),
  step: ({ n }, { seen, previous, run }) => (S: Float64Array, b: number, x: number) => {
    const row = S[b + seen];
    const streak = row > 0 && x < S[b + previous] ? S[b + run] + 1 : 0;
    S[b + previous] = x;
    S[b + run] = streak;
    if (row < n) {
      S[b + seen] = row + 1;
      return NaN;
    }
    return streak >= n ? 1 : 0;
  },
  examples: [{ title: 'Twice in a row', params: { n: 2 }, in: [3, 2, 1, 2], out: [null, null, 1, 0] }],
});
