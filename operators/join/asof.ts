import type { OperatorIo, TimedInstance } from '../../src/core/operator.ts';
import { bucketOf, copyRow, keyIn, putRow, takeRow, type Bucket, type Values } from './columns.ts';

/** Right rows of one key in event-time order; of equal times the later arrival stands behind. */
interface Pending {
  readonly ts: number[];
  readonly values: Values[];
}

type Saved = Map<Bucket, Pending>;

/** Keeps the last row at or before the watermark and all rows after it: what a left row that is not late can ask for. */
function forget(p: Pending, watermark: number): void {
  let done = 0;
  while (done + 1 < p.ts.length && p.ts[done + 1] <= watermark) done += 1;
  if (done === 0) return;
  p.ts.splice(0, done);
  p.values.splice(0, done);
}

function remember(p: Pending, ts: number, values: Values): void {
  let at = p.ts.length;
  while (at > 0 && p.ts[at - 1] > ts) at -= 1;
  p.ts.splice(at, 0, ts);
  p.values.splice(at, 0, values);
}

/** Position of the last row at or before `ts`, or -1. */
function lastUpTo(p: Pending, ts: number): number {
  let at = p.ts.length - 1;
  while (at >= 0 && p.ts[at] > ts) at -= 1;
  return at;
}

/**
 * As-of join: every left row at once, with the newest right row that had arrived and whose event time is not later. A right row from the
 * left row's future is kept back until left rows reach it.
 */
export function asofJoin(io: OperatorIo, tolerance: number, saved: unknown): TimedInstance {
  const state: Saved = (saved as Saved | undefined) ?? new Map();
  const [left, right] = io.inputs;
  const width = left.schema.length;

  function keepRight(i: number, watermark: number): void {
    const frame = io.rows[1].frame;
    const bucket = bucketOf(io, 1, i);
    let pending = state.get(bucket);
    if (pending === undefined) state.set(bucket, pending = { ts: [], values: [] });
    forget(pending, watermark);
    remember(pending, frame.ts[i], takeRow(frame, right.slots, i));
  }

  function emitLeft(i: number): void {
    const frame = io.rows[0].frame;
    const out = io.out.frame;
    const ts = frame.ts[i];
    const pending = state.get(bucketOf(io, 0, i));
    const at = pending === undefined ? -1 : lastUpTo(pending, ts);
    const found = pending !== undefined && at >= 0 && ts - pending.ts[at] <= tolerance ? pending.values[at] : null;
    const to = io.out.emit(ts, keyIn(out, frame, frame.key[i]));
    copyRow(frame, left.slots, i, out, io.slots, 0, to);
    putRow(out, io.slots, width, right.slots.length, to, found);
  }

  return {
    due: Infinity,
    row(input, i, watermark) {
      if (io.rows[input].frame.ts[i] <= watermark) {
        io.counts.late += 1;
        if (input === 0) io.late?.copy(0, i);
      } else if (input === 0) emitLeft(i);
      else keepRight(i, watermark);
    },
    advance() { /* A left row never waits. */ },
    save: () => state,
  };
}
