import { kernel } from '../../src/core/kernel.ts';
import { cell } from '../../src/core/layout.ts';

/** Rows since a condition was true. Warm-up 1 row. */
export const barsSince = kernel({
  name: 'bars_since',
  family: 'comparison',
  summary: 'Rows since the condition was last true.',
  doc: '0 on a row on which it is true, null until it has been true once. A null condition is not true, and its row counts.',
  source: 'TradingView ta.barssince',
  inputs: [{ name: 'condition', doc: 'Condition to wait for.', type: 'bool' }],
  params: {},
  outputs: [{ name: 'bars_since', doc: 'Number of rows.', type: 'i64' }],
  nulls: 'pass',
  gaps: true,
  warmup: () => 1,
  state: () => ({ age: cell(NaN) }),
  step: (_, { age }) => (S: Float64Array, b: number, condition: number) => (S[b + age] = condition === 1 ? 0 : S[b + age] + 1),
  examples: [{ title: 'Counts up from the last time', in: [0, 1, 0, null, 1], out: [null, 0, 1, 2, 0] }],
});
