import type { OperatorIo, StateSize, TimedInstance } from '../../src/core/operator.ts';
import { keyIn, takeRow, type Values } from './columns.ts';

/** A row that waits until its moment is complete. */
export interface MomentRow {
  readonly ts: number;
  /** Id in the input's key table. */
  readonly key: number;
  /** Values of the settings' formulas. */
  readonly args: Values;
  /** Values of the columns that go on. */
  readonly values: Values;
}

export interface MomentsOptions {
  /** Slots of the settings' formulas. */
  readonly args: readonly number[];
  /** Slots of the columns that go on. */
  readonly copies: readonly number[];
  /** Length of a moment ending at a multiple of itself, (t - every, t]; null for rows of equal time only. */
  readonly every: number | null;
  /** Only the last row of a key counts; others are filtered. */
  readonly single: boolean;
  /** Called once a moment, when its last row is in; rows by (time, key text, arrival). */
  readonly fire: (t: number, rows: readonly MomentRow[]) => void;
  /** What the operator itself remembers beside the waiting rows. */
  readonly memory?: () => unknown;
}

/** Rows that wait for their moment to be complete are all that a cross-section keeps by itself. */
export const MOMENT_SIZE: StateSize = Object.freeze({ bytes: 0, grows: 'and the rows of moments that are not complete' });

interface Saved {
  readonly times: number[];
  readonly groups: MomentRow[][];
  readonly fired: number;
  readonly memory: unknown;
}

/** What `memory` returned when the state was saved. */
export const memoryOf = (saved: unknown): unknown => (saved as Saved | undefined)?.memory;

/** End of the stretch (t - every, t] that `ts` is in, in whole microseconds. */
export function momentOf(ts: number, every: number | null): number {
  if (every === null) return ts;
  const rest = ts % every;
  if (rest === 0) return ts;
  return rest < 0 ? ts - rest : ts - rest + every;
}

function lastOfEachKey(rows: readonly MomentRow[]): MomentRow[] {
  return rows.filter((row, j) => j + 1 === rows.length || rows[j + 1].key !== row.key);
}

/**
 * Gathers rows of all keys until the watermark says that a moment is complete, then shows them in an order that does not depend on how
 * they arrived: by key text. Sums over them are therefore equal to the bit.
 */
export function moments(io: OperatorIo, o: MomentsOptions, saved: unknown): TimedInstance {
  const { times, groups } = (saved as Saved | undefined) ?? { times: [], groups: [] };
  let fired = (saved as Saved | undefined)?.fired ?? -Infinity;

  function group(t: number): MomentRow[] {
    let at = times.length;
    while (at > 0 && times[at - 1] > t) at -= 1;
    if (at > 0 && times[at - 1] === t) return groups[at - 1];
    times.splice(at, 0, t);
    groups.splice(at, 0, []);
    return groups[at];
  }

  function fire(t: number, rows: MomentRow[]): void {
    const names = io.rows[0].frame.keys.names;
    rows.sort((a, b) => {
      if (a.ts !== b.ts) return a.ts - b.ts;
      const x = names[a.key];
      const y = names[b.key];
      return x < y ? -1 : x > y ? 1 : 0;
    });
    const kept = o.single ? lastOfEachKey(rows) : rows;
    io.counts.filtered += rows.length - kept.length;
    fired = t;
    o.fire(t, kept);
  }

  return {
    get due() {
      return times.length === 0 ? Infinity : times[0];
    },
    row(_input, i, watermark) {
      const frame = io.rows[0].frame;
      const ts = frame.ts[i];
      const t = momentOf(ts, o.every);
      if (t <= watermark || t <= fired) {
        io.counts.late += 1;
        io.late?.copy(0, i);
        return;
      }
      group(t).push({ ts, key: frame.key[i], args: takeRow(frame, o.args, i), values: takeRow(frame, o.copies, i) });
    },
    advance(watermark) {
      while (times.length > 0 && times[0] <= watermark) fire(times.shift() as number, groups.shift() as MomentRow[]);
    },
    save: (): Saved => ({ times, groups, fired, memory: o.memory?.() }),
  };
}

/** Appends the row of `row`'s own key at time `t` with the columns that go on; returns its index. */
export function emitOwn(io: OperatorIo, t: number, row: MomentRow): number {
  const out = io.out.frame;
  return io.out.emit(t, keyIn(out, io.rows[0].frame, row.key));
}

/** A value of a formula setting as a number; null is NaN. */
export const numberOf = (value: number | string | null): number => (typeof value === 'number' ? value : NaN);
