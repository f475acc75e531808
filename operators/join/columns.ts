import type { Frame } from '../../src/core/frame.ts';
import type { OperatorIo, StreamInfo } from '../../src/core/operator.ts';
import type { Field, Schema } from '../../src/core/types.ts';

/** The values of one row, copied out of its frame because the frame does not outlive the epoch. NaN and null are both null. */
export type Values = (number | string | null)[];

export function takeRow(frame: Frame, slots: readonly number[], i: number): Values {
  const values: Values = new Array(slots.length);
  for (let j = 0; j < slots.length; j++) values[j] = slots[j] < 0 ? null : frame.cols[slots[j]][i];
  return values;
}

/** Writes `values` (or nulls for null) into row `i`, column j of them at `slots[from + j]`; a slot of -1 is a column nobody reads. */
export function putRow(frame: Frame, slots: readonly number[], from: number, count: number, i: number, values: Values | null): void {
  for (let j = 0; j < count; j++) {
    const slot = slots[from + j];
    if (slot < 0) continue;
    const col = frame.cols[slot];
    const value = values === null ? null : values[j];
    if (col instanceof Float64Array) col[i] = typeof value === 'number' ? value : NaN;
    else col[i] = typeof value === 'string' ? value : null;
  }
}

export function putNumber(frame: Frame, slot: number, i: number, value: number): void {
  if (slot >= 0) (frame.cols[slot] as Float64Array)[i] = value;
}

/** Copies row `i` of `input` to row `to` of `out` with nothing in between: column `read[j]` to `write[from + j]`. */
export function copyRow(
  input: Frame, read: readonly number[], i: number, out: Frame, write: readonly number[], from: number, to: number,
): void {
  for (let j = 0; j < read.length; j++) {
    const slot = write[from + j];
    if (slot < 0) continue;
    const source = read[j];
    const target = out.cols[slot];
    if (target instanceof Float64Array) target[to] = source < 0 ? NaN : (input.cols[source] as Float64Array)[i];
    else target[to] = source < 0 ? null : (input.cols[source] as (string | null)[])[i];
  }
}

/** The id in `out`'s key table of key `key` of `input`. */
export function keyIn(out: Frame, input: Frame, key: number): number {
  return out.keys === input.keys ? key : out.keys.intern(input.keys.names[key], input.keys.symbols[key]);
}

/** What rows of two streams need in common to meet: the key; the symbol where only one side has a `by:`; nothing beside a market row. */
export type Bucket = number | string;

export function bucketOf(io: OperatorIo, input: number, i: number): Bucket {
  if (io.inputs[0].scope === 'market' || io.inputs[1].scope === 'market') return 0;
  const { key, keys } = io.rows[input].frame;
  return keys === io.rows[1 - input].frame.keys ? key[i] : keys.symbols[key[i]];
}

/** An id as the beginning of a column name. */
export const columnPrefix = (id: string): string => id.replace(/[^A-Za-z0-9_]/g, '_');

/** Left's columns, then right's; a name of the right that is taken already is prefixed by the right stream's id. */
export function joinedSchema(left: StreamInfo, right: StreamInfo): Schema {
  const out: Field[] = [...left.schema];
  const taken = new Set(out.map((f) => f.name));
  for (const field of right.schema) {
    let name = field.name;
    while (taken.has(name)) name = `${columnPrefix(right.id)}_${name}`;
    taken.add(name);
    out.push({ ...field, name });
  }
  return out;
}
