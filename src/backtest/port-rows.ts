import type { Column } from '../core/frame.ts';
import type { KeyTable } from '../core/keys.ts';
import type { EnumType, Schema } from '../core/types.ts';

/** Rows of one stream of a trading group in one epoch. */
export interface PortRows {
  readonly n: number;
  readonly sel: Int32Array | null;
  readonly ts: Float64Array;
  readonly key: Int32Array;
  readonly keys: KeyTable;
  readonly cols: readonly Column[];
  readonly schema: Schema;
}

/** A column of numbers by name. */
export const numbers = (rows: PortRows, name: string): Float64Array => {
  const c = rows.schema.findIndex((f) => f.name === name);
  if (c < 0) throw new TypeError(`no column ${name}`);
  return rows.cols[c] as Float64Array;
};

/** The words of a column that is an enumeration. */
export const wordsOf = (rows: PortRows, name: string): readonly string[] =>
  (rows.schema.find((f) => f.name === name)?.type as EnumType).values;
