import { ring, type CellSpec } from '../../src/core/layout.ts';
import { smooth } from './smooth.ts';

/** True range of Wilder: the widest of high - low, |high - previous close| and |low - previous close|. */
export function trueRange(high: number, low: number, previous: number): number {
  const range = high - low;
  const up = Math.abs(high - previous);
  const down = Math.abs(low - previous);
  return range > up ? (range > down ? range : down) : up > down ? up : down;
}

/** Average true range: rows seen (0 or 1), previous close, then the smoothing. */
export const atrCells = (): CellSpec => ring(4);

/** Takes the next bar; NaN for the first `n`, because the first bar has no previous close and the seed is the mean of `n` ranges. */
export function nextAtr(S: Float64Array, a: number, n: number, high: number, low: number, close: number): number {
  const previous = S[a + 1];
  S[a + 1] = close;
  if (S[a] === 0) {
    S[a] = 1;
    return NaN;
  }
  return smooth(S, a + 2, n, 1 / n, trueRange(high, low, previous));
}

/** Wilder's directional movement: rows seen (at most n), previous high, low and close, smoothed true range, +DM and -DM. */
const PREVIOUS_HIGH = 1;
const PREVIOUS_LOW = 2;
const PREVIOUS_CLOSE = 3;
const RANGE = 4;
const PLUS = 5;
const MINUS = 6;

export const directionCells = (): CellSpec => ring(7);

/**
 * Takes the next bar; true once the smoothed sums are there. As in TA-Lib the sums start with `n - 1` bars, and the smoothing
 * `sum - sum / n + new` begins with bar `n`.
 */
export function nextDirection(S: Float64Array, a: number, n: number, high: number, low: number, close: number): boolean {
  const seen = S[a];
  const up = high - S[a + PREVIOUS_HIGH];
  const down = S[a + PREVIOUS_LOW] - low;
  const range = trueRange(high, low, S[a + PREVIOUS_CLOSE]);
  S[a + PREVIOUS_HIGH] = high;
  S[a + PREVIOUS_LOW] = low;
  S[a + PREVIOUS_CLOSE] = close;
  if (seen < n) S[a] = seen + 1;
  if (seen === 0) return false;
  const kept = seen < n ? 1 : 1 - 1 / n;
  S[a + RANGE] = S[a + RANGE] * kept + range;
  S[a + PLUS] = S[a + PLUS] * kept + (up > down && up > 0 ? up : 0);
  S[a + MINUS] = S[a + MINUS] * kept + (down > up && down > 0 ? down : 0);
  return seen >= n;
}

/** +DI and -DI in percent; NaN while prices have not moved at all. */
export const plusIndex = (S: Float64Array, a: number): number => (S[a + RANGE] > 0 ? 100 * (S[a + PLUS] / S[a + RANGE]) : NaN);
export const minusIndex = (S: Float64Array, a: number): number => (S[a + RANGE] > 0 ? 100 * (S[a + MINUS] / S[a + RANGE]) : NaN);
