import type { Schema, Type } from '../core/types.ts';
import { ARROW } from './arrow-decode.ts';
import { flatBuffer } from './flat-write.ts';
import type { FlatMessage, FlatNode, FlatNumber } from './flat-write.ts';

/** Version 5 of the format's metadata: Arrow 1.0 and later. */
const V5 = 4;
const MICROSECOND = 2;
const SCHEMA = 1;
const DICTIONARY = 2;
const BATCH = 3;

/** Buffers of a column of one of our types. */
export const buffersOf = (type: Type): number => (type === 'text' ? 3 : 2);
/** Words are numbered in a byte where they are few. */
export const indexBytes = (type: Type): number => (typeof type === 'object' && type.values.length > 127 ? 4 : 1);

const short = (value: number): FlatNumber => ({ bytes: 2, value });
const byte = (value: number): FlatNumber => ({ bytes: 1, value });
const long = (value: number, mark?: string): FlatNumber => ({ bytes: 8, value, ...(mark === undefined ? {} : { mark }) });
const int = (bits: number): FlatNode => ({ table: [{ bytes: 4, value: bits }, byte(1)] });
const time = (): FlatNode => ({ table: [short(MICROSECOND), { text: 'UTC' }] });

function typeOf(type: Type): readonly [id: number, type: FlatNode] {
  if (type === 'text' || typeof type === 'object') return [ARROW.utf8, { table: [] }];
  if (type === 'bool') return [ARROW.bool, { table: [] }];
  if (type === 'i64') return [ARROW.int, int(64)];
  if (type === 'time') return [ARROW.timestamp, time()];
  if (type === 'duration') return [ARROW.duration, { table: [short(MICROSECOND)] }];
  return [ARROW.float, { table: [short(2)] }];
}

function field(name: string, type: Type, nullable: boolean, dictionary: FlatNode | null): FlatNode {
  const [id, node] = typeOf(type);
  return { table: [{ text: name }, byte(nullable ? 1 : 0), byte(id), node, dictionary, { tables: [] }] };
}

const coded = (id: number, bits: number): FlatNode => ({ table: [long(id), int(bits), byte(0)] });

const message = (kind: number, header: FlatNode): FlatMessage =>
  flatBuffer({ table: [short(V5), byte(kind), header, long(0, 'body')] });

/** A record batch whose lengths and places are filled in when there are rows. */
const batchNode = (columns: number, buffers: number): FlatNode => ({
  table: [long(0, 'length'), { longs: 2 * columns, per: 2, mark: 'nodes' }, { longs: 2 * buffers, per: 2, mark: 'buffers' }],
});

/** The metadata of a schema's messages: `ts`, `symbol` by dictionary 0, then the columns, words by dictionary 1 and up. */
export const schemaMessage = (columns: Schema): FlatMessage => message(SCHEMA, {
  table: [short(0), {
    tables: [
      field('ts', 'time', false, null), field('symbol', 'text', true, coded(0, 32)),
      ...columns.map((f, c) => field(f.name, f.type, true, typeof f.type === 'object' ? coded(c + 1, 8 * indexBytes(f.type)) : null)),
    ],
  }],
});

export const dictionaryMessage = (id: number): FlatMessage => message(DICTIONARY, { table: [long(id), batchNode(1, 3)] });

export const batchMessage = (columns: Schema): FlatMessage =>
  message(BATCH, batchNode(2 + columns.length, columns.reduce((n, f) => n + buffersOf(f.type), 4)));
