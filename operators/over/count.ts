import { OverRing } from './over-ring.ts';

/** How many rows of a span of time fulfil a condition; only their times are kept. */
export class OverCount extends OverRing {
  constructor(span: number) {
    super(span, 1, 0);
  }

  step(key: number, ts: number, condition: number): number {
    const { ring } = this;
    if (!ring.reaches(key, ts)) return NaN;
    while (ring.stale(key)) ring.shift(key);
    if (condition === 1) ring.push(key, ts, 0, 0);
    return ring.size(key);
  }
}
