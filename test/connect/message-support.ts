import { parseTemplate } from '../../src/bus/subject.ts';
import { SourceDecoder } from '../../src/connect/message-decode.ts';
import { OutputEncoder } from '../../src/connect/message-encode.ts';
import type { OutputRows, SourceContext } from '../../src/core/connector.ts';
import type { Column } from '../../src/core/frame.ts';
import { KeyTable } from '../../src/core/keys.ts';
import { HEADER } from '../../src/core/log.ts';
import type { BadMessage, Envelope } from '../../src/core/message.ts';
import type { Schema } from '../../src/core/types.ts';
import { SCHEMAS } from '../../src/core/types.ts';
import { contextFor } from './support.ts';
import type { PlainRow } from './support.ts';

export const SUBJECT = 'md.trades.{symbol}';

export const envelope = (payload: Uint8Array | string, subject = 'md.trades.A', codec = ''): Envelope => ({
  subject, payload: typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload,
  header: (name) => (name === HEADER.codec ? codec : ''),
});

export interface Opened {
  readonly decoder: SourceDecoder;
  readonly ctx: SourceContext;
  readonly bad: BadMessage[];
  /** Rows of the chunk as plain values, with null for NaN; the symbol of a heartbeat is null. */
  rows(): PlainRow[];
}

/** A decoder, and what it reported. */
export function open(
  schema: string | Schema, args: Readonly<Record<string, unknown>> = {}, o: { readonly scan?: boolean; readonly optional?: string[] } = {},
): Opened {
  const given = o.optional === undefined ? {} : { optional: o.optional };
  const ctx = contextFor(schema, { subject: SUBJECT, ...args }, given);
  const bad: BadMessage[] = [];
  const decoder = new SourceDecoder(ctx, {
    subject: parseTemplate(String(ctx.args.subject), 'source'), onBad: (m) => bad.push(m),
    ...(o.scan === undefined ? {} : { scan: o.scan }),
  });
  const rows = (): PlainRow[] => Array.from({ length: decoder.chunk.n }, (_, i) => [
    decoder.chunk.ts[i], decoder.chunk.key[i] < 0 ? null : ctx.keys.symbols[decoder.chunk.key[i]],
    ...decoder.chunk.cols.map((c) => (c[i] !== c[i] ? null : c[i])),
  ]);
  return { decoder, ctx, bad, rows };
}

/** Rows to write out from plain ones. */
export function rowsOf(schema: Schema, plain: readonly PlainRow[]): OutputRows {
  const keys = new KeyTable();
  const n = plain.length;
  return {
    n, sel: null, keys, seq: Float64Array.from({ length: n }, (_, i) => i), ts: Float64Array.from(plain, (r) => r[0] as number),
    key: Int32Array.from(plain, (r) => (r[1] === null ? -1 : keys.intern(String(r[1])))),
    cols: schema.map((f, c): Column => (f.type === 'text' ? plain.map((r) => r[c + 2] as string | null)
      : Float64Array.from(plain, (r) => (r[c + 2] === null ? NaN : (r[c + 2] as number))))),
  };
}

export const encoderFor = (schema: string | Schema, codec: string, subject = 'out.{symbol}'): OutputEncoder =>
  new OutputEncoder({
    id: 'o', pipeline: 'p', schema: typeof schema === 'string' ? SCHEMAS[schema] : schema, args: { subject, codec }, base: '.',
  }, parseTemplate(subject, 'output'));

/** All rows in one message. */
export function encodeAll(schema: string | Schema, codec: string, plain: readonly PlainRow[]): Uint8Array {
  const s = typeof schema === 'string' ? SCHEMAS[schema] : schema;
  const made = encoderFor(s, codec).encode(rowsOf(s, plain), Int32Array.from(plain, (_, i) => i), plain.length);
  return typeof made === 'string' ? Buffer.from(made, 'utf8') : made;
}

/** Every type that a column can have. */
export const EVERY: Schema = [
  { name: 'f', type: 'f64' }, { name: 'i', type: 'i64' }, { name: 'b', type: 'bool' }, { name: 't', type: 'text' },
  { name: 'w', type: 'time' }, { name: 'd', type: 'duration' },
  { name: 'e', type: { kind: 'enum', name: 'e', values: ['low', 'mid', 'high'] } },
];
