import { kernel } from '../../src/core/kernel.ts';
import { cell } from '../../src/core/layout.ts';
import { ANY } from '../cells/inputs.ts';

/** The last known value. Warm-up 1 row. */
export const fixnan = kernel({
  name: 'fixnan',
  family: 'comparison',
  summary: 'The value, or the last known one where it is null.',
  doc: 'Carries the last value that was not null forward for as long as it takes; null until there has been one. For feeds that send only '
    + 'what has changed, such as quotes with one side a row: `fixnan(if(bid > 0, bid, null))`.',
  source: 'TradingView fixnan; pandas ffill',
  inputs: [ANY],
  params: {},
  outputs: [{ name: 'fixnan', doc: 'Value, or the last known one.' }],
  nulls: 'pass',
  gaps: true,
  warmup: () => 1,
  state: () => ({ known: cell(NaN) }),
  step: (_, { known }) => (S: Float64Array, b: number, x: number) => {
    if (x === x) S[b + known] = x;
    return S[b + known];
  },
  examples: [{ title: 'Carried over nulls', in: [null, 5, null, null, 7], out: [null, 5, 5, 5, 7] }],
});
