import { kernel } from '../../src/core/kernel.ts';
import { cell } from '../../src/core/layout.ts';
import { CLOSE, HIGH, LOW } from '../cells/inputs.ts';
import { trueRange } from '../cells/ranges.ts';

/** True range. Warm-up 2 rows; TA-Lib TRANGE. */
export const tr = kernel({
  name: 'tr',
  family: 'volatility',
  summary: 'True range: the range of the bar, gaps from the previous close included.',
  doc: 'The widest of high - low, |high - previous close| and |low - previous close|. In units of the price.',
  source: 'TA-Lib TRANGE; Wilder, New Concepts in Technical Trading Systems (1978)',
  inputs: [HIGH, LOW, CLOSE],
  params: {},
  outputs: [{ name: 'tr', doc: 'True range.' }],
  warmup: () => 2,
  state: () => ({ previous: cell(NaN) }),
  step: (_, { previous }) => (S: Float64Array, b: number, high: number, low: number, close: number) => {
    const last = S[b + previous];
    S[b + previous] = close;
    return last === last ? trueRange(high, low, last) : NaN;
  },
  examples: [{ title: 'A gap up', in: [[10, 12, 11], [8, 11, 9], [9, 11, 10]], out: [null, 3, 2] }],
});
