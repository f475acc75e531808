import { OverRing } from './over-ring.ts';

/**
 * Highest value over a span of time in constant time per row, the lowest with a `sign` of -1. Only candidates are kept: rows that no row of
 * the same time or later surpasses, so they fall in value from the oldest to the newest.
 */
export class OverExtremes extends OverRing {
  private readonly sign: number;

  constructor(span: number, sign: 1 | -1) {
    super(span, 2, 0);
    this.sign = sign;
  }

  step(key: number, ts: number, x: number): number {
    const { ring } = this;
    if (!ring.reaches(key, ts)) return NaN;
    while (ring.stale(key)) ring.shift(key);
    const y = this.sign * x;
    const n = ring.size(key);
    if (n > 0 && ring.at(key, n - 1, 0) > ts) this.late(key, ts, y);
    else {
      while (ring.size(key) > 0 && ring.at(key, ring.size(key) - 1, 1) <= y) ring.pop(key);
      ring.push(key, ts, y, 0);
    }
    return this.sign * ring.at(key, 0, 1);
  }

  /** A late row is no candidate beside a newer one as high, and drives out older ones. */
  private late(key: number, ts: number, y: number): void {
    const { ring } = this;
    const place = ring.place(key, ts);
    if (ring.at(key, place, 1) >= y) return;
    let from = place;
    while (from > 0 && ring.at(key, from - 1, 1) <= y) from--;
    ring.remove(key, from, place);
    ring.push(key, ts, y, 0);
  }
}
