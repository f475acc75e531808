import { dueAfter, isDue, OverRing } from './over-ring.ts';

/** Cells: countdown, anchor, sum of the differences from the anchor. */
const DUE = 0;
const ANCHOR = 1;
const SUM = 2;
const WIDTH = 3;
/** Below this share of its parts a total is mostly rounding error. */
const THIN = 1e-9;

/** Mean and sum over a span of time; `read` makes the result of an anchor, the sum of the differences from it and the number of rows. */
export class OverSums extends OverRing {
  private readonly read: (anchor: number, off: number, n: number) => number;

  constructor(span: number, read: (anchor: number, off: number, n: number) => number) {
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
    let due = S[b + DUE];
    let gone = 0;
    for (; ring.stale(key); due--) {
      const d = ring.at(key, 0, 1) - anchor;
      sum -= d;
      gone += Math.abs(d);
      ring.shift(key);
    }
    if (ring.size(key) === 0) {
      anchor = S[b + ANCHOR] = x;
      sum = gone = 0;
      due = dueAfter(1);
    }
    ring.push(key, ts, x, 0);
    const n = ring.size(key);
    const come = x - anchor;
    S[b + SUM] = sum + come;
    S[b + DUE] = due - 1;
    if (isDue(due - 1, n) || isThin(n * anchor, sum + come, come, gone)) this.renew(key, n, x);
    return this.read(S[b + ANCHOR], S[b + SUM], n);
  }

  private renew(key: number, n: number, x: number): void {
    const { ring } = this;
    const S = this.cells.data;
    const b = key * WIDTH;
    let off = 0;
    for (let r = 0; r < n; r++) off += ring.at(key, r, 1) - x;
    const anchor = x + off / n;
    let sum = 0;
    for (let r = 0; r < n; r++) sum += ring.at(key, r, 1) - anchor;
    S[b + ANCHOR] = anchor;
    S[b + SUM] = sum;
    S[b + DUE] = dueAfter(n);
  }
}

/** The same of the squares. */
export class OverSquares extends OverSums {
  override step(key: number, ts: number, x: number): number {
    return super.step(key, ts, x * x);
  }
}

export const meanOf = (anchor: number, off: number, n: number): number => anchor + off / n;
export const sumOf = (anchor: number, off: number, n: number): number => n * anchor + off;

/** A sum of numbers that come and go in equal size may be 0 in earnest and needs no renewal. */
function isThin(base: number, sum: number, come: number, gone: number): boolean {
  const total = Math.abs(base + sum);
  return total < THIN * (gone + Math.abs(base)) && (total !== 0 || gone > Math.abs(come));
}
