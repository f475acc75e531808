import { dueAfter, isDue, OverRing } from './over-ring.ts';

/** Cells: countdown, anchor price, sum of the volumes, sum of (price - anchor) x volume. */
const DUE = 0;
const ANCHOR = 1;
const WEIGHT = 2;
const SUM = 3;
const WIDTH = 4;
const THIN = 1e-9;

/** Volume-weighted mean price over a span of time; null while no volume is in it. */
export class OverWeighted extends OverRing {
  constructor(span: number) {
    super(span, 3, WIDTH);
  }

  step(key: number, ts: number, price: number, volume: number): number {
    const { ring } = this;
    if (!ring.reaches(key, ts)) return NaN;
    const S = this.cells.data;
    const b = key * WIDTH;
    let due = S[b + DUE];
    let gone = 0;
    for (; ring.stale(key); due--) {
      const weight = ring.at(key, 0, 2);
      S[b + WEIGHT] -= weight;
      S[b + SUM] -= (ring.at(key, 0, 1) - S[b + ANCHOR]) * weight;
      gone += Math.abs(weight);
      ring.shift(key);
    }
    if (ring.size(key) === 0) {
      S[b + ANCHOR] = price;
      S[b + WEIGHT] = S[b + SUM] = gone = 0;
      due = dueAfter(1);
    }
    ring.push(key, ts, price, volume);
    const n = ring.size(key);
    S[b + WEIGHT] += volume;
    S[b + SUM] += (price - S[b + ANCHOR]) * volume;
    S[b + DUE] = due - 1;
    // When a large volume leaves, what remains is mostly its rounding error.
    if (isDue(due - 1, n) || Math.abs(S[b + WEIGHT]) < THIN * gone) this.renew(key, n, price);
    return S[b + WEIGHT] === 0 ? NaN : S[b + ANCHOR] + S[b + SUM] / S[b + WEIGHT];
  }

  private renew(key: number, n: number, price: number): void {
    const { ring } = this;
    const S = this.cells.data;
    const b = key * WIDTH;
    let weight = 0;
    let sum = 0;
    for (let r = 0; r < n; r++) {
      weight += ring.at(key, r, 2);
      sum += (ring.at(key, r, 1) - price) * ring.at(key, r, 2);
    }
    S[b + ANCHOR] = price;
    S[b + WEIGHT] = weight;
    S[b + SUM] = sum;
    S[b + DUE] = dueAfter(n);
  }
}
