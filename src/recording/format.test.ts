import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { KeyTable } from '../core/keys.ts';
import { ALL_TYPES, chunkOf, readBack, record, same, someRows, temporary, type Row } from './recording.fixture.ts';
import { openRecording } from './recording.ts';
import { StreamWriter } from './stream-writer.ts';

const folders: string[] = [];
const folder = (): string => {
  folders.push(temporary());
  return join(folders.at(-1)!, 'r');
};
afterAll(() => folders.forEach((f) => rmSync(f, { recursive: true })));

it('rows come back as they were, to the bit, whatever the chunks', async () => {
  const rows = someRows(1000);
  for (const chunk of [1, 7, 1000]) {
    const at = folder();
    record(at, chunk === 1 ? rows.slice(0, 60) : rows, { chunk });
    const back = await readBack(at);
    expect(back.refusal).toBeNull();
    expect(back.rows.length).toBe(chunk === 1 ? 60 : 1000);
    expect(back.rows.every((r, i) => same(r, rows[i]))).toBe(true);
  }
});

it('odd symbols and numbers that their type cannot hold come back too', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.oneof(fc.constantFrom('', 'A', 'A\0', 'ABCDEFGH', 'ABCDEFGHI'), fc.string({ unit: 'grapheme' })),
    fc.double(), fc.double(), fc.constantFrom(0, 1, 2, NaN), fc.constantFrom(0, 1, 3, 0.5, NaN)), { minLength: 1, maxLength: 40 }), async (drawn) => {
    const at = folder();
    const rows = drawn.map(([symbol, price, count, up, side], i): Row => [i + 1, i, symbol, price, count, up, null, side, NaN, NaN]);
    record(at, rows, { chunk: 9 });
    const back = await readBack(at);
    expect(back.refusal).toBeNull();
    expect(back.rows).toEqual(rows);
    expect(back.rows.every((r, i) => same(r, rows[i]))).toBe(true);
  }), { numRuns: 60 });
});

it('a closed file is an Arrow file for others', () => {
  const at = folder();
  const rows = someRows(300);
  record(at, rows, { chunk: 100 });
  const table = tableFromIPC(readFileSync(join(at, 'trades.000001.arrow')));
  expect(table.schema.fields.map((f) => `${f.name} ${String(f.type)}`)).toEqual([
    'seq Int64', 'received Timestamp<MICROSECOND, UTC>', 'ts Timestamp<MICROSECOND, UTC>', 'symbol Utf8', 'price Float64', 'count Int64', 'up Bool',
    'note Utf8', 'side Dictionary<Int32, Utf8>', 'when Timestamp<MICROSECOND, UTC>', 'held Duration<MICROSECOND>']);
  expect([table.numRows, table.batches.length]).toEqual([300, 3]);
  rows.forEach((r, i) => {
    const got = table.get(i)!.toJSON() as Record<string, unknown>;
    const value = (x: number | string | null): unknown => (x === null || x !== x ? null : x);
    expect([Number(got.seq), got.symbol, got.price, got.note]).toEqual([r[0], r[2], value(r[3]), r[6]]);
    expect(got.side).toBe(r[7] !== r[7] ? null : ['sell', 'buy'][r[7] as number]);
  });
});

it('rotates by size and by age, keeps count, and seeks through all of it', async () => {
  const at = folder();
  let now = 0;
  const rows = someRows(2000);
  const keys = new KeyTable();
  const w = new StreamWriter(at.replace(/\/r$/, ''), { id: 'trades', kind: 'source', schema: ALL_TYPES },
    { rotateBytes: 60_000, rotateMs: 10_000, now: () => now });
  for (let i = 0; i < rows.length; i += 100) {
    w.addRun(chunkOf(rows.slice(i, i + 100), ALL_TYPES, keys), 0, 100, i + 1, 1, keys);
    w.flush();
    now += i < 1000 ? 0 : 6000;
  }
  w.close();
  expect(w.closed.length).toBeGreaterThan(4);
  expect(w.closed.reduce((s, f) => s + f.rows, 0)).toBe(2000);
  expect(w.closed.every((f) => f.bytes < 90_000 && statSync(join(at.replace(/\/r$/, ''), f.file)).size === f.bytes)).toBe(true);
  const other = folder();
  record(other, rows, { chunk: 100, rotateBytes: 60_000 });
  const of = async (o: Parameters<typeof readBack>[1]): Promise<Row[]> => (await readBack(other, o)).rows;
  expect(await of({ fromSeq: 777, toSeq: 1234 })).toEqual(rows.slice(776, 1234));
  expect(await of({ from: rows[500][1], to: rows[701][1] })).toEqual(rows.slice(500, 701));
  expect(await of({ fromSeq: 5000 })).toEqual([]);
});

it('a file goes over to doubles for a column that needs them', async () => {
  const at = folder();
  const rows: Row[] = Array.from({ length: 10 }, (_, i) => [i + 1, i, 'A', 1, i === 6 ? 0.5 : i, 1, 'x', 0, 5, 5]);
  record(at, rows, { chunk: 2 });
  expect(readdirSync(at).filter((f) => f.endsWith('.arrow'))).toHaveLength(2);
  expect((await readBack(at)).rows).toEqual(rows);
  const types = [1, 2].map((n) => String(tableFromIPC(readFileSync(join(at, `trades.00000${n}.arrow`))).schema.fields[5].type));
  expect(types).toEqual(['Int64', 'Float64']);
});

it('says what is no recording, and which streams there are', () => {
  const at = folder();
  expect(existsSync(at)).toBe(false);
  expect(() => openRecording(at)).toThrow(/is no recording/);
});
