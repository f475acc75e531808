import { kernel } from '../../src/core/kernel.ts';
import { cell } from '../../src/core/layout.ts';
import { ANY, rows } from '../cells/inputs.ts';

/** Whether a series rose some rows in a row. Warm-up n + 1 rows. */
export const rising = kernel({
  name: 'rising',
  family: 'comparison',
  summary: 'True when the series rose `n` rows in a row.',
  doc: 'Each of the last `n` known values is strictly above the one before it; an equal value breaks the run. Null rows are skipped.',
  source: 'TradingView ta.rising, but from row to row rather than against the window',
  inputs: [ANY],
  params: { n: rows(1, 'Moves in a row.') },
  outputs: [{ name: 'rising', doc: 'Whether it rose.', type: 'bool' }],
  warmup: (p) => p.n + 1,
  state: () => ({ seen: cell(), previous: cell(), run: cell() }),
  step: ({ n }, { seen, previous, run }) => (S: Float64Array, b: number, x: number) => {
    const row = S[b + seen];
    const streak = row > 0 && x > S[b + previous] ? S[b + run] + 1 : 0;
    S[b + previous] = x;
    S[b + run] = streak;
    if (row < n) {
      S[b + seen] = row + 1;
      return NaN;
    }
    return streak >= n ? 1 : 0;
  },
  examples: [{ title: 'Twice in a row', params: { n: 2 }, in: [1, 2, 3, 2], out: [null, null, 1, 0] }],
});
