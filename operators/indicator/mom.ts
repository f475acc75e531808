import { kernel } from '../../src/core/kernel.ts';
import { cell, ring } from '../../src/core/layout.ts';
import { rows, SERIES } from '../cells/inputs.ts';

/** Momentum. Warm-up period + 1 rows; TA-Lib MOM. */
export const mom = kernel({
  name: 'mom',
  family: 'oscillator',
  summary: 'Momentum: the change against `period` rows ago.',
  doc: 'Now less then, in units of the input. Null rows do not count; `diff` counts them.',
  source: 'TA-Lib MOM',
  inputs: [SERIES],
  params: { period: rows(10, 'Rows to look back.') },
  outputs: [{ name: 'mom', doc: 'Change in units of the input.' }],
  warmup: (p) => p.period + 1,
  state: (p) => ({ seen: cell(), past: ring(p.period) }),
  step: ({ period }, { seen, past }) => (S: Float64Array, b: number, x: number) => {
    const row = S[b + seen];
    const slot = b + past + (row < period ? row : row - period);
    const then = S[slot];
    S[b + seen] = row === period + period - 1 ? period : row + 1;
    S[slot] = x;
    return row < period ? NaN : x - then;
  },
  examples: [{ title: 'Against two rows ago', params: { period: 2 }, in: [1, 2, 4], out: [null, null, 3] }],
});
