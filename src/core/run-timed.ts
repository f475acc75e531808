import type { Calendar } from './calendar.ts';
import type { FieldSpec } from './field.ts';
import { Frame, type Column, type Rows } from './frame.ts';
import { KeyTable } from './keys.ts';
import {
  portsOf, type AggregateCall, type BoundArgs, type ColumnRef, type OperatorIo, type TimedInstance, type TimedOperator,
} from './operator.ts';
import type { Field, Schema } from './types.ts';

export type Cell = number | string | null;

/** A row of a stream: its time, its key and its columns by name. A column that is left out is null. */
export interface TimedRow {
  readonly ts: number;
  readonly key: string;
  readonly [column: string]: Cell;
}

export interface TimedInput {
  readonly schema: Schema;
  /** In order of arrival. */
  readonly rows: readonly TimedRow[];
}

export interface TimedRun {
  readonly lateness?: number;
  readonly late?: 'drop' | 'side_output' | 'update';
  readonly calendar?: Calendar;
  /** Numbers of rows after which the operator is saved, thrown away and made again from what it saved. */
  readonly cuts?: readonly number[];
  /** Leaves out the end of the stream, at which everything open comes out. */
  readonly open?: boolean;
  /** Which input each row comes from, in order of arrival; without it the rows of input 0 come first, then those of 1. */
  readonly order?: readonly number[];
}

export interface TimedResult {
  readonly rows: readonly TimedRow[];
  /** Rows of each further stream of the operator. */
  readonly ports: Readonly<Record<string, readonly TimedRow[]>>;
  /** Rows copied to the side output. */
  readonly late: readonly TimedRow[];
  readonly counts: { filtered: number; late: number };
  /** What `save` gave at the end. */
  readonly saved: unknown;
}

const ALWAYS: Calendar = { name: '', sessionAt: () => ({ open: -Infinity, close: Infinity, day: 0 }), isOpen: () => true };

interface Side {
  readonly frame: Frame;
  readonly rows: Rows;
  readonly schema: Schema;
}

function sideOf(keys: KeyTable, input: TimedInput): Side {
  const frame = new Frame(keys, input.schema, Math.max(1, input.rows.length));
  return { frame, rows: { frame, n: 0, sel: null }, schema: input.schema };
}

function load({ frame, schema }: Side, row: TimedRow, seq: number): number {
  const i = frame.push(seq, row.ts, frame.keys.intern(row.key));
  schema.forEach((f, c) => {
    const value = row[f.name] ?? null;
    frame.cols[c][i] = (value === null && f.type !== 'text' ? NaN : value) as never;
  });
  return i;
}

const cellOf = (col: Column, i: number): Cell => {
  const x = col[i];
  return typeof x === 'number' && Number.isNaN(x) ? null : x;
};

function rowsOf(frame: Frame, schema: Schema): TimedRow[] {
  return Array.from({ length: frame.n }, (_, i) => {
    const cells: Record<string, Cell> = {};
    schema.forEach((f, c) => {
      cells[f.name] = cellOf(frame.cols[c], i);
    });
    return { ts: frame.ts[i], key: frame.keys.names[frame.key[i]], ...cells };
  });
}

/** The column of an input as operators get it from the planner. */
export function columnOf(schema: Schema, name: string, input = 0): ColumnRef {
  const slot = schema.findIndex((f) => f.name === name);
  return { input, slot, type: schema[slot]?.type ?? 'f64', label: name };
}

/** Settings with the defaults that the checker would have put in; a `formula` default that names a column of the input is that column. */
export function withFieldDefaults(op: TimedOperator, args: BoundArgs, schema: Schema): BoundArgs {
  const out: Record<string, unknown> = { ...args };
  for (const [name, field] of Object.entries(op.fields) as [string, FieldSpec][]) {
    if (name in out || field.default === undefined) continue;
    if (field.kind !== 'formula') out[name] = field.default;
    else if (schema.some((f) => f.name === field.default)) out[name] = columnOf(schema, field.default as string);
  }
  return out;
}

/**
 * Drives a timed operator over arrays by the engine's protocol: before a row, timers up to just before its time; the row with the
 * watermark in force before it; then timers up to the new watermark (newest time - lateness - 1). For contract tests of operators.
 */
export function runTimed(op: TimedOperator, settings: BoundArgs, inputs: readonly TimedInput[], run: TimedRun = {}): TimedResult {
  const args = withFieldDefaults(op, settings, inputs[0].schema);
  const keys = new KeyTable();
  const sides = inputs.map((input) => sideOf(keys, input));
  const streams = inputs.map((input, k) => ({ id: `input${k}`, schema: input.schema, clock: `input${k}`, scope: 'key' as const }));
  const own = op.schema(args, streams);
  const calls = (args.columns as readonly AggregateCall[] | undefined) ?? [];
  const added = op.fields.columns?.kind !== 'aggregates' ? [] : calls.map((call, k): Field => {
    if (call.slot !== own.length + k) throw new TypeError(`aggregate ${k} must be written to slot ${own.length + k}`);
    return { name: `a${k}`, type: call.args[0]?.type === 'text' && ['first', 'last'].includes(call.fn) ? 'text' : 'f64' };
  });
  const schema = [...own, ...added];
  const out = new Frame(keys, schema, 16);
  const ports = portsOf(op, args, streams).map(([name, its]) => ({ name, schema: its, frame: new Frame(keys, its, 16) }));
  const late: TimedRow[] = [];
  const counts = { filtered: 0, late: 0 };
  let seq = 0;
  const policy = run.late ?? 'drop';
  const io: OperatorIo = {
    rows: sides.map((s) => s.rows),
    inputs: sides.map((s) => ({ schema: s.schema, slots: s.schema.map((_, j) => j), scope: 'key' as const })),
    out: { frame: out, emit: (ts, key) => out.push(seq, ts, key) },
    ports: Object.fromEntries(ports.map(({ name, schema: its, frame }) => [
      name, { out: { frame, emit: (ts: number, key: number) => frame.push(seq, ts, key) }, slots: its.map((_, j) => j) },
    ])),
    late: policy === 'side_output' ? { copy: (input, i) => late.push(rowsOf(sides[input].frame, sides[input].schema)[i]) } : null,
    slots: own.map((_, j) => j),
    time: { lateness: run.lateness ?? 0, late: policy, calendar: run.calendar ?? ALWAYS },
    counts,
  };
  let it: TimedInstance = op.create(args, io, undefined);
  let watermark = -Infinity;
  const advance = (to: number): void => {
    if (it.due <= to) it.advance(to);
  };
  const order = run.order ?? inputs.flatMap((input, k) => input.rows.map(() => k));
  const at = inputs.map(() => 0);
  for (const k of order) {
    const row = inputs[k].rows[at[k]++];
    const i = load(sides[k], row, seq);
    sides[k].rows.n = sides[k].frame.n;
    const before = watermark;
    watermark = Math.max(watermark, row.ts - io.time.lateness - 1);
    advance(Math.min(watermark, row.ts - 1));
    it.row(k, i, before);
    advance(watermark);
    seq++;
    if (run.cuts?.includes(seq)) it = op.create(args, io, structuredClone(it.save()));
  }
  if (run.open !== true) it.advance(Infinity);
  const further = Object.fromEntries(ports.map((p) => [p.name, rowsOf(p.frame, p.schema)]));
  return { rows: rowsOf(out, schema), ports: further, late, counts, saved: it.save() };
}
