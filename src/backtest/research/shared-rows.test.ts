import { expect, it } from 'vitest';
import type { Chunk, SourceReader } from '../../core/connector.ts';
import { KeyTable } from '../../core/keys.ts';
import type { Schema } from '../../core/types.ts';
import { extentOf, shareRows, SharedReader, timesOf } from './shared-rows.ts';

const SCHEMA: Schema = [{ name: 'x', type: 'f64' }, { name: 'note', type: 'text' }];
const NOTES = ['up', null, 'down', ''];

/** `n` rows in chunks of `size`, with a heartbeat at every tenth. */
class Counted implements SourceReader {
  readonly bad = { count: 0, first: [] };
  readonly total = null;
  closed = false;
  private at = 0;
  private readonly n: number;
  private readonly size: number;
  private readonly keys: KeyTable;

  constructor(n: number, size: number, keys: KeyTable) {
    [this.n, this.size, this.keys] = [n, size, keys];
  }

  async next(): Promise<Chunk | null> {
    const rows = Array.from({ length: Math.min(this.size, this.n - this.at) }, (_, i) => this.at + i);
    this.at += rows.length;
    return rows.length === 0 ? null : {
      n: rows.length, ts: Float64Array.from(rows, (i) => 1000 + (i ^ 1)), key: Int32Array.from(rows, (i) =>
        (i % 10 === 9 ? -1 : this.keys.intern(`S${i % 3}`))),
      cols: [Float64Array.from(rows, (i) => (i % 7 === 0 ? NaN : i)), rows.map((i) => NOTES[i % 4])],
    };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

type Row = readonly [ts: number, symbol: string, x: unknown, note: unknown];

async function rowsOf(reader: SourceReader, keys: KeyTable): Promise<Row[]> {
  const out: Row[] = [];
  for (let c = await reader.next(); c !== null; c = await reader.next()) {
    for (let i = 0; i < c.n; i++) out.push([c.ts[i], c.key[i] < 0 ? '' : keys.names[c.key[i]], c.cols[0][i], c.cols[1][i]]);
  }
  return out;
}

it.each([[150_000, 4096], [65_536, 65_536], [7, 3], [0, 1]])('gives %i rows back as they came in chunks of %i', async (n, size) => {
  const keys = new KeyTable();
  const source = new Counted(n, size, keys);
  const recording = await shareRows([source], [SCHEMA], keys);
  expect(source.closed).toBe(true);
  expect(recording.rows).toBe(n);
  expect(recording.sources[0].pieces.every((p) => p.ts.buffer instanceof SharedArrayBuffer)).toBe(true);
  const plain = new KeyTable();
  const wanted = await rowsOf(new Counted(n, size, plain), plain);
  // A table that numbers symbols otherwise, as that of an engine with symbols of its own may.
  for (const table of [new KeyTable(), new KeyTable()]) {
    if (n > 7) table.intern('S2');
    const found = await rowsOf(new SharedReader(structuredClone(recording), 0, table), table);
    expect(found.length).toBe(wanted.length);
    expect(found.findIndex((row, i) => row.some((cell, c) => !Object.is(cell, wanted[i][c])))).toBe(-1);
  }
});

it('ends before a time, be the rows in order or not', async () => {
  const keys = new KeyTable();
  const recording = await shareRows([new Counted(70_000, 999, keys)], [SCHEMA], keys);
  const found = await rowsOf(new SharedReader(recording, 0, keys, 1005), keys);
  expect(found.map(([ts]) => ts)).toEqual([1001, 1000, 1003, 1002, 1004]);
  expect(found.map(([, , x]) => x)).toEqual([NaN, 1, 2, 3, 5]);
  expect((await rowsOf(new SharedReader(recording, 0, keys, 1000), keys))).toEqual([]);
  expect([...timesOf(recording, [5], 1007, 1010)]).toEqual([1007, 1008, 1009]);
  expect(extentOf(recording, [5])).toEqual([1005, 1004 + 70_000]);
  expect(timesOf(recording, [0]).length).toBe(70_000);
});
