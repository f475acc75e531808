import type { OperatorIo, TimedInstance } from '../../src/core/operator.ts';
import { bucketOf, keyIn, putRow, takeRow, type Bucket, type Values } from './columns.ts';

export interface PairingOptions {
  /** A left row at t meets right rows in [t - before, t + after]; both 0 joins on equal times. */
  readonly before: number;
  readonly after: number;
  /** Rows that met nobody come out alone once the watermark has passed their last chance. */
  readonly outer: boolean;
}

interface Held {
  readonly ts: number;
  readonly key: number;
  readonly bucket: Bucket;
  readonly values: Values;
  met: boolean;
}

/** Rows of one input in event-time order, equal times in order of arrival: all of them, and those of each bucket. */
interface Side {
  readonly line: Held[];
  readonly buckets: Map<Bucket, Held[]>;
}

interface Saved {
  readonly sides: readonly [Side, Side];
}

const blankSide = (): Side => ({ line: [], buckets: new Map() });

function insert(list: Held[], row: Held): void {
  let at = list.length;
  while (at > 0 && list[at - 1].ts > row.ts) at -= 1;
  list.splice(at, 0, row);
}

const byTimeKeySide = (a: readonly [Held, number], b: readonly [Held, number]): number =>
  a[0].ts - b[0].ts || a[0].key - b[0].key || a[1] - b[1];

/** Inner, outer and interval join: a pair comes out when the second of the two arrives, at the later of the two event times. */
export class Pairing implements TimedInstance {
  due: number;
  private readonly io: OperatorIo;
  private readonly o: PairingOptions;
  private readonly sides: readonly [Side, Side];
  private readonly widths: readonly number[];
  /** How long after its own time a row of each side can still meet one that is not late. */
  private readonly reach: readonly [left: number, right: number];
  /** A market row has no symbol to give to a pair. */
  private readonly leftIsMarket: boolean;

  constructor(io: OperatorIo, o: PairingOptions, saved: unknown) {
    this.io = io;
    this.o = o;
    this.sides = (saved as Saved | undefined)?.sides ?? [blankSide(), blankSide()];
    this.widths = io.inputs.map((s) => s.schema.length);
    this.reach = [o.after, o.before];
    this.leftIsMarket = io.inputs[0].scope === 'market';
    this.due = this.earliest();
  }

  row(input: number, i: number, watermark: number): void {
    const { io } = this;
    const frame = io.rows[input].frame;
    const ts = frame.ts[i];
    if (ts <= watermark) {
      io.counts.late += 1;
      if (input === 0) io.late?.copy(0, i);
      return;
    }
    const key = keyIn(io.out.frame, frame, frame.key[i]);
    const bucket = bucketOf(io, input, i);
    const row: Held = { ts, key, bucket, values: takeRow(frame, io.inputs[input].slots, i), met: false };
    this.meet(input, row, this.sides[1 - input].buckets.get(bucket));
    const { line, buckets } = this.sides[input];
    insert(line, row);
    const own = buckets.get(bucket);
    if (own === undefined) buckets.set(bucket, [row]);
    else insert(own, row);
    this.due = Math.min(this.due, ts + this.reach[input]);
  }

  advance(watermark: number): void {
    if (this.due > watermark) return;
    const gone = this.expired(watermark);
    this.due = this.earliest();
    gone.sort(byTimeKeySide);
    for (const [row, side] of gone) {
      if (row.met) continue;
      if (this.o.outer) this.emit(side === 0 ? row : null, side === 1 ? row : null);
      else this.io.counts.filtered += 1;
    }
  }

  save(): Saved {
    return { sides: this.sides };
  }

  private meet(input: number, row: Held, others: readonly Held[] | undefined): void {
    if (others === undefined) return;
    const { before, after } = this.o;
    const from = row.ts - (input === 0 ? before : after);
    const to = row.ts + (input === 0 ? after : before);
    for (const other of others) {
      if (other.ts > to) break;
      if (other.ts < from) continue;
      row.met = other.met = true;
      if (input === 0) this.emit(row, other);
      else this.emit(other, row);
    }
  }

  private emit(left: Held | null, right: Held | null): void {
    const { io, widths } = this;
    const ts = Math.max(left?.ts ?? -Infinity, right?.ts ?? -Infinity);
    const named = left !== null && (right === null || !this.leftIsMarket) ? left : right as Held;
    const i = io.out.emit(ts, named.key);
    putRow(io.out.frame, io.slots, 0, widths[0], i, left === null ? null : left.values);
    putRow(io.out.frame, io.slots, widths[0], widths[1], i, right === null ? null : right.values);
  }

  /** Takes the rows out that can meet nobody any more. */
  private expired(watermark: number): [Held, number][] {
    const gone: [Held, number][] = [];
    for (const side of [0, 1]) {
      const { line, buckets } = this.sides[side];
      let n = 0;
      while (n < line.length && line[n].ts + this.reach[side] <= watermark) n += 1;
      for (const row of line.splice(0, n)) {
        gone.push([row, side]);
        // Both lists have the same order, so the row is the first of its bucket.
        const own = buckets.get(row.bucket) as Held[];
        if (own.length === 1) buckets.delete(row.bucket);
        else own.shift();
      }
    }
    return gone;
  }

  private earliest(): number {
    const [left, right] = this.sides;
    const l = left.line.length === 0 ? Infinity : left.line[0].ts + this.reach[0];
    const r = right.line.length === 0 ? Infinity : right.line[0].ts + this.reach[1];
    return Math.min(l, r);
  }
}
