import { ring, type CellSpec } from '../../src/core/layout.ts';

/** Wilder's relative strength: rows seen (at most n + 1), previous value, mean gain, mean loss. */
export const strengthCells = (): CellSpec => ring(4);

/** Takes the next number; the RSI in [0, 100], NaN for the first `n` numbers and while nothing has moved. */
export function nextStrength(S: Float64Array, a: number, n: number, x: number): number {
  const seen = S[a];
  const move = x - S[a + 1];
  S[a + 1] = x;
  if (seen <= n) S[a] = seen + 1;
  if (seen === 0) return NaN;
  const span = seen < n ? seen : n;
  // Half of |move| + move is the gain to the bit, without a branch that no processor can predict.
  const size = Math.abs(move);
  S[a + 2] += ((size + move) * 0.5 - S[a + 2]) / span;
  S[a + 3] += ((size - move) * 0.5 - S[a + 3]) / span;
  if (seen < n) return NaN;
  const total = S[a + 2] + S[a + 3];
  // In this order a quotient of 1 gives exactly 100; the other order can miss it by a rounding.
  return total > 0 ? 100 * (S[a + 2] / total) : NaN;
}
