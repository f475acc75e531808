import { afterAll, expect, it } from 'vitest';
import type { Schema } from '../core/types.ts';
import { JsonlReader } from './jsonl-read.ts';
import { readerFor } from './open.ts';
import { OrderedReader } from './ordered.ts';
import { contextFor, readAll, tempFolder } from '../../test/connect/support.ts';

const folder = tempFolder();
afterAll(() => folder.remove());

async function read(lines: readonly string[], schema: string | Schema = 'trade', args: Record<string, unknown> = {}, name = 'f.jsonl') {
  const ctx = contextFor(schema, { path: folder.write(name, lines.join('\n')), ...args });
  const reader = readerFor(ctx, 'jsonl');
  return { rows: await readAll(reader, ctx), bad: reader.bad };
}

it('reads objects by the names, times and words that CSV knows, numbers quoted or not', async () => {
  const { rows, bad } = await read([
    '{"T":1,"ts_ms":1700000000000,"s":"x","symbol":"BTC","p":"61837.63000000","price":"61837.63","qty":0.5,"buyer_is_maker":true}',
    '', '{"ts_ms":1700000000001,"symbol":"ÄÖ","price":1,"qty":"2","buyer_is_maker":false}\r',
  ]);
  expect(bad.first).toEqual([]);
  expect(rows).toEqual([[1700000000000000, 'BTC', 61837.63, 0.5, 0], [1700000000001000, 'ÄÖ', 1, 2, 1]]);
});

it('heartbeats move time and carry no row', async () => {
  const { rows } = await read(['{"ts":"2024-01-02T00:00:00Z","symbol":"A","price":1,"size":1}', '{"heartbeat":"2024-01-02T00:00:05Z"}']);
  expect(rows).toEqual([[1704153600000000, 'A', 1, 1, null], [1704153605000000, null, null, null, null]]);
});

it('an optional column may appear later', async () => {
  const { rows } = await read(['{"ts":1,"symbol":"A","price":1,"size":1}', '{"ts":2,"symbol":"A","price":1,"size":1,"side":"buy"}'],
    'trade', {}, 'BTC.jsonl.gz');
  expect(rows.map((r) => r[4])).toEqual([null, 1]);
});

it.each([
  ['nonsense', 'E757'], ['[1]', 'E757'], ['{"ts":1,"symbol":"A","price":null,"size":1}', 'E753'],
  ['{"ts":1,"symbol":"A","price":"x","size":1}', 'E752'],
  ['{"ts":1,"symbol":"A","price":"NaN","size":1}', 'E754'], ['{"ts":"soon","symbol":"A","price":1,"size":1}', 'E755'],
  ['{"symbol":"A","price":1,"size":1}', 'E753'],
  ['{"ts":1,"price":1,"size":1}', 'E753'], ['{"ts":1,"symbol":"A","price":1,"size":1,"side":"up"}', 'E756'],
  ['{"heartbeat":"soon"}', 'E755'],
])('%s is %s and stops nothing', async (line, code) => {
  const good = '{"ts":1,"symbol":"A","price":1,"size":1}';
  const { rows, bad } = await read([good, line, good]);
  expect([rows.length, bad.count, bad.first[0].at, bad.first[0].code]).toEqual([2, 1, 2, code]);
});

it('is the same for every size of chunk', async () => {
  const path = folder.write('sizes.jsonl',
    Array.from({ length: 300 }, (_, i) => `{"ts":${(i * 77) % 301},"symbol":"S${i % 5}","price":${i},"size":1}\n`).join(''));
  const at = async (rows: number) => {
    const ctx = contextFor('trade', { path });
    return readAll(new OrderedReader(new JsonlReader(ctx, rows), ctx), ctx);
  };
  const want = await at(4096);
  expect(want).toHaveLength(300);
  for (const rows of [1, 7, 64]) expect(await at(rows)).toEqual(want);
});
