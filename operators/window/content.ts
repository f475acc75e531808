import type { Column, Frame } from '../../src/core/frame.ts';
import type { ColumnRef } from '../../src/core/operator.ts';

/** What a window remembers of its rows: some doubles of a record at `S[b...]`, and data beside them by record number `slot`. */
export interface Content {
  /** The doubles of a window without rows. */
  readonly blank: Float64Array;
  /** False for a row that is not to be folded at all, such as one without a price. */
  takes(cols: readonly Column[], i: number): boolean;
  /** Folds a row in; returns whether the window's output may have changed. */
  add(S: Float64Array, b: number, slot: number, ts: number, cols: readonly Column[], i: number): boolean;
  /** Makes an interval without rows out of the one before it, for operators that fill. */
  carry?(S: Float64Array, b: number, slot: number, from: number, fromSlot: number): void;
  write(S: Float64Array, b: number, slot: number, out: Frame, o: number): void;
  /** The record is not used any more. */
  clear(slot: number): void;
  /** Data beside the doubles, as plain data. */
  save(): unknown;
  load(saved: unknown): void;
}

/** Content of windows that are put together from parts. */
export interface Mergeable extends Content {
  /** Folds in another window's rows, none of which has a time that this one's have. */
  merge(S: Float64Array, b: number, slot: number, from: number, fromSlot: number): void;
}

/** Writes a number to a column of the output; slot -1 is a column that nobody reads. */
export function writeTo(out: Frame, slot: number, o: number, x: number): void {
  if (slot >= 0) (out.cols[slot] as Float64Array)[o] = x;
}

/** The columns a node reads, in an order of its own. Arrays of a frame may be new any epoch, so they are looked up for every row. */
export class Columns {
  readonly current: Column[] = [];
  readonly refs: readonly ColumnRef[];
  private readonly at: readonly number[];

  constructor(refs: readonly ColumnRef[]) {
    this.refs = refs;
    this.at = refs.map((r) => r.slot);
  }

  of(frame: Frame): readonly Column[] {
    for (let k = 0; k < this.at.length; k++) this.current[k] = frame.cols[this.at[k]];
    return this.current;
  }
}

/** Collects column references without doubles; `index` is a column's place in `Columns`, -1 for one that is not there. */
export class ColumnList {
  readonly refs: ColumnRef[] = [];

  index(ref: ColumnRef | undefined): number {
    if (ref === undefined) return -1;
    const known = this.refs.findIndex((r) => r.slot === ref.slot && r.input === ref.input);
    return known >= 0 ? known : this.refs.push(ref) - 1;
  }
}
