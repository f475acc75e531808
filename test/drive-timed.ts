import type { Calendar } from '../src/core/calendar.ts';
import { Frame, type Column, type Rows } from '../src/core/frame.ts';
import { KeyTable } from '../src/core/keys.ts';
import {
  column, type BoundArgs, type ColumnRef, type OperatorIo, type Scope, type StreamInfo, type TimedInstance, type TimedOperator,
} from '../src/core/operator.ts';
import type { Schema, Type } from '../src/core/types.ts';

/** An input of a test: its columns as `name` or `name:type`. */
export interface TestStream {
  readonly id: string;
  readonly columns: readonly string[];
  readonly scope?: Scope;
}

export type Cell = number | string | null;

/** One arriving row: input, event time, key, values in column order. The order in the list is the order of arrival. */
export type Arrival = readonly [input: number, ts: number, key: string, ...values: Cell[]];

export interface DriveOptions {
  readonly lateness?: number;
  /** Number of rows in each epoch, repeated; one epoch when left out. */
  readonly cuts?: readonly number[];
  /** Arrivals before which the operator is saved, thrown away and made again. */
  readonly restoreAt?: ReadonlySet<number>;
  readonly late?: 'drop' | 'side_output';
  /** Hidden columns behind the operator's own, as the planner adds them for aggregates. */
  readonly hidden?: readonly Type[];
}

export interface Driven {
  /** Emitted rows: seq, ts, key and the columns by name (`#0`, ... for hidden ones). */
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  readonly counts: { filtered: number; late: number };
  readonly lateRows: readonly (readonly [input: number, ts: number])[];
}

const NEVER: Calendar = { name: '24x7', sessionAt: (ts) => ({ open: ts, close: ts + 1, day: 0 }), isOpen: () => true };

export function schemaOf(columns: readonly string[]): Schema {
  return columns.map((c) => {
    const [name, type = 'f64'] = c.split(':');
    return column(name, type as Type);
  });
}

/** A reference to column `name` of input 0, as the planner makes it. */
export function ref(stream: TestStream, name: string): ColumnRef {
  const schema = schemaOf(stream.columns);
  const slot = schema.findIndex((f) => f.name === name);
  return { input: 0, slot, type: schema[slot].type, label: name };
}

const read = (col: Column, i: number): Cell => {
  const value = col[i];
  return typeof value === 'number' && Number.isNaN(value) ? null : value;
};

function fill(frame: Frame, i: number, values: readonly Cell[]): void {
  values.forEach((value, c) => {
    const col = frame.cols[c];
    if (col instanceof Float64Array) col[i] = typeof value === 'number' ? value : NaN;
    else col[i] = typeof value === 'string' ? value : null;
  });
}

/** A timed operator between its frames, driven by the engine's protocol: (seq, then time) order, timers inside the row that moved time. */
class Drive {
  readonly rows: Record<string, Cell>[] = [];
  readonly lateRows: (readonly [number, number])[] = [];
  readonly io: OperatorIo;
  private readonly op: TimedOperator;
  private readonly args: BoundArgs;
  private readonly schema: Schema;
  private readonly lateness: number;
  private it: TimedInstance;
  private seq = 0;
  private watermark = -Infinity;

  constructor(op: TimedOperator, args: BoundArgs, infos: readonly StreamInfo[], o: DriveOptions) {
    this.op = op;
    this.args = args;
    this.lateness = o.lateness ?? 0;
    const keys = new KeyTable();
    const own = op.schema(args, infos);
    this.schema = [...own, ...(o.hidden ?? []).map((type, c) => column(`#${c}`, type))];
    // Small frames, so that rows outgrow them.
    const out = new Frame(keys, this.schema, 2);
    const rows: Rows[] = infos.map((s) => ({ frame: new Frame(keys, s.schema, 4), n: 0, sel: null }));
    this.io = {
      rows,
      inputs: infos.map((s) => ({ schema: s.schema, slots: s.schema.map((_, c) => c), scope: s.scope })),
      out: { frame: out, emit: (ts, key) => out.push(this.seq, ts, key) },
      late: o.late === 'side_output' ? { copy: (input, i) => this.lateRows.push([input, rows[input].frame.ts[i]]) } : null,
      slots: own.map((_, c) => c), ports: {},
      time: { lateness: this.lateness, late: o.late ?? 'drop', calendar: NEVER },
      counts: { filtered: 0, late: 0 },
    };
    this.it = op.create(args, this.io, undefined);
  }

  restore(): void {
    this.it = this.op.create(this.args, this.io, structuredClone(this.it.save()));
  }

  arrive([input, ts, key, ...values]: Arrival, seq: number): void {
    this.seq = seq;
    const frame = this.io.rows[input].frame;
    const i = frame.push(seq, ts, frame.keys.intern(key));
    fill(frame, i, values);
    const before = this.watermark;
    this.watermark = Math.max(before, ts - this.lateness - 1);
    this.advance(Math.min(ts - 1, this.watermark));
    this.it.row(input, i, before);
    this.advance(this.watermark);
  }

  advance(watermark: number): void {
    if (this.it.due <= watermark) this.it.advance(watermark);
  }

  endEpoch(): void {
    const out = this.io.out.frame;
    for (let i = 0; i < out.n; i++) {
      const row: Record<string, Cell> = { seq: out.seq[i], ts: out.ts[i], key: out.keys.names[out.key[i]] };
      this.schema.forEach((f, c) => {
        row[f.name] = read(out.cols[c], i);
      });
      this.rows.push(row);
    }
    out.n = 0;
    for (const r of this.io.rows) r.frame.n = 0;
  }
}

/** Runs a timed operator over arrivals, for tests. */
export function drive(
  op: TimedOperator, args: BoundArgs, streams: readonly TestStream[], arrivals: readonly Arrival[], o: DriveOptions = {},
): Driven {
  const infos = streams.map((s) => ({ id: s.id, schema: schemaOf(s.columns), clock: s.id, scope: s.scope ?? ('key' as const) }));
  const d = new Drive(op, args, infos, o);
  const cuts = o.cuts ?? [Infinity];
  let epoch = 0;
  let left = cuts[0];
  arrivals.forEach((arrival, seq) => {
    if (o.restoreAt?.has(seq)) d.restore();
    d.arrive(arrival, seq);
    left -= 1;
    if (left > 0) return;
    d.endEpoch();
    epoch += 1;
    left = cuts[epoch % cuts.length];
  });
  d.advance(Infinity);
  d.endEpoch();
  return { rows: d.rows, counts: d.io.counts, lateRows: d.lateRows };
}
