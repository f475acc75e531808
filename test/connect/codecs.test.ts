import {
  Dictionary, Float32, Int32, Table, TimestampMillisecond, TimestampNanosecond, Utf8, makeData, makeVector, tableFromIPC, tableToIPC,
  vectorFromArray,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { fnv64, layoutHash, layoutText } from '../../src/connect/compact-layout.ts';
import { CODECS_DOC } from '../../src/connect/message-doc.ts';
import { SCHEMAS } from '../../src/core/types.ts';
import type { Schema } from '../../src/core/types.ts';
import { encodeAll, encoderFor, envelope, EVERY, open, rowsOf } from './message-support.ts';
import type { PlainRow } from './support.ts';

const TIME = 1_700_000_000_123_456;
const ROWS: readonly PlainRow[] = [
  [TIME, 'AAPL', 1.5, 7, 1, 'äé €', TIME + 1, 60_000_000, 2],
  [TIME + 1, 'BRK.B', -0.1, -9_007_199_254_740_991, 0, '', TIME, 0, 0],
  [TIME + 2, 'AAPL', null, null, null, null, null, null, null],
  [TIME + 3, null, null, null, null, null, null, null, null],
  [-1, 'ÄÖ', 5e-324, 0, 1, 'x'.repeat(300), -1, 1.5, 1],
];
const optional = EVERY.map((f) => f.name);

describe.each(['arrow', 'compact'])('%s', (codec) => {
  it('gives back what it was given, every type and null and heartbeats', () => {
    const { decoder, rows, bad } = open(EVERY, { codec }, { optional });
    const want = ROWS.map((r) => (codec === 'arrow' ? r.map((x, c) => (c === 7 && x === 1.5 ? 1 : x)) : r));
    for (let at = 0; at < 3; at++) {
      expect(decoder.decode(envelope(encodeAll(EVERY, codec, ROWS)), at)).toBe(ROWS.length);
      expect(rows()).toEqual(want);
      decoder.clear();
    }
    expect(bad).toEqual([]);
  });

  it('reads a message wherever it lies in memory', () => {
    const payload = encodeAll(EVERY, codec, ROWS);
    const { decoder } = open(EVERY, { codec }, { optional });
    for (let shift = 0; shift < 9; shift++) {
      const held = new Uint8Array(payload.length + shift);
      held.set(payload, shift);
      expect(decoder.decode(envelope(held.subarray(shift)), shift)).toBe(ROWS.length);
    }
  });

  it('refuses a message that is cut anywhere, and one that goes on', () => {
    const payload = encodeAll(EVERY, codec, ROWS);
    const { decoder, bad } = open(EVERY, { codec }, { optional });
    let whole = 0;
    for (let n = 0; n < payload.length; n++) if (decoder.decode(envelope(payload.subarray(0, n)), n) > 0) whole++;
    // Without its end-of-stream mark an Arrow stream is whole.
    expect(whole).toBe(codec === 'arrow' ? 1 : 0);
    expect(bad.length).toBe(payload.length - whole);
    expect(decoder.decode(envelope(Buffer.concat([payload, Buffer.alloc(8)])), 1)).toBe(0);
  });

  it('counts rows that lack what the schema needs, and keeps the others', () => {
    const { decoder, rows, bad } = open('trade', { codec });
    const payload = encodeAll('trade', codec, [[TIME, 'A', 1, 2, 1], [TIME, 'B', null, 2, 1], [TIME, 'C', 3, 4, null]]);
    expect(decoder.decode(envelope(payload), 9)).toBe(2);
    expect(rows()).toEqual([[TIME, 'A', 1, 2, 1], [TIME, 'C', 3, 4, null]]);
    expect(decoder.bad.count).toBe(1);
    expect(bad.map((b) => [b.at, b.subject, b.code, b.message, b.payload === undefined])).toEqual(
      [[9, 'md.trades.A', 'E753', 'row 1: `price` is empty', false]]);
  });
});

describe('arrow', () => {
  const nanos = BigInt64Array.from([TIME, TIME + 1], (t) => BigInt(t) * 1000n + 999n);
  const columns = {
    ts: makeVector(makeData({ type: new TimestampNanosecond(), data: nanos })), price: vectorFromArray([1.5, 2.5], new Float32()),
    qty: vectorFromArray([3, null], new Int32()), ticker: vectorFromArray(['A', 'B'], new Utf8()),
    side: vectorFromArray(['Sell', 'b'], new Dictionary(new Utf8(), new Int32())),
  };

  it('is read by the library', () => {
    const table = tableFromIPC(encodeAll(EVERY, 'arrow', ROWS));
    expect(table.schema.fields.map((f) => `${f.name}: ${String(f.type)}`)).toEqual([
      'ts: Timestamp<MICROSECOND, UTC>', 'symbol: Dictionary<Int32, Utf8>', 'f: Float64', 'i: Int64', 'b: Bool', 't: Utf8',
      'w: Timestamp<MICROSECOND, UTC>', 'd: Duration<MICROSECOND>', 'e: Dictionary<Int8, Utf8>']);
    expect(table.numRows).toBe(ROWS.length);
    expect([...table.getChild('symbol')!]).toEqual(['AAPL', 'BRK.B', 'AAPL', null, 'ÄÖ']);
    expect([...table.getChild('f')!]).toEqual([1.5, -0.1, null, null, 5e-324]);
    expect([...table.getChild('i')!]).toEqual([7n, -9_007_199_254_740_991n, null, null, 0n]);
    expect([...table.getChild('b')!]).toEqual([true, false, null, null, true]);
    expect([...table.getChild('t')!]).toEqual(['äé €', '', null, null, 'x'.repeat(300)]);
    expect([...table.getChild('e')!]).toEqual(['high', 'low', null, null, 'mid']);
  });

  it('reads what the library writes, by other names and types', () => {
    const payload = tableToIPC(new Table(columns), 'stream');
    const { decoder, rows, bad } = open('trade', { codec: 'arrow' });
    expect(decoder.decode(envelope(payload), 0)).toBe(1);
    expect(rows()).toEqual([[TIME, 'A', 1.5, 3, 0]]);
    expect(bad.map((b) => b.message)).toEqual(['row 1: `size` is empty']);
  });

  it('takes the symbol from the subject where there is no column of them', () => {
    const payload = tableToIPC(new Table({
      ts: vectorFromArray([1_700_000_000_000], new TimestampMillisecond()), price: vectorFromArray([1.5]), size: vectorFromArray([2.5]),
    }), 'stream');
    const { decoder, rows } = open('trade', { codec: 'arrow' });
    decoder.decode(envelope(payload, 'md.trades.X%2EY'), 0);
    expect(rows()).toEqual([[1.7e15, 'X.Y', 1.5, 2.5, null]]);
  });

  it('names the column that a message of another schema lacks', () => {
    const { decoder, bad } = open('quote', { codec: 'arrow' });
    expect(decoder.decode(envelope(tableToIPC(new Table(columns), 'stream')), 0)).toBe(0);
    expect(bad[0].message).toBe('a message of md.trades.{symbol} has no column for `bid`, `ask`');
  });
});

describe('compact', () => {
  /** Two trades of A and a heartbeat as the reference has them; made by a few lines of Python's `struct` as well. */
  const VECTOR = /```text\n(4d524342[\s\S]*?)```/.exec(CODECS_DOC)![1].replace(/\s/g, '');
  const PLAIN: readonly PlainRow[] = [[2 ** 41, 'A', 1.5, 3, 1], [2 ** 41 + 2 ** 37, 'A', 2.5, 4, null], [2 ** 42, null, null, null, null]];

  it('is the layout that is told, byte by byte', () => {
    expect(VECTOR.length).toBe(2 * 128);
    expect(Buffer.from(encodeAll('trade', 'compact', PLAIN)).toString('hex')).toBe(VECTOR);
    const { decoder, rows } = open('trade', { codec: 'compact' });
    expect(decoder.decode(envelope(Buffer.from(VECTOR, 'hex')), 0)).toBe(3);
    expect(rows()).toEqual(PLAIN);
  });

  it('hashes names and types', () => {
    expect([fnv64(''), fnv64('a'), fnv64('foobar')]).toEqual(['cbf29ce484222325', 'af63dc4c8601ec8c', '85944171f73967e8']);
    expect(layoutText(SCHEMAS.trade)).toBe('ts:time,symbol:text,price:f64,size:f64,side:sell|buy');
    expect(layoutHash(SCHEMAS.trade)).toBe('8f3cb634a1a1332f');
  });

  it('refuses another layout and names both, and another version', () => {
    const { decoder, bad } = open('quote', { codec: 'compact' });
    decoder.decode(envelope(Buffer.from(VECTOR, 'hex')), 0);
    const later = Buffer.from(VECTOR, 'hex');
    later[4] = 2;
    decoder.decode(envelope(later), 1);
    expect(bad.map((b) => [b.code, b.message])).toEqual([
      ['E717', 'the layout of the message is 8f3cb634a1a1332f, that of this source '
        + `${layoutHash(SCHEMAS.quote)} (${layoutText(SCHEMAS.quote)})`],
      ['E716', 'the message is no compact message: it has version 2; version 1 is read'],
    ]);
  });

  it('takes the symbol from the subject where the message has none, and wide words and indexes as they are', () => {
    const values = Array.from({ length: 300 }, (_, i) => `w${i}`);
    const schema: Schema = [{ name: 'w', type: { kind: 'enum', name: 'w', values } }];
    const many = Array.from({ length: 65_536 }, (_, i): PlainRow => [i, `S${i}`, i % 300]);
    const { decoder, rows } = open(schema, { codec: 'compact', max_bytes: 1 << 23 });
    expect(decoder.decode(envelope(encodeAll(schema, 'compact', many)), 0)).toBe(65_536);
    expect(JSON.stringify(rows()) === JSON.stringify(many)).toBe(true);
    decoder.clear();
    const own = Buffer.from(encodeAll(schema, 'compact', [[5, 'S', 299]]));
    const bare = Buffer.concat([own.subarray(0, 48), own.subarray(56)]);
    bare.writeUInt32LE(0, 20);
    bare.writeUInt32LE(0, 24);
    expect(decoder.decode(envelope(bare, 'md.trades.Q'), 1)).toBe(1);
    expect(rows()).toEqual([[5, 'Q', 299]]);
  });
});

it('json is a message a row, the others one for all rows of a subject', () => {
  const rows = rowsOf(EVERY, ROWS);
  expect(encoderFor(EVERY, 'json').encode(rows, Int32Array.of(3), 1)).toBe('{"heartbeat":"2023-11-14T22:13:20.123459Z"}');
  const kinds = ['json', 'arrow', 'compact'].map((c) => [encoderFor('trade', c).grouped, encoderFor('trade', c).most]);
  expect(kinds).toEqual([[false, 1], [true, 4096], [true, 4096]]);
  expect(encoderFor('trade', 'arrow').headers).toEqual([['Millrace-Schema', 'trade/1'], ['Millrace-Codec', 'arrow']]);
});
