import { kernel } from '../../src/core/kernel.ts';
import { cell } from '../../src/core/layout.ts';
import { CLOSE, VOLUME } from '../cells/inputs.ts';

/** On-balance volume. Warm-up 1 row; TA-Lib OBV. */
export const obv = kernel({
  name: 'obv',
  family: 'volume',
  summary: 'On-balance volume: running total of volume, added on up-closes and taken off on down-closes.',
  doc: 'In units of volume; only its changes mean something. Starts with the volume of the first row, as in TA-Lib (others start at 0). '
    + 'Never resets. The total keeps the digits that rounding would lose, so that fractional volumes do not drift.',
  source: 'TA-Lib OBV; Granville (1963)',
  inputs: [CLOSE, VOLUME],
  params: {},
  outputs: [{ name: 'obv', doc: 'Running total.' }],
  warmup: () => 1,
  state: () => ({ previous: cell(-Infinity), total: cell(), rest: cell() }),
  step: (_, { previous, total, rest }) => (S: Float64Array, b: number, close: number, volume: number) => {
    const last = S[b + previous];
    // Comparisons as numbers: which way the next row goes cannot be predicted, so a branch would be wrong half the time.
    const add = volume * (+(close > last) - +(close < last));
    S[b + previous] = close;
    // Knuth's exact sum of two: `rest` holds what rounding took from the total.
    const sum = S[b + total];
    const next = sum + add;
    const taken = next - sum;
    S[b + rest] += sum - (next - taken) + (add - taken);
    S[b + total] = next;
    return next + S[b + rest];
  },
  examples: [{ title: 'Up, down, unchanged', in: [[10, 11, 10, 10], [5, 6, 7, 8]], out: [5, 11, 4, 4] }],
});
