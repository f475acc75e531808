import { kernel } from '../../src/core/kernel.ts';
import { cell, ring } from '../../src/core/layout.ts';
import { rows, SERIES } from '../cells/inputs.ts';

/** Rate of change in percent. Warm-up period + 1 rows; TA-Lib ROC. */
export const roc = kernel({
  name: 'roc',
  family: 'oscillator',
  summary: 'Rate of change in percent against `period` rows ago.',
  doc: '100 x (now / then - 1). Null where the old value is 0, where TA-Lib says 0.',
  source: 'TA-Lib ROC',
  inputs: [SERIES],
  params: { period: rows(10, 'Rows to look back.') },
  outputs: [{ name: 'roc', doc: 'Change in percent.' }],
  gaps: true,
  warmup: (p) => p.period + 1,
  state: (p) => ({ seen: cell(), past: ring(p.period) }),
  step: ({ period }, { seen, past }) => (S: Float64Array, b: number, x: number) => {
    const row = S[b + seen];
    const slot = b + past + (row < period ? row : row - period);
    const then = S[slot];
    S[b + seen] = row === period + period - 1 ? period : row + 1;
    S[slot] = x;
    return row < period || then === 0 ? NaN : 100 * (x / then - 1);
  },
  examples: [{ title: 'Up and down a tenth', params: { period: 1 }, in: [100, 110, 99], out: [null, 10, -10] }],
});
