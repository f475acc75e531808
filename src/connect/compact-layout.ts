import { typeName } from '../core/types.ts';
import type { Schema, Type } from '../core/types.ts';

/** What stands at the beginning of a `compact` message; CODECS_DOC in message-doc.ts tells the layout, and the reference with it. */
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
