import { kernel } from '../../src/core/kernel.ts';
import { CLOSE, HIGH, LOW, rows } from '../cells/inputs.ts';
import { directionCells, plusIndex, nextDirection } from '../cells/ranges.ts';

/** Plus directional indicator. Warm-up period + 1 rows; TA-Lib PLUS_DI. */
export const plusDi = kernel({
  name: 'plus_di',
  family: 'trend',
  summary: 'Upward directional indicator (+DI): share of the true range by which price rises, 0 to 100.',
  doc: "Wilder's smoothed +DM over the smoothed true range, in percent. As in TA-Lib the first sum is over period - 1 moves. "
    + 'Null while prices have not moved at all.',
  source: 'TA-Lib PLUS_DI; Wilder, New Concepts in Technical Trading Systems (1978)',
  inputs: [HIGH, LOW, CLOSE],
  params: { period: rows(14, "Length of Wilder's smoothing.") },
  outputs: [{ name: 'plus_di', doc: '0 to 100.' }],
  gaps: true,
  warmup: (p) => p.period + 1,
  state: () => ({ direction: directionCells() }),
  step: ({ period }, { direction }) => (S: Float64Array, b: number, high: number, low: number, close: number) =>
    (nextDirection(S, b + direction, period, high, low, close) ? plusIndex(S, b + direction) : NaN),
  examples: [{
    title: 'Up two, then down two',
    params: { period: 2 },
    in: [[10, 12, 11], [8, 11, 9], [9, 11, 10]],
    out: [null, null, 28.571428571],
  }],
});
