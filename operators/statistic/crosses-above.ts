import { kernel } from '../../src/core/kernel.ts';
import { cell } from '../../src/core/layout.ts';

/** Whether one series crosses above another. Warm-up 2 rows. */
export const crossesAbove = kernel({
  name: 'crosses_above',
  family: 'comparison',
  summary: 'True on the row on which x crosses above y.',
  doc: 'x > y now, and x <= y on the previous row. Rows on which either is null are skipped: they are null, and the comparison is with the '
    + 'last row on which both were known. Null until there is one.',
  source: 'TradingView ta.crossover',
  inputs: [{ name: 'x', doc: 'The series that crosses.' }, { name: 'y', doc: 'The series or level that is crossed.' }],
  params: {},
  outputs: [{ name: 'crosses_above', doc: 'Whether it crosses on this row.', type: 'bool' }],
  warmup: () => 2,
  state: () => ({ side: cell(NaN) }),
  step: (_, { side }) => (S: Float64Array, b: number, x: number, y: number) => {
    const was = S[b + side];
    const is = x > y ? 1 : 0;
    S[b + side] = is;
    return was === was ? (is === 1 && was === 0 ? 1 : 0) : NaN;
  },
  examples: [
    { title: 'Once, on the row of the cross', in: [[1, 3, 2], [2, 2, 2]], out: [null, 1, 0] },
    { title: 'Across a null row', in: [[1, null, 3], [2, 2, 2]], out: [null, null, 1] },
  ],
});
