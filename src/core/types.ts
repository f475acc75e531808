/**
 * Column types. Numbers of every kind live in a Float64Array (NaN is null), text in an array of strings (null is null):
 * one numeric storage keeps every generated loop monomorphic (docs/decisions/0001).
 */
export interface EnumType {
  readonly kind: 'enum';
  readonly name: string;
  /** Members in ascending order; a value is stored as its index. */
  readonly values: readonly string[];
}

/** `time` is integer microseconds since 1970 UTC; `duration` is microseconds; `bool` is 1, 0 or NaN. */
export type Type = 'f64' | 'i64' | 'bool' | 'text' | 'time' | 'duration' | EnumType;

export interface Field {
  readonly name: string;
  readonly type: Type;
  readonly doc?: string;
}

/** Columns beside the four that every row has (`seq`, `ts`, `key` and, derived from the key, `symbol`). */
export type Schema = readonly Field[];

export const enumType = (name: string, ...values: string[]): EnumType =>
  Object.freeze({ kind: 'enum', name, values: Object.freeze(values) });

export const SIDE = enumType('side', 'sell', 'hold', 'buy');
/** The aggressor of a trade. */
export const TAKER = enumType('taker', 'sell', 'buy');
export const SEVERITY = enumType('severity', 'info', 'warning', 'critical');

export const typeName = (t: Type): string => (typeof t === 'string' ? t : t.values.join('|'));

export const isNumeric = (t: Type): boolean => t !== 'text';

export const sameType = (a: Type, b: Type): boolean =>
  typeof a === 'string' || typeof b === 'string' ? a === b : a.values.join() === b.values.join();

const f64 = (...names: string[]): Field[] => names.map((name) => ({ name, type: 'f64' }));

/** Schemas known by name in `schema:`. Every one also has `ts` and `symbol`. A column may be null. */
export const SCHEMAS: Readonly<Record<string, Schema>> = Object.freeze({
  trade: [...f64('price', 'size'), { name: 'side', type: TAKER }],
  quote: f64('bid', 'ask', 'bid_size', 'ask_size'),
  bar: f64('open', 'high', 'low', 'close', 'volume'),
  book: [...f64('price', 'size'), { name: 'side', type: TAKER }, { name: 'level', type: 'i64' }],
  news: [{ name: 'text', type: 'text' }, { name: 'sentiment', type: 'f64' }],
  signal: [{ name: 'side', type: SIDE }, ...f64('strength', 'confidence', 'price'), { name: 'reason', type: 'text' }],
  anomaly: [{ name: 'severity', type: SEVERITY }, ...f64('score'), { name: 'top', type: 'text' }],
});

/** Columns that a source may leave out without an error; they are then null. */
export const OPTIONAL_COLUMNS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  trade: ['side'], quote: ['bid_size', 'ask_size'], news: ['sentiment'], signal: ['strength', 'confidence', 'price', 'reason'],
});
