import { kernel } from '../../src/core/kernel.ts';
import { cell, ring } from '../../src/core/layout.ts';
import { period } from '../cells/inputs.ts';
import { OverCount } from '../over/count.ts';

/** Rows on which a condition was true. Warm-up `period` rows. */
export const count = kernel({
  name: 'count',
  family: 'comparison',
  summary: 'How many of the last rows fulfil a condition.',
  doc: 'A null condition is not true, and its row is one of the `period`. `count(true, 1h)` counts the rows of an hour, '
    + '`count(not is_null(x), 1h)` those on which x is known. Where many rows become one, `count` is the aggregate.',
  source: 'TradingView math.sum of a condition',
  inputs: [{ name: 'condition', doc: 'Condition to count.', type: 'bool' }],
  params: { period: period(20) },
  outputs: [{ name: 'count', doc: 'Number of rows.', type: 'i64' }],
  nulls: 'pass',
  warmup: (p) => p.period,
  state: (p) => ({ row: cell(), hits: cell(), window: ring(p.period) }),
  step: ({ period: n }, { row, hits, window }) => (S: Float64Array, b: number, condition: number) => {
    const i = S[b + row];
    const slot = b + window + (i < n ? i : i - n);
    const hit = condition === 1 ? 1 : 0;
    S[b + hits] += hit - S[slot];
    S[slot] = hit;
    S[b + row] = i === n + n - 1 ? n : i + 1;
    return i < n - 1 ? NaN : S[b + hits];
  },
  over: { create: (micros) => new OverCount(micros) },
  examples: [{ title: 'Of the last two rows', params: { period: 2 }, in: [1, 1, 0, null, 1], out: [null, 2, 1, 0, 1] }],
});
