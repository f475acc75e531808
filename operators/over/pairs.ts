import { dueAfter, isDue, OverRing } from './over-ring.ts';

/** Cells: countdown, anchors, sums and sums of products of the differences from them. */
const DUE = 0;
const X = 1;
const Y = 2;
const SUM_X = 3;
const SUM_Y = 4;
const SUM_XX = 5;
const SUM_YY = 6;
const SUM_XY = 7;
const WIDTH = 8;
const THIN = 1e-4;

/** Correlation over a span of time, in [-1, 1]; null while one side does not move. */
export class OverPairs extends OverRing {
  constructor(span: number) {
    super(span, 3, WIDTH);
  }

  step(key: number, ts: number, x: number, y: number): number {
    const { ring } = this;
    if (!ring.reaches(key, ts)) return NaN;
    const S = this.cells.data;
    const b = key * WIDTH;
    let goneX = 0;
    let goneY = 0;
    for (; ring.stale(key); ring.shift(key)) {
      const dx = ring.at(key, 0, 1) - S[b + X];
      const dy = ring.at(key, 0, 2) - S[b + Y];
      add(S, b, -1, dx, dy);
      goneX += dx * dx;
      goneY += dy * dy;
    }
    if (ring.size(key) === 0) {
      S.fill(0, b, b + WIDTH);
      S[b + X] = x;
      S[b + Y] = y;
      S[b + DUE] = dueAfter(1);
      goneX = goneY = 0;
    }
    ring.push(key, ts, x, y);
    const n = ring.size(key);
    add(S, b, 1, x - S[b + X], y - S[b + Y]);
    if (isDue(S[b + DUE], n) || thin(S[b + SUM_X], S[b + SUM_XX], n, goneX) || thin(S[b + SUM_Y], S[b + SUM_YY], n, goneY)) {
      this.renew(key, n, x, y);
    }
    return correlation(S, b, n);
  }

  private renew(key: number, n: number, x: number, y: number): void {
    const { ring } = this;
    const S = this.cells.data;
    const b = key * WIDTH;
    let offX = 0;
    let offY = 0;
    for (let r = 0; r < n; r++) {
      offX += ring.at(key, r, 1) - x;
      offY += ring.at(key, r, 2) - y;
    }
    S.fill(0, b, b + WIDTH);
    S[b + X] = x + offX / n;
    S[b + Y] = y + offY / n;
    for (let r = 0; r < n; r++) add(S, b, 1, ring.at(key, r, 1) - S[b + X], ring.at(key, r, 2) - S[b + Y]);
    S[b + DUE] = dueAfter(n);
  }
}

function add(S: Float64Array, b: number, sign: number, dx: number, dy: number): void {
  S[b + DUE] -= 1;
  S[b + SUM_X] += sign * dx;
  S[b + SUM_Y] += sign * dy;
  S[b + SUM_XX] += sign * dx * dx;
  S[b + SUM_YY] += sign * dy * dy;
  S[b + SUM_XY] += sign * dx * dy;
}

const thin = (sum: number, squares: number, n: number, gone: number): boolean =>
  squares - (sum * sum) / n < THIN * (gone > squares ? gone : squares);

function correlation(S: Float64Array, b: number, n: number): number {
  const xx = S[b + SUM_XX] - (S[b + SUM_X] * S[b + SUM_X]) / n;
  const yy = S[b + SUM_YY] - (S[b + SUM_Y] * S[b + SUM_Y]) / n;
  const xy = S[b + SUM_XY] - (S[b + SUM_X] * S[b + SUM_Y]) / n;
  if (!(xx > 0 && yy > 0)) return NaN;
  const r = xy / Math.sqrt(xx) / Math.sqrt(yy);
  return r > 1 ? 1 : r < -1 ? -1 : r;
}
