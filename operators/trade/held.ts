import type { Decision } from './decision.ts';
import type { MarketRow } from './inputs.ts';

/** A row that waits until no earlier one can come. */
export interface HeldRow {
  readonly ts: number;
  readonly input: number;
  /** Place in the order of arrival. */
  readonly n: number;
  readonly key: number;
  /** One of the two. */
  readonly market: MarketRow | null;
  readonly decision: Decision | null;
}

/** Rows in order of event time; of one time, prices before decisions, which are the last input; else as they arrived. Plain data. */
export interface HeldRows {
  readonly heap: HeldRow[];
  count: number;
}

export const heldRows = (): HeldRows => ({ heap: [], count: 0 });

const before = (a: HeldRow, b: HeldRow, decisions: number): boolean => {
  if (a.ts !== b.ts) return a.ts < b.ts;
  const [late, other] = [a.input === decisions, b.input === decisions];
  return late === other ? a.n < b.n : other;
};

export const nextHeld = (rows: HeldRows): number => (rows.heap.length === 0 ? Infinity : rows.heap[0].ts);

export function hold(rows: HeldRows, row: HeldRow, decisions: number): void {
  const { heap } = rows;
  let i = heap.push(row) - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!before(row, heap[parent], decisions)) break;
    heap[i] = heap[parent];
    i = parent;
  }
  heap[i] = row;
}

export function release(rows: HeldRows, decisions: number): HeldRow {
  const { heap } = rows;
  const [top] = heap;
  const last = heap.pop() as HeldRow;
  const n = heap.length;
  if (n === 0) return top;
  let i = 0;
  for (let child = 1; child < n; child = 2 * i + 1) {
    if (child + 1 < n && before(heap[child + 1], heap[child], decisions)) child++;
    if (!before(heap[child], last, decisions)) break;
    heap[i] = heap[child];
    i = child;
  }
  heap[i] = last;
  return top;
}
