import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import type { OutputRows } from '../core/connector.ts';
import { KeyTable } from '../core/keys.ts';
import { parseTime } from '../core/time.ts';
import { SCHEMAS } from '../core/types.ts';
import type { Schema } from '../core/types.ts';
import { writerFor } from './open.ts';

async function print(schema: Schema, rows: Omit<OutputRows, 'keys' | 'sel' | 'seq'>, format?: string): Promise<string> {
  let text = '';
  const stdout = new Writable({
    write: (chunk, _, done) => {
      text += String(chunk);
      done();
    },
  });
  const keys = new KeyTable();
  ['NVDA', 'AAPL'].forEach((k) => keys.intern(k));
  const writer = writerFor('stdout', { id: 'o', pipeline: 'p', schema, args: format === undefined ? {} : { format }, base: '.' },
    { stdout, bus: null });
  writer.write({ ...rows, keys, sel: null, seq: new Float64Array(rows.n) });
  await writer.close();
  return text;
}

const at = (iso: string): number => parseTime(iso)!;
const SIGNALS = {
  n: 3, ts: Float64Array.of(at('2025-01-02T09:47:00Z'), at('2025-01-02T10:02:00Z'), at('2025-01-03T10:02:00Z')),
  key: Int32Array.of(0, 1, 0),
  cols: [
    Float64Array.of(2, 0, 1), Float64Array.of(0.5, 0.64, NaN), Float64Array.of(0.71, NaN, NaN), Float64Array.of(101.32, 184.1, NaN),
    ['fast 101.32 crossed above slow 101.29; rsi 61.3 < 70', 'fast 184.1 crossed below slow 184.15', null],
  ],
};

it('prints signals for reading', async () => {
  expect(await print(SCHEMAS.signal, SIGNALS)).toBe([
    '2025-01-02',
    '09:47:00  NVDA  ▲ buy   0.71   fast 101.32 crossed above slow 101.29; rsi 61.3 < 70',
    '10:02:00  AAPL  ▼ sell  0.64   fast 184.1 crossed below slow 184.15',
    '2025-01-03',
    '10:02:00  NVDA  ■ hold',
    '',
  ].join('\n'));
});

it('prints other rows as names and values', async () => {
  const cols = [Float64Array.of(10.123456789, 2, NaN), Float64Array.of(100, 5, 1), Float64Array.of(1, NaN, 0)];
  expect(await print(SCHEMAS.trade, { ...SIGNALS, cols })).toBe([
    '2025-01-02',
    '09:47:00  NVDA   price 10.1235  size 100  side buy',
    '10:02:00  AAPL   price       2  size   5  side –',
    '2025-01-03',
    '10:02:00  NVDA   price –        size   1  side sell',
    '',
  ].join('\n'));
});

it('prints for other programs', async () => {
  expect((await print(SCHEMAS.signal, SIGNALS, 'jsonl')).split('\n')[1])
    .toBe('{"ts":"2025-01-02T10:02:00Z","symbol":"AAPL","side":"sell","strength":0.64,"confidence":null,"price":184.1,'
      + '"reason":"fast 184.1 crossed below slow 184.15"}');
  expect((await print(SCHEMAS.signal, SIGNALS, 'csv')).split('\n').slice(0, 2))
    .toEqual(['ts,symbol,side,strength,confidence,price,reason',
      '2025-01-02T09:47:00Z,NVDA,buy,0.5,0.71,101.32,fast 101.32 crossed above slow 101.29; rsi 61.3 < 70']);
});
