import { OverRing } from './over-ring.ts';

const EMPTY = new Float64Array(0);

/**
 * The numbers of a span of time in order of size as well; `read` makes the result of them and the newest. A number that comes or goes moves
 * those above it: the work grows with the rows in the span, as a memory move.
 */
export class OverSorted extends OverRing {
  private readonly read: (sorted: Float64Array, n: number, x: number) => number;
  private sorted: Float64Array[] = [];

  constructor(span: number, read: (sorted: Float64Array, n: number, x: number) => number) {
    super(span, 2, 0);
    this.read = read;
  }

  override ensure(keys: number): void {
    super.ensure(keys);
    while (this.sorted.length < keys) this.sorted.push(EMPTY);
  }

  step(key: number, ts: number, of: number): number {
    const { ring } = this;
    if (!ring.reaches(key, ts)) return NaN;
    // There is one zero here, so that equal numbers are the same bits and their order says nothing.
    const x = of + 0;
    for (; ring.stale(key); ring.shift(key)) this.drop(key, ring.at(key, 0, 1));
    const n = ring.size(key);
    ring.push(key, ts, x, 0);
    if (n === this.sorted[key].length) this.grow(key);
    const sorted = this.sorted[key];
    const at = countBelow(sorted, n, x);
    sorted.copyWithin(at + 1, at, n);
    sorted[at] = x;
    return this.read(sorted, n + 1, x);
  }

  private drop(key: number, x: number): void {
    const sorted = this.sorted[key];
    const n = this.ring.size(key);
    const at = countBelow(sorted, n, x);
    sorted.copyWithin(at, at + 1, n);
  }

  private grow(key: number): void {
    const old = this.sorted[key];
    this.sorted[key] = new Float64Array(Math.max(8, 2 * old.length));
    this.sorted[key].set(old);
  }

  override load(saved: unknown): void {
    super.load(saved);
    this.sorted = [];
    this.ensure(this.ring.known);
    for (let key = 0; key < this.sorted.length; key++) {
      const n = this.ring.size(key);
      const sorted = new Float64Array(n);
      for (let r = 0; r < n; r++) sorted[r] = this.ring.at(key, r, 1);
      this.sorted[key] = sorted.sort();
    }
  }
}

/** How many of the first `n` numbers are below `x`. */
export function countBelow(sorted: Float64Array, n: number, x: number): number {
  let low = 0;
  let high = n;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (sorted[mid] < x) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** Quantile `q` in [0, 1], linear between neighbours (type 7 of Hyndman and Fan). */
export function quantileOf(sorted: Float64Array, n: number, q: number): number {
  const place = (n - 1) * q;
  const below = Math.floor(place);
  const low = sorted[below];
  return below === place ? low : low + (sorted[below + 1] - low) * (place - below);
}

/** Share of the numbers below `x`, which is one of them, equal ones counted half. */
export function rankOf(sorted: Float64Array, n: number, x: number): number {
  const below = countBelow(sorted, n, x);
  let to = below;
  while (to < n && sorted[to] === x) to++;
  return (below + to) / (2 * n);
}
