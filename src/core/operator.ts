import type { Calendar } from './calendar.ts';
import type { FieldsSpec } from './field.ts';
import type { Frame, Rows } from './frame.ts';
import type { Family } from './kernel.ts';
import type { LayoutSpec } from './layout.ts';
import type { Field, Schema, Type } from './types.ts';

/** A column that a formula, or a column name, of an operator's settings was compiled to: `frame.cols[slot]` of input `input`. */
export interface ColumnRef {
  readonly input: number;
  readonly slot: number;
  readonly type: Type;
  /** The column's name where the setting was a bare name, else the formula's text. */
  readonly label: string;
}

/** One aggregate of an `aggregates` setting: write its value to output slot `slot` whenever a row is emitted. */
export interface AggregateCall {
  readonly fn: AggregateName;
  readonly args: readonly ColumnRef[];
  /** The probability of `quantile`. */
  readonly param: number;
  readonly slot: number;
}

export const AGGREGATES = Object.freeze([
  'count', 'sum', 'mean', 'min', 'max', 'first', 'last', 'stdev', 'var', 'median', 'quantile', 'vwap', 'distinct',
] as const);
export type AggregateName = (typeof AGGREGATES)[number];

/**
 * Settings as `create` gets them. Literals stay what they are; `formula` is a ColumnRef; `names` are ColumnRefs; `formulas` is a record of
 * ColumnRefs; `aggregates` is a list of AggregateCall.
 */
export type BoundArgs = Readonly<Record<string, unknown>>;

/** How rows of a stream are keyed: one state per key, or one for the whole market (key `*`). */
export type Scope = 'key' | 'market';

export interface StreamInfo {
  readonly id: string;
  readonly schema: Schema;
  readonly clock: string;
  readonly scope: Scope;
}

export interface TimePolicy {
  /** Event time that the watermark stays behind the newest row, microseconds. */
  readonly lateness: number;
  readonly late: 'drop' | 'side_output' | 'update';
  readonly calendar: Calendar;
}

/** Where an operator of its own row clock puts rows. The row's seq is that of the source row being processed. */
export interface Emitter {
  readonly frame: Frame;
  /** Appends a row and returns its index; write every column of it: `frame.cols[slot][i]`. */
  emit(ts: number, key: number): number;
}

/** A further output stream of an operator, `<node>.<port>`. */
export interface Port {
  readonly out: Emitter;
  /** Slot in the port's frame of each column of its declared schema, by position. */
  readonly slots: readonly number[];
}

export interface InputColumns {
  readonly schema: Schema;
  readonly slots: readonly number[];
  readonly scope: Scope;
}

export interface OperatorIo {
  /** Input streams; the columns of `rows[k].frame` may be new arrays every epoch, so read them from the frame. */
  readonly rows: readonly Rows[];
  /** Columns of each input stream: `rows[k].frame.cols[inputs[k].slots[j]]` is column `inputs[k].schema[j]`. */
  readonly inputs: readonly InputColumns[];
  readonly out: Emitter;
  /** One for every name in `portNames`; rows carry the seq of the source row being processed, as those of `out` do. */
  readonly ports: Readonly<Record<string, Port>>;
  /** Present under `late: side_output`: a copy of a late input row goes to `<node>.late`. */
  readonly late: { copy(input: number, row: number): void } | null;
  /** Slot in the output frame of each column of the declared schema, by position; -1 where nobody reads it. */
  readonly slots: readonly number[];
  readonly time: TimePolicy;
  /** Counters of this node; add what the operator does with rows it does not fold. */
  readonly counts: { filtered: number; late: number };
  /** For an operator that is several nodes: where the rows of each input are counted. */
  readonly countsOf?: readonly { filtered: number; late: number }[];
}

/**
 * An operator with rows and timers of its own. Everything it remembers is what `save` returns: plain data that structuredClone copies
 * (numbers, text, typed arrays, Map, Set, objects). The engine copies it; `create` with it resumes exactly.
 */
export interface TimedInstance {
  /** Earliest event time at which `advance` has something to do; Infinity for none. */
  readonly due: number;
  /**
   * Row `i` of input `input`; rows come in total order, after `advance` up to just before the row's own time.
   * `watermark` is the one in force before the source row that this row belongs to: a window that closes at or before it has fired.
   */
  row(input: number, i: number, watermark: number): void;
  /**
   * No more rows at or before `watermark` will come, except late ones: with lateness L and newest row T it is T - L - 1, as rows of equal
   * time follow each other. Timers fire in (time, key) order. Infinity is the end of the stream.
   */
  advance(watermark: number): void;
  save(): unknown;
}

/** What an operator remembers, for `explain`. */
export interface StateSize {
  /** Bytes per key that do not depend on the data; a copy of the state is about as large. */
  readonly bytes: number;
  /** What is kept beside them and depends on the data, in words such as `and the rows of the last 5m`; null for nothing. */
  readonly grows: string | null;
}

interface OperatorBase {
  readonly kind: 'operator';
  readonly name: string;
  readonly family: Family;
  readonly summary: string;
  readonly doc: string;
  readonly fields: FieldsSpec;
  /** The setting that a bare value fills: `filter: price > 0` fills `where`. */
  readonly shorthand?: string;
  /** Least and most number of ids in `from:`. */
  readonly inputs: readonly [min: number, max: number];
  /** Whole `nodes:` entries that are validated as they stand on a trade source `trades` and bars `bars`. */
  readonly examples: readonly { readonly title: string; readonly yaml: string }[];
  /** What is wrong between settings that are right one by one: the field to point at and the message; or null. */
  readonly check?: (args: Readonly<Record<string, unknown>>) => { readonly field: string; readonly message: string } | null;
}

/** Lowered by the planner to kernels and expressions on the input's row clock (compute, filter, signal, ...). */
export interface PlannedOperator extends OperatorBase {
  readonly form: 'planned';
}

/** Rows on a clock of its own: bars, windows, joins, cross-sections. */
export interface TimedOperator extends OperatorBase {
  readonly form: 'timed';
  /** Own columns in slot order. Aggregates named in `aggregates` settings are added by the planner behind them. */
  readonly schema: (args: BoundArgs, inputs: readonly StreamInfo[]) => Schema;
  /**
   * Further output streams, each on a row clock of its own and on the keys of the node's own output: `fills` of node `account` is read as
   * `account.fills`. Exactly the names in `portNames`.
   */
  readonly ports?: (args: BoundArgs, inputs: readonly StreamInfo[]) => Readonly<Record<string, Schema>>;
  /** Names of the ports, known without the settings. */
  readonly portNames?: readonly string[];
  /** What the rows of each port are, for the reference. */
  readonly portDocs?: Readonly<Record<string, string>>;
  /** Name of the clock after the node's id: `1m` makes `bars@1m`. */
  readonly clock: (args: BoundArgs) => string;
  readonly scope?: (args: BoundArgs, inputs: readonly StreamInfo[]) => Scope;
  /** Input rows until the first output row can be there, for `explain`; null when it depends on time only. */
  readonly warmup?: (args: BoundArgs) => number | null;
  /** What is kept per key, for `explain`; left out, `explain` says that it is not known. */
  readonly stateSize?: (args: BoundArgs, inputs: readonly StreamInfo[], time: Pick<TimePolicy, 'lateness' | 'late'>) => StateSize;
  /** Its rows come from several keys together, so that the keys cannot be parted among processes. */
  readonly acrossKeys?: true;
  readonly create: (args: BoundArgs, io: OperatorIo, saved: unknown) => TimedInstance;
}

/**
 * Looks at every row of the input's clock, adds columns, may drop the row. State is a declared slab row per key.
 * `step` returns whether the row stays. The usual form of a custom operator.
 */
export interface RowOperator extends OperatorBase {
  readonly form: 'row';
  readonly schema: (args: BoundArgs, input: StreamInfo) => Schema;
  readonly warmup?: (args: BoundArgs) => number | null;
  readonly state: (args: BoundArgs) => LayoutSpec;
  /** `out[j]` is the column for schema position j; write row `i` of it. */
  readonly step: (args: BoundArgs, at: Readonly<Record<string, number>>) => RowStep;
}

export type RowStep = (S: Float64Array, b: number, frame: Frame, i: number, slots: readonly number[]) => boolean;

/** Awaited once an epoch: writes its columns for all rows (inference, lookups). Results may not depend on how rows are batched. */
export interface AsyncOperator extends OperatorBase {
  readonly form: 'async';
  readonly schema: (args: BoundArgs, input: StreamInfo) => Schema;
  readonly warmup?: (args: BoundArgs) => number | null;
  readonly create: (args: BoundArgs) => { run(rows: Rows, slots: readonly number[]): Promise<void>; close?(): Promise<void> };
}

/** Order in which the nodes of a trading group follow each other; each may be left out. */
export const TRADING_ROLES = Object.freeze(['size', 'rebalance', 'risk', 'broker'] as const);
export type TradingRole = (typeof TRADING_ROLES)[number];

/**
 * A part of a trading group: nodes that follow each other from a decision to its fills. What was filled decides what is sent next, so the
 * planner makes one timed operator, `desk`, of the whole group; this one only has the settings of its part.
 */
export interface TradingOperator extends OperatorBase {
  readonly form: 'trading';
  readonly role: TradingRole;
  readonly desk: TimedOperator;
  readonly portNames: readonly string[];
}

export type Operator = PlannedOperator | TimedOperator | RowOperator | AsyncOperator | TradingOperator;

type Definition<T extends Operator> = Omit<T, 'kind' | 'form'>;

export const trading = (d: Definition<TradingOperator>): TradingOperator => Object.freeze({ kind: 'operator', form: 'trading', ...d });
export const planned = (d: Definition<PlannedOperator>): PlannedOperator => Object.freeze({ kind: 'operator', form: 'planned', ...d });
export const timed = (d: Definition<TimedOperator>): TimedOperator => {
  for (const port of d.portNames ?? []) {
    // `<node>.late` are late rows, and a formula must be able to name a port.
    if (port === 'late' || !/^[a-z_][a-z0-9_]*$/.test(port)) throw new TypeError(`operator ${d.name}: \`${port}\` cannot be a port`);
  }
  return Object.freeze({ kind: 'operator', form: 'timed', ...d });
};
export const row = (d: Definition<RowOperator>): RowOperator => Object.freeze({ kind: 'operator', form: 'row', ...d });
export const asynchronous = (d: Definition<AsyncOperator>): AsyncOperator => Object.freeze({ kind: 'operator', form: 'async', ...d });

/** The schemas of an operator's ports, in the order of `portNames`. */
export function portsOf(op: TimedOperator, args: BoundArgs, inputs: readonly StreamInfo[]): readonly (readonly [name: string, Schema])[] {
  const made = op.ports?.(args, inputs) ?? {};
  const names = op.portNames ?? [];
  const stray = Object.keys(made).find((name) => !names.includes(name)) ?? names.find((name) => !Object.hasOwn(made, name));
  if (stray !== undefined) throw new TypeError(`operator ${op.name}: \`${stray}\` must be in both ports and portNames`);
  return names.map((name) => [name, made[name]]);
}

export const column = (name: string, type: Type = 'f64', doc?: string): Field => (doc === undefined ? { name, type } : { name, type, doc });
