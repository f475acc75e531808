import type { AggregateCall, ColumnRef } from './operator.ts';
import type { Type } from './types.ts';

/**
 * A typed setting: a kernel's parameter, or a key of a node, source or output. The checker, the JSON Schema, the reference page and
 * the completion are all derived from it.
 */
export interface FieldSpec<T = unknown, K extends FieldKind = FieldKind> {
  readonly kind: K;
  readonly doc: string;
  /** Absent means required, unless `optional`. */
  readonly default?: T;
  readonly optional?: boolean;
  readonly min?: number;
  readonly max?: number;
  /** Allowed words of a `choice`. */
  readonly values?: readonly string[];
  /** Type a `formula` must have. */
  readonly type?: Type;
  /** Members of an `object`, or of each entry of a `list`. */
  readonly fields?: FieldsSpec;
  /** The member of an `object` that a bare value fills: `commission: 1bps` is `commission: { percent: 1bps }`. */
  readonly shorthand?: string;
  /** A word allowed beside the kind itself, such as `exchange` for a duration. */
  readonly words?: readonly string[];
  /**
   * Unit of a number, for the reference. A `ratio` `per year` may be written `50bps/year`. A `span` in `amount`s may be a fraction: half
   * a currency unit is one, half a row is not.
   */
  readonly unit?: string;
  /** Phantom: the type after checking. */
  readonly _value?: T;
}

/**
 * - `int`, `number`, `duration` (microseconds), `span` (rows or microseconds), `ratio` (`0.5%`, `10bps`), `flag`, `choice`, `text`
 * - `names`: column names; `texts`: a list of text; `ids`: node or source ids
 * - `formula`: a formula over the input's columns; `formulas`: a map name -> formula; `aggregates`: a map name -> formula with aggregates
 * - `object`: a nested map of fields; `list`: a list of such maps; `literal`: any scalar; `map`: a map of text to text
 * - `money`: an amount and a currency (`100000 USD`; without one it is USD); `time`: a date or a time, microseconds since 1970 UTC
 * - `ranges`: a map of a parameter's name to the values that a search tries, a list or `{ min, max, step }`
 */
export type FieldKind =
  | 'int' | 'number' | 'duration' | 'span' | 'ratio' | 'flag' | 'choice' | 'text' | 'names' | 'texts' | 'ids'
  | 'formula' | 'formulas' | 'aggregates' | 'object' | 'list' | 'literal' | 'map' | 'money' | 'time' | 'ranges';

export type FieldsSpec = Readonly<Record<string, FieldSpec>>;

/** A number of rows, or a length of event time in microseconds. */
export interface Span {
  readonly rows?: number;
  readonly micros?: number;
}

export interface Money {
  readonly amount: number;
  /** Three capital letters, ISO 4217. */
  readonly currency: string;
}

/** What a search tries for one parameter: the values listed, or those between two bounds, both included. */
export type SearchRange =
  | { readonly name: string; readonly values: readonly (string | number | boolean)[] }
  | {
    readonly name: string; readonly min: number; readonly max: number;
    /** Distance of neighbours, or number of values; without either every value is one. */
    readonly step?: number; readonly points?: number;
    readonly scale: 'linear' | 'log';
    /** Whole numbers only. */
    readonly integer: boolean;
  };

type Options<T> = { doc: string; default?: T; optional?: boolean; min?: number; max?: number; unit?: string };
type Made<T, K extends FieldKind, O> = O extends { optional: true } ? FieldSpec<T | undefined, K> : FieldSpec<T, K>;

const make = <T, K extends FieldKind>(kind: K) =>
  <O extends Options<T>>(options: O): Made<T, K, O> => Object.freeze({ kind, ...options }) as unknown as Made<T, K, O>;

export const int = make<number, 'int'>('int');
export const number = make<number, 'number'>('number');
export const duration = make<number, 'duration'>('duration');
export const span = make<Span, 'span'>('span');
export const ratio = make<number, 'ratio'>('ratio');
export const flag = make<boolean, 'flag'>('flag');
export const text = make<string, 'text'>('text');
export const names = make<readonly string[], 'names'>('names');
export const texts = make<readonly string[], 'texts'>('texts');
export const ids = make<readonly string[], 'ids'>('ids');
export const map = make<Readonly<Record<string, string>>, 'map'>('map');
export const money = make<Money, 'money'>('money');
export const time = make<number, 'time'>('time');
export const ranges = make<readonly SearchRange[], 'ranges'>('ranges');
export const literal = make<string | number | boolean, 'literal'>('literal');

export const choice = <const V extends readonly string[], const O extends { doc: string; default?: V[number]; optional?: boolean }>(
  values: V, options: O,
): Made<V[number], 'choice', O> => Object.freeze({ kind: 'choice', values, ...options }) as unknown as Made<V[number], 'choice', O>;

export const object = <F extends FieldsSpec, O extends { doc: string; optional?: boolean; shorthand?: keyof F & string }>(
  fields: F, options: O,
): Made<FieldValues<F>, 'object', O> =>
  Object.freeze({ kind: 'object', fields, ...options }) as unknown as Made<FieldValues<F>, 'object', O>;

export const list = <F extends FieldsSpec, O extends { doc: string; optional?: boolean }>(
  fields: F, options: O,
): Made<readonly FieldValues<F>[], 'list', O> =>
  Object.freeze({ kind: 'list', fields, ...options }) as unknown as Made<readonly FieldValues<F>[], 'list', O>;

type FormulaOptions = { doc: string; default?: string; optional?: boolean; type?: Type };

/**
 * A formula over the input's columns. `default` is the text of a formula; with `optional`, a default that names a column which the input
 * lacks leaves the setting undefined.
 */
export const formula = <const O extends FormulaOptions>(options: O): Made<ColumnRef, 'formula', O> =>
  Object.freeze({ kind: 'formula', ...options }) as unknown as Made<ColumnRef, 'formula', O>;
export const formulas = make<Readonly<Record<string, ColumnRef>>, 'formulas'>('formulas');
export const aggregates = make<readonly AggregateCall[], 'aggregates'>('aggregates');

export type FieldValues<F extends FieldsSpec> = { readonly [K in keyof F]: F[K] extends FieldSpec<infer T> ? T : never };
