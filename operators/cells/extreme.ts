import { ring, type CellSpec } from '../../src/core/layout.ts';

/**
 * Highest of the last `n` numbers in constant time per row: a queue of candidates, falling in value and rising in age of arrival.
 * Cells: rows seen, head, length, then n values and n row numbers. Pass a `sign` of -1 for the lowest. Among equals the newest counts.
 */
const HEAD = 1;
const LENGTH = 2;
const RING = 3;

export const extremeCells = (n: number): CellSpec => ring(RING + 2 * n);

/** Takes the next number and returns the extreme so far, of the last `n` at most. */
export function slideExtreme(S: Float64Array, a: number, n: number, sign: number, x: number): number {
  const row = S[a];
  const values = a + RING;
  const y = sign * x;
  let head = S[a + HEAD];
  let length = S[a + LENGTH];
  S[a] = row + 1;
  if (length > 0 && S[values + n + head] <= row - n) {
    head = head + 1 === n ? 0 : head + 1;
    length--;
  }
  let tail = head + length;
  if (tail >= n) tail -= n;
  while (length > 0) {
    const last = tail === 0 ? n - 1 : tail - 1;
    if (S[values + last] > y) break;
    tail = last;
    length--;
  }
  S[values + tail] = y;
  S[values + n + tail] = row;
  S[a + HEAD] = head;
  S[a + LENGTH] = length + 1;
  return sign * S[values + head];
}

/** Rows that `slideExtreme` has seen. */
export const extremeRows = (S: Float64Array, a: number): number => S[a];

/** Rows since the extreme: 0 when it is the newest. */
export const extremeAge = (S: Float64Array, a: number, n: number): number => S[a] - 1 - S[a + RING + n + S[a + HEAD]];
