import type { FieldsSpec, FieldValues } from './field.ts';

/**
 * State of one call of a function over a span of event time, for all keys. How many rows fall into a span is not known beforehand, so it
 * lies in arrays of its own that grow, and not in a slab; what `save` returns is its part of a checkpoint.
 */
export interface OverState {
  /** Makes room for keys 0..n-1; called before the rows of an epoch. */
  ensure(keys: number): void;
  /**
   * Takes a row of a key at time `ts` (microseconds) and returns the value over (end - span, end], where `end` is the newest time that the
   * key has seen. A late row inside the span counts from its arrival on; a row the span has left behind gives null and changes nothing.
   */
  step(key: number, ts: number, x: number, y: number, z: number, w: number, v: number): number;
  /** Plain data that structuredClone copies. A state that loads it goes on to the same bits. */
  save(): unknown;
  load(saved: unknown): void;
}

/** Parameters of a call but for `period`, which is the span. */
export type Others<F extends FieldsSpec> = Omit<FieldValues<F>, 'period'>;

/** Makes a function of the last `period` rows one of a span of time as well: `zscore(volume, 2h)` beside `zscore(volume, 120)`. */
export interface OverDefinition<F extends FieldsSpec> {
  /** Rows of a key until there is a value, 1 unless said. A value may cover less than the span while the key is young. */
  readonly warmup?: number;
  readonly create: (micros: number, p: Others<F>) => OverState;
}
