import { expect, it } from 'vitest';
import { JsonMessages } from '../../src/connect/json-message.ts';
import { MessageSink } from '../../src/connect/message-sink.ts';
import type { Schema } from '../../src/core/types.ts';
import { TAKER } from '../../src/core/types.ts';
import { counts, SEED, told } from '../harness/settings.ts';
import { Chance, jsonMessage } from './messages.ts';
import { contextFor } from './support.ts';

const SCHEMA: Schema = [
  { name: 'price', type: 'f64' }, { name: 'size', type: 'f64' }, { name: 'side', type: TAKER }, { name: 'i', type: 'i64' },
  { name: 'text', type: 'text' }, { name: 'at', type: 'time' }, { name: 'flag', type: 'bool' },
];

/** A decoder of JSON messages by itself, and what it has read as text that is the same only for the same bits. */
function reader(scans: boolean, schema = SCHEMA, optional = ['side', 'i', 'text', 'at', 'flag']) {
  const ctx = contextFor(schema, { subject: 'md.{symbol}' }, { optional });
  const sink = new MessageSink(schema);
  const messages = new JsonMessages(ctx, sink, scans);
  const id = sink.table.lookupText('A');
  const bits = new BigInt64Array(1);
  const double = new Float64Array(bits.buffer);
  const shown = (x: number | string | null): string => {
    if (typeof x !== 'number') return JSON.stringify(x);
    double[0] = x;
    return bits[0].toString(16);
  };
  const read = (payload: Uint8Array, at: number): string => {
    sink.out.n = 0;
    sink.begin(at, payload);
    messages.decode(payload, 'A', id);
    const { out, faults, table } = sink;
    const rows = Array.from({ length: out.n }, (_, i) =>
      [shown(out.ts[i]), out.key[i] < 0 ? '-' : table.texts[out.key[i]], ...out.cols.map((c) => shown(c[i]))].join(' '));
    return `${rows.join('\n')}|${faults.count}|${faults.code}|${faults.code === '' ? '' : faults.message}`;
  };
  return { messages, sink, read };
}

it('a message scanned is the message parsed, bit by bit', () => {
  const n = counts(6_000, 400_000);
  const c = new Chance(SEED);
  const [fast, slow] = [reader(true), reader(false)];
  let rows = 0;
  for (let i = 0; i < n; i++) {
    const payload = jsonMessage(c);
    const want = slow.read(payload, i);
    const got = fast.read(payload, i);
    if (got !== want) throw new Error(`message ${i}: ${payload.toString('utf8')}\n${got}\nis not\n${want}`);
    rows += fast.sink.out.n;
  }
  told('json scan', `${n} messages, ${rows} rows, ${fast.messages.scanned} scanned, ${fast.sink.faults.count} bad`);
  expect(fast.messages.scanned).toBeGreaterThan(n / 5);
  expect(fast.sink.faults.count).toBeGreaterThan(n / 20);
  expect(rows).toBeGreaterThan(n / 3);
  expect(slow.messages.scanned).toBe(0);
}, 600_000);

const first = '{"ts":1700000000000,"price":1,"size":2}';
it.each([
  ['{"ts":1700000000000,"price":1.25,"size":2}', true], ['{"ts":1700000000000,"price":-0,"size":1e-7}', true],
  ['{"ts":"2024-01-02T09:30:00Z","price":"1.25","size":0.1234567890123456}', true], [`[${first},${first} , ${first}]`, true],
  ['{"ts":1700000000000,"price":01,"size":2}', false], ['{"ts":1700000000000,"price":1.,"size":2}', false],
  ['{"ts":1700000000000,"price":1e999,"size":2}', false], ['{"ts":1700000000000,"price":null,"size":2}', false],
  ['{"ts":1700000000000,"price":1,"size":2}}', false], ['{"ts":1700000000000,"price":1,"size":2', false],
  ['{"ts":1700000000000,"price":1,"size":"\\u0032"}', false], ['{"ts":1700000000000,"price": 1,"size":2}', false],
  [`[${first},]`, false], [`[${first}`, false], [`${first}${first}`, false], ['{"ts":1e99,"price":1,"size":2}', false],
])('%s is scanned: %s', (text, scanned) => {
  const [fast, slow] = [reader(true), reader(false)];
  fast.read(Buffer.from(first), 0);
  slow.read(Buffer.from(first), 0);
  expect(fast.read(Buffer.from(text), 1)).toBe(slow.read(Buffer.from(text), 1));
  expect(fast.messages.scanned).toBe(scanned ? 1 : 0);
});

it('the comparison sees one bit, one symbol and one null', () => {
  const row = (text: string): string => reader(false).read(Buffer.from(text), 0);
  const all = ['{"ts":1,"price":0.3,"size":2}', '{"ts":1,"price":0.30000000000000004,"size":2}', 
    '{"ts":1,"price":0.3,"size":2,"symbol":"B"}', '{"ts":1,"price":0,"size":2}', '{"ts":1,"price":-0,"size":2}',
    '{"ts":1,"price":0.3,"size":2,"i":0}'].map(row);
  expect(new Set(all).size).toBe(all.length);
});

it('forgets no symbol of a message that turned out broken', () => {
  const { sink, read } = reader(true);
  read(Buffer.from('{"ts":1,"symbol":"A","price":1,"size":2}'), 0);
  expect(read(Buffer.from('[{"ts":1,"symbol":"NEW","price":1,"size":2},{"ts":1,"symbol":"B","price":'), 1)).toMatch(/^\|1\|E757/);
  expect(sink.out.n).toBe(0);
});
