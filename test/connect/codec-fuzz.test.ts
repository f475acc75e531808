import { describe, expect, it } from 'vitest';
import type { Schema } from '../../src/core/types.ts';
import { SCHEMAS } from '../../src/core/types.ts';
import { counts, SEED, told } from '../harness/settings.ts';
import { EVERY, encodeAll, encoderFor, envelope, open, rowsOf } from './message-support.ts';
import type { Opened } from './message-support.ts';
import { Chance, jsonMessage, mutated, plainRows } from './messages.ts';
import type { PlainRow } from './support.ts';

const CODECS = ['json', 'arrow', 'compact'] as const;
type Codec = (typeof CODECS)[number];
const MESSAGES = counts(2_500, 120_000);
const OPTIONAL = EVERY.map((f) => f.name);
const SCHEMA_OF: Readonly<Record<Codec, Schema>> = { json: SCHEMAS.trade, arrow: EVERY, compact: EVERY };

/** A message of some rows; in JSON a list of what the encoder makes of each. */
function encoded(codec: Codec, schema: Schema, plain: readonly PlainRow[]): Uint8Array {
  if (codec !== 'json') return encodeAll(schema, codec, plain);
  const encoder = encoderFor(schema, codec);
  const rows = rowsOf(schema, plain);
  return Buffer.from(`[${plain.map((_, i) => String(encoder.encode(rows, Int32Array.of(i), 1))).join(',')}]`, 'utf8');
}

function hostile(c: Chance, codec: Codec, schema: Schema): Buffer {
  const pick = c.next();
  if (pick < 0.02) return Buffer.alloc(0);
  if (pick < 0.08) return Buffer.from(Array.from({ length: c.below(200) }, () => c.below(256)));
  if (codec === 'json') return jsonMessage(c);
  // Now and then the message of another codec.
  if (pick < 0.12) return jsonMessage(c);
  const whole = encodeAll(schema, pick < 0.15 ? (codec === 'arrow' ? 'compact' : 'arrow') : codec, plainRows(c, schema, c.below(12)));
  return c.next() < 0.2 ? Buffer.from(whole) : mutated(c, whole);
}

/** Everything that a message left behind, as text. */
function outcome(o: Opened, payload: Uint8Array, at: number): string {
  o.decoder.clear();
  const before = o.decoder.bad.count;
  const reported = o.bad.length;
  const n = o.decoder.decode(envelope(payload), at);
  const bad = o.decoder.bad.count - before;
  expect(o.decoder.chunk.n).toBe(n);
  if (n === 0 && bad === 0) throw new Error('neither a row nor a fault');
  expect(o.bad.length - reported).toBe(bad > 0 ? 1 : 0);
  if (bad > 0) expect(o.bad.at(-1)!.payload).toBe(payload);
  return `${JSON.stringify(o.rows())} ${bad} ${bad > 0 ? o.bad.pop()!.message : ''}`;
}

describe.each(CODECS)('%s', (codec) => {
  const schema = SCHEMA_OF[codec];
  const fresh = (): Opened => open(schema, { codec }, { optional: OPTIONAL });

  it('takes whatever comes: no throw, rows or a fault, bounded memory, and the good message after it', () => {
    const c = new Chance(SEED);
    const o = fresh();
    const good = encoded(codec, schema, plainRows(new Chance(1), schema, 8));
    const want = outcome(fresh(), good, 0);
    let rows = 0;
    let alone = 0;
    for (let i = 0; i < MESSAGES; i++) {
      const payload = hostile(c, codec, schema);
      const got = outcome(o, payload, i);
      rows += o.decoder.chunk.n;
      // What a message becomes does not depend on those before it.
      if (i % 50 === 0) {
        alone++;
        if (outcome(fresh(), payload, i) !== got) throw new Error(`message ${i} reads otherwise by itself: ${payload.toString('hex')}`);
        expect(outcome(o, good, i)).toBe(want);
      }
      expect(o.decoder.chunk.ts.length).toBeLessThanOrEqual(131_072);
    }
    const { bad } = o.decoder;
    told(`fuzz ${codec}`, `${MESSAGES} messages, ${rows} rows, ${bad.count} bad, ${alone} read by themselves`);
    expect(bad.first.length).toBeLessThanOrEqual(100);
    for (const b of bad.first) expect(b.message.length + b.raw.length).toBeLessThanOrEqual(360);
    expect(bad.count).toBeGreaterThan(MESSAGES / 4);
    expect(rows).toBeGreaterThan(MESSAGES / 4);
  }, 900_000);

  it('gives back the rows that were written, bit by bit', () => {
    const c = new Chance(SEED + 1);
    const o = open(EVERY, { codec }, { optional: OPTIONAL });
    let rows = 0;
    const n = counts(200, 20_000);
    for (let i = 0; i < n; i++) {
      const plain = plainRows(c, EVERY, 1 + c.below(20));
      o.decoder.clear();
      expect(o.decoder.decode(envelope(encoded(codec, EVERY, plain)), i)).toBe(plain.length);
      const got = o.rows();
      if (JSON.stringify(got) !== JSON.stringify(plain) || got.some((r, k) => r.some((x, j) => !Object.is(x, plain[k][j])))) {
        expect(got).toEqual(plain);
        throw new Error('a bit differs');
      }
      rows += plain.length;
    }
    expect(o.decoder.bad.count).toBe(0);
    expect(rows).toBeGreaterThan(5 * n);
  }, 900_000);
});

it.each(['arrow', 'compact'] as const)('%s: one bit of one price changed is one other row', (codec) => {
  const plain: readonly PlainRow[] = [[1_700_000_000_000_000, 'A', 1.5, 2, 1], [1_700_000_000_000_001, 'A', 2.5, 3, 0]];
  const payload = Buffer.from(encodeAll('trade', codec, plain));
  const price = Buffer.alloc(8);
  price.writeDoubleLE(2.5);
  payload[payload.indexOf(price)] ^= 1;
  const { decoder, rows } = open('trade', { codec });
  decoder.decode(envelope(payload), 0);
  expect(rows()[0]).toEqual(plain[0]);
  expect(rows()[1]).toEqual([plain[1][0], 'A', 2.5 + 2 ** -51, 3, 0]);
});

describe('json that is no row', () => {
  const trade = (rest: string): string => `{"ts":1700000000000000,"price":1,"size":2${rest}}`;
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const keys = (n: number): string => `{${Array.from({ length: n }, (_, i) => `"k${i}":1`).join()}}`;
  it.each([
    ['nothing', '', 'E719'], ['no rows', '[]', 'E719'], ['half an object', '{', 'E757'], ['null', 'null', 'E757'],
    ['a number', '1', 'E757'],
    ['a text', '"x"', 'E757'], ['an empty object', '{}', 'E702'], ['a list of a number', '[1]', 'E757'], ['NaN', 'NaN', 'E757'],
    ['a deep list', deep, 'E757'], ['a deep value', `{"ts":1,"price":${deep},"size":1}`, 'E757'],
    ['an unknown word', trade(',"side":"maybe"'), 'E756'], ['a number beyond doubles', trade(',"price":1e999'), 'E754'],
    ['NaN as text', trade(',"price":"NaN"'), 'E754'], ['NaN as a value', trade(',"price":NaN'), 'E757'],
    ['a time beyond 2^53', '{"ts":1e300,"price":1,"size":2}', 'E755'], ['no time', '{"ts":null,"price":1,"size":2}', 'E753'],
    ['no price', trade(',"price":null'), 'E753'], ['1,000 keys', keys(1000), 'E715'], ['60,000 keys', keys(60_000), 'E715'],
    ['10^6 keys', keys(1_000_000), 'E715'], ['a long symbol', trade(`,"symbol":"${'S'.repeat(257)}"`), 'E715'],
    ['65,537 rows', `[${Array.from({ length: 65_537 }, () => '1').join()}]`, 'E715'], ['a megabyte', `"${'x'.repeat(1 << 20)}"`, 'E715'],
    ['a byte-order mark', '\ufeff{}', 'E757'],
  ])('%s', (_, text, code) => {
    const { decoder, bad } = open('trade');
    expect(decoder.decode(envelope(text), 3)).toBe(0);
    expect(bad.map((b) => [b.at, b.code])).toEqual([[3, code]]);
    expect(decoder.decode(envelope(trade('')), 4)).toBe(1);
  });

  it('a whole number beyond 2^53, and bytes that are no UTF-8', () => {
    const { decoder, bad } = open('book');
    const level = (x: string): string => `{"ts":1,"price":1,"size":2,"side":"buy","level":${x}}`;
    expect(decoder.decode(envelope(level('9007199254740991')), 0)).toBe(1);
    expect(decoder.decode(envelope(level('9007199254740993')), 1)).toBe(0);
    expect(decoder.decode(envelope(Buffer.from([0x22, 0xff, 0x22])), 2)).toBe(0);
    expect(bad.map((b) => b.code)).toEqual(['E752', 'E759']);
  });

  it('one hostile message does not change how the others are read', () => {
    const { decoder, rows } = open('trade');
    decoder.decode(envelope('{"ts":1e25,"price":1,"size":1}'), 0);
    decoder.decode(envelope('{"time":"2024-01-02","ts":17000,"px":"x","size":1}'), 1);
    decoder.decode(envelope('{"ts":1700000000000,"price":2,"size":3}'), 2);
    decoder.decode(envelope('{"ts":1700000000000001,"price":2,"size":3,"taker_side":"sell"}'), 3);
    expect(rows()).toEqual([[1.7e15, 'A', 2, 3, null], [1_700_000_000_000_001, 'A', 2, 3, 0]]);
  });
});

it('the header says the codec, whatever the source has', () => {
  const { decoder, bad } = open('trade');
  const rows: PlainRow[] = [[1_700_000_000_000_000, 'X', 1, 2, 1]];
  for (const codec of ['arrow', 'compact'] as const) {
    expect(decoder.decode(envelope(encodeAll('trade', codec, rows), 'md.trades.A', codec), 0)).toBe(1);
  }
  expect(decoder.decode(envelope('{"ts":1,"price":1,"size":2}', 'md.trades.A', 'avro'), 7)).toBe(0);
  expect(bad.map((b) => [b.code, b.message])).toEqual([['E714', 'the message names the codec `avro`; there are json, arrow, compact']]);
});
