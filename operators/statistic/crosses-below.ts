import { kernel } from '../../src/core/kernel.ts';
import { cell } from '../../src/core/layout.ts';

/** Whether one series crosses below another. Warm-up 2 rows. */
export const crossesBelow = kernel({
  name: 'crosses_below',
  family: 'comparison',
  summary: 'True on the row on which x crosses below y.',
  doc: 'x < y now, and x >= y on the previous row. Rows on which either is null are skipped: they are null, and the comparison is with the '
    + 'last row on which both were known. Null until there is one.',
  source: 'TradingView ta.crossunder',
  inputs: [{ name: 'x', doc: 'The series that crosses.' }, { name: 'y', doc: 'The series or level that is crossed.' }],
  params: {},
  outputs: [{ name: 'crosses_below', doc: 'Whether it crosses on this row.', type: 'bool' }],
  warmup: () => 2,
  state: () => ({ side: cell(NaN) }),
  step: (_, { side }) => (S: Float64Array, b: number, x: number, y: number) => {
    const was = S[b + side];
    const is = x < y ? 1 : 0;
    S[b + side] = is;
    return was === was ? (is === 1 && was === 0 ? 1 : 0) : NaN;
  },
  examples: [
    { title: 'Once, on the row of the cross', in: [[3, 1, 2], [2, 2, 2]], out: [null, 1, 0] },
    { title: 'Across a null row', in: [[3, null, 1], [2, 2, 2]], out: [null, null, 1] },
  ],
});
