import { dueAfter, isDue, OverRing } from './over-ring.ts';

/** Cells: countdown, anchor, sum and sum of squares of the differences from the anchor. */
const DUE = 0;
const ANCHOR = 1;
const SUM = 2;
const SQUARES = 3;
const WIDTH = 4;
/** Below this share the subtraction has eaten four digits or more. */
const THIN = 1e-4;

/** Variance over a span of time, from two rows on; `read` makes the result of the population variance, the newest number and the mean. */
export class OverMoments extends OverRing {
  private readonly read: (variance: number, x: number, mean: number) => number;

  constructor(span: number, read: (variance: number, x: number, mean: number) => number) {
    super(span, 2, WIDTH);
    this.read = read;
  }

  step(key: number, ts: number, x: number): number {
    const { ring } = this;
    if (!ring.reaches(key, ts)) return NaN;
    const S = this.cells.data;
    const b = key * WIDTH;
    let anchor = S[b + ANCHOR];
    let sum = S[b + SUM];
    let squares = S[b + SQUARES];
    let due = S[b + DUE];
    let scale = 0;
    for (; ring.stale(key); due--) {
      const d = ring.at(key, 0, 1) - anchor;
      sum -= d;
      squares -= d * d;
      scale += d * d;
      ring.shift(key);
    }
    if (ring.size(key) === 0) {
      anchor = S[b + ANCHOR] = x;
      sum = squares = scale = 0;
      due = dueAfter(1);
    }
    ring.push(key, ts, x, 0);
    const n = ring.size(key);
    const d = x - anchor;
    sum += d;
    squares += d * d;
    S[b + SUM] = sum;
    S[b + SQUARES] = squares;
    S[b + DUE] = due - 1;
    const spread = squares - (sum * sum) / n;
    if (squares > scale) scale = squares;
    const variance = isDue(due - 1, n) || spread < THIN * scale ? this.renew(key, n, x) : spread / n;
    return n < 2 ? NaN : this.read(variance, x, S[b + ANCHOR] + S[b + SUM] / n);
  }

  private renew(key: number, n: number, x: number): number {
    const { ring } = this;
    const S = this.cells.data;
    const b = key * WIDTH;
    let off = 0;
    for (let r = 0; r < n; r++) off += ring.at(key, r, 1) - x;
    const anchor = x + off / n;
    let sum = 0;
    let squares = 0;
    for (let r = 0; r < n; r++) {
      const d = ring.at(key, r, 1) - anchor;
      sum += d;
      squares += d * d;
    }
    S[b + ANCHOR] = anchor;
    S[b + SUM] = sum;
    S[b + SQUARES] = squares;
    S[b + DUE] = dueAfter(n);
    const spread = squares - (sum * sum) / n;
    return spread > 0 ? spread / n : 0;
  }
}
