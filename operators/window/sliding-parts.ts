import type { Column } from '../../src/core/frame.ts';
import type { AggregateCall } from '../../src/core/operator.ts';
import { partOf } from './aggregate-content.ts';
import { known, type Part } from './parts.ts';
import { distinctValue, quantileOf } from './parts-beside.ts';

/** The rows of a key that are in the window, as rings: row number `n` lies at `n & mask`. */
export interface Ring {
  head: number;
  tail: number;
  mask: number;
  ts: Float64Array;
  readonly cols: Column[];
}

/** What a sliding window remembers beside its rows. `state` is plain data of one key. */
export interface SlidingPart {
  make(): unknown;
  push(state: unknown, ring: Ring, row: number): void;
  /** The row that leaves; it is still in the ring. */
  pop(state: unknown, ring: Ring, row: number): void;
  write(state: unknown, ring: Ring, call: AggregateCall, out: Column, o: number): void;
}

/** A queue of row numbers on a ring of doubles that grows. */
interface Queue {
  a: Float64Array;
  head: number;
  tail: number;
}

const queue = (): Queue => ({ a: new Float64Array(8), head: 0, tail: 0 });

function enqueue(q: Queue, row: number): void {
  if (q.tail - q.head === q.a.length) {
    const a = new Float64Array(2 * q.a.length);
    for (let k = q.head; k < q.tail; k++) a[k & (a.length - 1)] = q.a[k & (q.a.length - 1)];
    q.a = a;
  }
  q.a[q.tail++ & (q.a.length - 1)] = row;
}

const front = (q: Queue): number => q.a[q.head & (q.a.length - 1)];
const back = (q: Queue): number => q.a[(q.tail - 1) & (q.a.length - 1)];

/** Counts and sums: added when a row comes, taken away when it leaves. */
function summed(part: Part): SlidingPart {
  return {
    make: () => Float64Array.from(part.blank),
    push: (s, ring, row) => part.add(s as Float64Array, 0, 0, 0, ring.cols, row & ring.mask),
    pop: (s, ring, row) => part.remove?.(s as Float64Array, 0, ring.cols, row & ring.mask),
    write: (s, _ring, call, out, o) => part.write(s as Float64Array, 0, 0, call, out, o),
  };
}

/** Minimum or maximum by a queue of candidates, each better than all that came after it: constant time a row on average. */
function extreme(x: number, sign: 1 | -1): SlidingPart {
  return {
    make: queue,
    push(s, ring, row) {
      const q = s as Queue;
      const col = ring.cols[x] as Float64Array;
      const value = col[row & ring.mask];
      if (!known(value)) return;
      while (q.tail > q.head && col[back(q) & ring.mask] * sign <= value * sign) q.tail--;
      enqueue(q, row);
    },
    pop(s, _ring, row) {
      const q = s as Queue;
      if (q.tail > q.head && front(q) === row) q.head++;
    },
    write(s, ring, _call, out, o) {
      const q = s as Queue;
      (out as Float64Array)[o] = q.tail === q.head ? NaN : (ring.cols[x] as Float64Array)[front(q) & ring.mask];
    },
  };
}

/** First or last value that is not null: the row numbers of all of them in order. */
function edge(x: number, last: boolean): SlidingPart {
  return {
    make: queue,
    push(s, ring, row) {
      const value = ring.cols[x][row & ring.mask];
      if (value !== null && (typeof value === 'string' || known(value))) enqueue(s as Queue, row);
    },
    pop(s, _ring, row) {
      const q = s as Queue;
      if (q.tail > q.head && front(q) === row) q.head++;
    },
    write(s, ring, _call, out, o) {
      const q = s as Queue;
      const row = q.tail === q.head ? -1 : (last ? back(q) : front(q)) & ring.mask;
      if (out instanceof Float64Array) out[o] = row < 0 ? NaN : ring.cols[x][row] as number;
      else out[o] = row < 0 ? null : ring.cols[x][row] as string;
    },
  };
}

interface Sorted {
  a: Float64Array;
  n: number;
}

function placeOf(s: Sorted, x: number): number {
  let low = 0;
  let high = s.n;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (s.a[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The values in order of size. A row costs a search in log(n) and one block move of up to 8 n bytes. */
function sorted(x: number): SlidingPart {
  return {
    make: (): Sorted => ({ a: new Float64Array(16), n: 0 }),
    push(state, ring, row) {
      const s = state as Sorted;
      const value = (ring.cols[x] as Float64Array)[row & ring.mask];
      if (!known(value)) return;
      if (s.n === s.a.length) {
        const a = new Float64Array(2 * s.n);
        a.set(s.a);
        s.a = a;
      }
      const at = placeOf(s, value);
      s.a.copyWithin(at + 1, at, s.n);
      s.a[at] = value;
      s.n++;
    },
    pop(state, ring, row) {
      const s = state as Sorted;
      const value = (ring.cols[x] as Float64Array)[row & ring.mask];
      if (!known(value)) return;
      const at = placeOf(s, value);
      s.a.copyWithin(at, at + 1, s.n);
      s.n--;
    },
    write(state, _ring, call, out, o) {
      const s = state as Sorted;
      (out as Float64Array)[o] = quantileOf(s.a, s.n, call.fn === 'median' ? 0.5 : call.param);
    },
  };
}

function distinct(x: number): SlidingPart {
  type Counts = Map<number | string, number>;
  return {
    make: (): Counts => new Map(),
    push(state, ring, row) {
      const counts = state as Counts;
      const value = distinctValue(ring.cols[x], row & ring.mask);
      if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
    },
    pop(state, ring, row) {
      const counts = state as Counts;
      const value = distinctValue(ring.cols[x], row & ring.mask);
      if (value === null) return;
      const left = (counts.get(value) as number) - 1;
      if (left === 0) counts.delete(value);
      else counts.set(value, left);
    },
    write(state, _ring, _call, out, o) {
      (out as Float64Array)[o] = (state as Counts).size;
    },
  };
}

export function slidingPartOf(group: string, call: AggregateCall, x: number, y: number): SlidingPart {
  switch (group) {
    case 'min': return extreme(x, -1);
    case 'max': return extreme(x, 1);
    case 'first': return edge(x, false);
    case 'last': return edge(x, true);
    case 'values': return sorted(x);
    case 'distinct': return distinct(x);
    default: return summed(partOf(group, call, x, y));
  }
}
