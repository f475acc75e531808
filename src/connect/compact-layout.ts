import { typeName } from '../core/types.ts';
import type { Schema, Type } from '../core/types.ts';

/**
 * The layout of a `compact` message, little-endian; the doc text of the `nats` connector tells it to whoever writes a producer.
 *
 *     0  4 bytes   "MRCB"
 *     4  u8        version, 1
 *     5  u8        bytes of an index of a symbol: 2 or 4
 *     6  u16       0
 *     8  u64       hash of the layout: FNV-1a of its text, such as "ts:time,symbol:text,price:f64,side:sell|buy"
 *     16 u32       rows
 *     20 u32       symbols
 *     24 u32       bytes of the texts of the symbols
 *     28 u32       0
 *     32 sections, each filled up with zeros to a multiple of 8 bytes:
 *        f64 x rows       ts, microseconds since 1970
 *        u16/u32 x rows   index of the symbol; all bits set marks a heartbeat
 *        u32 x symbols    length of each symbol, then their bytes, UTF-8
 *        a section for each column of the schema, in its order:
 *          f64, i64, time, duration   f64 x rows, NaN is null
 *          bool, words                u8 x rows: 0, 1, … in the order of the words; 255 is null
 *          text                       i32 x rows: length or -1 for null; then the bytes, UTF-8
 */
export const COMPACT = Object.freeze({ magic: 0x4243524d, version: 1, header: 32, none: 255 });

/** What a column is in a message. */
export const FORM = Object.freeze({ number: 0, code: 1, text: 2 });

/** More words than fit into a byte beside null are written as doubles. */
const isCode = (type: Type): boolean => type === 'bool' || (typeof type === 'object' && type.values.length < COMPACT.none);

export const formOf = (type: Type): number => (type === 'text' ? FORM.text : isCode(type) ? FORM.code : FORM.number);

export const layoutText = (schema: Schema): string =>
  ['ts:time', 'symbol:text', ...schema.map((f) => `${f.name}:${typeName(f.type)}`)].join(',');

/** FNV-1a of 64 bits over the UTF-8 of a text, as 16 hexadecimal digits. */
export function fnv64(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text, 'utf8')) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}

export const layoutHash = (schema: Schema): string => fnv64(layoutText(schema));

export const pad8 = (n: number): number => Math.ceil(n / 8) * 8;
