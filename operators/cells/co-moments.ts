import { ring, type CellSpec } from '../../src/core/layout.ts';

/** Correlation of the last `n` pairs; anchored and renewed as in `moments.ts`. */
const X = 1;
const Y = 2;
const SUM_X = 3;
const SUM_Y = 4;
const SUM_XX = 5;
const SUM_YY = 6;
const SUM_XY = 7;
const RING = 8;
const THIN = 1e-4;

export const coMomentCells = (n: number): CellSpec => ring(RING + 2 * n);

/** Takes the next pair; the correlation in [-1, 1], NaN until `n` pairs are there or while one side does not move. */
export function slideCorrelation(S: Float64Array, a: number, n: number, x: number, y: number): number {
  const i = S[a];
  if (i === 0) {
    S[a + X] = x;
    S[a + Y] = y;
  }
  const slot = a + RING + (i < n ? i : i - n);
  const goneX = i < n ? 0 : S[slot] - S[a + X];
  const goneY = i < n ? 0 : S[slot + n] - S[a + Y];
  const comeX = x - S[a + X];
  const comeY = y - S[a + Y];
  S[slot] = x;
  S[slot + n] = y;
  const wraps = i === n - 1 || i === n + n - 1;
  S[a] = wraps ? n : i + 1;
  S[a + SUM_X] += comeX - goneX;
  S[a + SUM_Y] += comeY - goneY;
  S[a + SUM_XX] += comeX * comeX - goneX * goneX;
  S[a + SUM_YY] += comeY * comeY - goneY * goneY;
  S[a + SUM_XY] += comeX * comeY - goneX * goneY;
  if (i < n - 1) return NaN;
  if (wraps || thin(S, a, SUM_X, SUM_XX, n, goneX) || thin(S, a, SUM_Y, SUM_YY, n, goneY)) anchorAgain(S, a, n, x, y);
  return correlation(S, a, n);
}

function thin(S: Float64Array, a: number, sum: number, squares: number, n: number, gone: number): boolean {
  const q = S[a + squares];
  return q - (S[a + sum] * S[a + sum]) / n < THIN * (gone * gone > q ? gone * gone : q);
}

function correlation(S: Float64Array, a: number, n: number): number {
  const xx = S[a + SUM_XX] - (S[a + SUM_X] * S[a + SUM_X]) / n;
  const yy = S[a + SUM_YY] - (S[a + SUM_Y] * S[a + SUM_Y]) / n;
  const xy = S[a + SUM_XY] - (S[a + SUM_X] * S[a + SUM_Y]) / n;
  if (!(xx > 0 && yy > 0)) return NaN;
  // Two roots instead of the root of a product, which would overflow or vanish for very large or very small spreads.
  const r = xy / Math.sqrt(xx) / Math.sqrt(yy);
  return r > 1 ? 1 : r < -1 ? -1 : r;
}

function anchorAgain(S: Float64Array, a: number, n: number, x: number, y: number): void {
  const from = a + RING;
  const to = from + n;
  let offX = 0;
  let offY = 0;
  for (let r = from; r < to; r++) {
    offX += S[r] - x;
    offY += S[r + n] - y;
  }
  S[a + X] = x + offX / n;
  S[a + Y] = y + offY / n;
  S.fill(0, a + SUM_X, a + SUM_XY + 1);
  for (let r = from; r < to; r++) {
    const dx = S[r] - S[a + X];
    const dy = S[r + n] - S[a + Y];
    S[a + SUM_X] += dx;
    S[a + SUM_Y] += dy;
    S[a + SUM_XX] += dx * dx;
    S[a + SUM_YY] += dy * dy;
    S[a + SUM_XY] += dx * dy;
  }
}
