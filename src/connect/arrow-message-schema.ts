import { ARROW } from './arrow-decode.ts';
import type { ArrowColumnType } from './arrow-decode.ts';
import { Damaged } from './flat-view.ts';
import type { FlatView } from './flat-view.ts';

/** Types of the format by their numbers, for what is said of those that no row is read from. */
const NAMES = [
  'none', 'null', 'int', 'float', 'binary', 'utf8', 'bool', 'decimal', 'date', 'time', 'timestamp', 'interval', 'list', 'struct', 'union',
  'fixed-size binary', 'fixed-size list', 'map', 'duration', 'large binary', 'large utf8', 'large list', 'run-end encoded', 'binary view',
  'utf8 view', 'list view', 'large list view',
];
/** Columns of two buffers, or of three where there are offsets; one of none is all null. Others are not looked into. */
const BUFFERS: Readonly<Record<number, number>> = {
  1: 0, 2: 2, 3: 2, 4: 3, 5: 3, 6: 2, 7: 2, 8: 2, 9: 2, 10: 2, 11: 2, 15: 2, 18: 2, 19: 3, 20: 3,
};
const FIELDS = 512;

/** A column of a message as its schema tells it. */
export interface MessageField {
  readonly name: string;
  /** The values', or the dictionary's. */
  readonly type: ArrowColumnType & { readonly signed: boolean };
  /** Number of the dictionary and the type of the indexes, or null. */
  readonly dictionary: { readonly id: number; readonly index: ArrowColumnType & { readonly signed: boolean } } | null;
  readonly buffers: number;
}

type FieldType = MessageField['type'];

function intOf(v: FlatView, table: number): FieldType {
  const width = v.field(table, 0);
  const signed = v.field(table, 1);
  const bitWidth = width === 0 ? 0 : v.i32(width);
  if (![8, 16, 32, 64].includes(bitWidth)) throw new Damaged(`has integers of ${bitWidth} bits`);
  return { typeId: ARROW.int, bitWidth, signed: signed !== 0 && v.u8(signed) !== 0, toString: () => `int${bitWidth}` };
}

function typeOf(v: FlatView, id: number, table: number): FieldType {
  if (id === ARROW.int) return intOf(v, table);
  const first = v.field(table, 0);
  const word = (missing: number): number => (first === 0 ? missing : v.i16(first));
  const name = NAMES[id] ?? `type ${id}`;
  const plain = { typeId: id, signed: true, toString: () => name };
  if (id === ARROW.float) return { ...plain, precision: word(0) };
  if (id === ARROW.date) return { ...plain, unit: word(1) };
  if (id === ARROW.timestamp || id === ARROW.duration) {
    const unit = word(id === ARROW.timestamp ? 0 : 1);
    if (unit < 0 || unit > 3) throw new Damaged(`has the unit of time ${unit}`);
    return { ...plain, unit, timezone: id === ARROW.timestamp ? v.text(v.child(table, 1)) : null };
  }
  return plain;
}

function fieldOf(v: FlatView, at: number): MessageField {
  const name = v.text(v.child(at, 0));
  const kind = v.field(at, 2);
  const id = kind === 0 ? 0 : v.u8(kind);
  const buffers = BUFFERS[id];
  if (buffers === undefined || v.count(v.child(at, 5), 4) > 0) {
    throw new Damaged(`has the column \`${name.slice(0, 64)}\` of type ${NAMES[id] ?? id}, which a message cannot have`);
  }
  const table = v.child(at, 3);
  if (table === 0) throw new Damaged('has a column without a type');
  const type = typeOf(v, id, table);
  const encoding = v.child(at, 4);
  if (encoding === 0) return { name, type, dictionary: null, buffers };
  const number = v.field(encoding, 0);
  const index = v.child(encoding, 1);
  return {
    name, type, buffers: 2,
    dictionary: {
      id: number === 0 ? 0 : v.size(number),
      index: index === 0 ? { typeId: ARROW.int, bitWidth: 32, signed: true, toString: () => 'int32' } : intOf(v, index),
    },
  };
}

/** The columns of a schema message. Nested columns and views are refused: their buffers are not those of a table of rows. */
export function readSchema(v: FlatView, schema: number): readonly MessageField[] {
  const endian = v.field(schema, 0);
  if (endian !== 0 && v.i16(endian) !== 0) throw new Damaged('is big-endian');
  const fields = v.child(schema, 1);
  const n = v.count(fields, 4);
  if (n === 0 || n > FIELDS) throw new Damaged(`has ${n} columns`);
  return Array.from({ length: n }, (_, i) => {
    const at = fields + 4 + 4 * i;
    return fieldOf(v, at + v.u32(at));
  });
}
