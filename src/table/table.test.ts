import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Block, Cell, TableEncoder, TableReader } from '../core/table.ts';
import { enumType, type Schema } from '../core/types.ts';
import { loadParquet } from '../parquet/encode.ts';
import { openDatabase, sqliteFrom } from '../store/sqlite.ts';
import { ArrowTableReader } from './arrow-read.ts';
import { ByteFile, HELD_TEXT } from './byte-file.ts';
import { CsvTableReader } from './csv-read.ts';
import { encoderOf, formatNamed, formatOfName, type Format } from './formats.ts';
import { SqliteFile } from './sqlite-encode.ts';
import { TableWriter } from './table-writer.ts';

const SCHEMA: Schema = [
  { name: 'ts', type: 'time' }, { name: 'symbol', type: 'text' }, { name: 'x', type: 'f64' }, { name: 'n', type: 'i64' },
  { name: 'up', type: 'bool' }, { name: 'side', type: enumType('side', 'sell', 'hold', 'buy') }, { name: 'held', type: 'duration' },
];

const HOSTILE: Cell[][] = [
  [1_704_188_400_000_000, '005930', 0.1 + 0.2, 42, 1, 2, 1_500_000],
  [1_704_188_400_000_001, 'TRUE', -0, -1, 0, 0, null],
  [1_704_188_400_123_000, '1E5', 5e-324, 9007199254740991, null, null, 0],
  [0, 'a,"b"\r\nc', 1.7976931348623157e308, 0, 1, 1, 7],
  [-1, '', null, null, null, null, null],
  [1, null, Infinity, 1, 1, 1, 1],
  [2, ' Größe 漢字 🚀 ', -Infinity, 1, 1, 1, 1],
  [3, '\ufeff=cmd|calc', 1e21, 1, 1, 1, 1],
  [4, 'null', 123456789.12345679, 1, 1, 1, 1],
];

let folder = '';
let count = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'millrace-table-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function written(rows: readonly Cell[][], format: Exclude<Format, 'sqlite'>, blockRows = 4): Promise<string> {
  const file = new ByteFile(join(folder, `${count++}.${format}`));
  const writer = new TableWriter(SCHEMA, [(await encoderOf(format))(SCHEMA, file)], blockRows);
  for (const row of rows) writer.append(row);
  writer.finish();
  file.commit();
  return file.path;
}

async function rowsOf(reader: TableReader): Promise<Cell[][]> {
  const rows: Cell[][] = [];
  for (let block = await reader.next(); block !== null; block = await reader.next()) {
    for (let i = 0; i < block.n; i++) rows.push(block.cols.map((col) => (col[i] === col[i] ? col[i] : null)));
  }
  await reader.close();
  return rows;
}

const time = fc.integer({ min: -9_000_000_000_000_000, max: 9_000_000_000_000_000 });
const anyRow = fc.tuple(time,
  fc.option(fc.string({ unit: 'binary' })), fc.option(fc.double({ noNaN: true })), fc.option(fc.maxSafeInteger()),
  fc.option(fc.integer({ min: 0, max: 1 })), fc.option(fc.integer({ min: 0, max: 2 })), fc.option(fc.maxSafeInteger()));

describe('tables that are written and read again', () => {
  it.each(['csv', 'arrow'] as const)('%s keeps every value, null and text exactly', async (format) => {
    const reader = (path: string): TableReader =>
      (format === 'csv' ? new CsvTableReader(path, SCHEMA, 3) : new ArrowTableReader(path, SCHEMA));
    expect(await rowsOf(reader(await written(HOSTILE, format)))).toEqual(HOSTILE);
    await fc.assert(fc.asyncProperty(fc.array(anyRow, { maxLength: 20 }), async (rows) => {
      expect(await rowsOf(reader(await written(rows, format)))).toEqual(rows);
    }), { numRuns: 60 });
  });

  it('csv has a header, ISO times, quotes and empty nulls', async () => {
    const lines = readFileSync(await written(HOSTILE.slice(0, 6), 'csv'), 'utf8');
    expect(lines).toBe('ts,symbol,x,n,up,side,held\n'
      + '2024-01-02T09:40:00Z,005930,0.30000000000000004,42,true,buy,1500000\n'
      + '2024-01-02T09:40:00.000001Z,TRUE,-0,-1,false,sell,\n'
      + '2024-01-02T09:40:00.123Z,1E5,5e-324,9007199254740991,,,0\n'
      + '1970-01-01T00:00:00Z,"a,""b""\r\nc",1.7976931348623157e+308,0,true,hold,7\n'
      + '1969-12-31T23:59:59.999999Z,"",,,,,\n'
      + '1970-01-01T00:00:00.000001Z,,Infinity,1,true,hold,1\n');
  });

  it('jsonl writes objects, with null for what JSON has no number for', async () => {
    const lines = readFileSync(await written(HOSTILE, 'jsonl'), 'utf8').trimEnd().split('\n').map((l) => JSON.parse(l) as unknown);
    expect(lines[0]).toEqual({ ts: '2024-01-02T09:40:00Z', symbol: '005930', x: 0.1 + 0.2, n: 42, up: true, side: 'buy', held: 1_500_000 });
    expect(lines[4]).toEqual({ ts: '1969-12-31T23:59:59.999999Z', symbol: '', x: null, n: null, up: null, side: null, held: null });
    expect(lines[5]).toMatchObject({ symbol: null, x: null });
    expect(lines.map((l) => (l as { symbol: string }).symbol)).toEqual(HOSTILE.map((r) => r[1]));
  });

  it('a file of other columns, with a bad cell or a torn row is refused', async () => {
    const path = await written(HOSTILE, 'csv');
    const renamed = SCHEMA.map((f) => (f.name === 'x' ? { ...f, name: 'y' } : f));
    await expect(rowsOf(new CsvTableReader(path, renamed))).rejects.toMatchObject({ code: 'E703' });
    await expect(rowsOf(new CsvTableReader(path, SCHEMA.slice(0, 3)))).rejects.toMatchObject({ code: 'E703' });
    const arrow = await written(HOSTILE, 'arrow');
    await expect(rowsOf(new ArrowTableReader(arrow, SCHEMA.slice(0, 3)))).rejects.toMatchObject({ code: 'E703' });
    await expect(rowsOf(new ArrowTableReader(path, SCHEMA))).rejects.toMatchObject({ code: 'E703' });
  });
});

describe('Parquet', () => {
  const read = async (path: string): Promise<Record<string, unknown>[]> => {
    const file = await asyncBufferFromFile(path);
    // Its own parsers make dates of milliseconds, and take a byte order mark off a text.
    const stringFromBytes = (b?: Uint8Array): string | undefined => b && Buffer.from(b).toString('utf8');
    const parsers = { timestampFromMicroseconds: (x: bigint) => x, stringFromBytes } as never;
    return parquetReadObjects({ file, parsers }) as Promise<Record<string, unknown>[]>;
  };
  const expected = (r: readonly Cell[]): Record<string, unknown> => {
    const big = (x: Cell): bigint | null => (x === null ? null : BigInt(x));
    const [ts, symbol, x, n, up, side, held] = r;
    return {
      ts: big(ts), symbol, x, n: big(n), up: up === null ? null : up === 1,
      side: side === null ? null : ['sell', 'hold', 'buy'][side as number], held: big(held),
    };
  };

  it('keeps every value and null, in row groups', async () => {
    const path = await written(HOSTILE, 'parquet');
    expect(await read(path)).toEqual(HOSTILE.map(expected));
    const { schema, row_groups } = await parquetMetadataAsync(await asyncBufferFromFile(path));
    expect(row_groups.map((g) => Number(g.num_rows))).toEqual([4, 4, 1]);
    expect(schema[1]).toMatchObject({ name: 'ts', type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } });
    expect(schema[2]).toMatchObject({ name: 'symbol', type: 'BYTE_ARRAY', converted_type: 'UTF8' });
    await fc.assert(fc.asyncProperty(fc.array(anyRow, { maxLength: 20 }), async (rows) => {
      expect(await read(await written(rows, 'parquet'))).toEqual(rows.map(expected));
    }), { numRuns: 40 });
  });

  it('says how to get the library where it is missing', async () => {
    const missing = (): never => {
      throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    };
    await expect(loadParquet(async () => missing())).rejects.toMatchObject({ code: 'E732', exit: 6 });
    await expect(loadParquet(async () => Promise.reject(new Error('other')))).rejects.toThrow('other');
  });

  it.each(['arrow', 'parquet'] as const)('%s refuses half an i64, csv writes it', async (format) => {
    const row: Cell[] = [1, 'A', 1, 0.5, 1, 1, 1];
    await expect(written([row], format)).rejects.toMatchObject({ code: 'E733' });
    expect(readFileSync(await written([row], 'csv'), 'utf8')).toContain('A,1,0.5,');
  });
});

it.skipIf(sqliteFrom() === null)('SQLite keeps texts as texts and sorts times', () => {
  const path = join(folder, 'all.db');
  const file = new SqliteFile(path);
  const writer = new TableWriter(SCHEMA, [file.table('odd "name"', SCHEMA)], 4);
  for (const row of HOSTILE) writer.append(row);
  writer.finish();
  expect(readdirSync(folder)).not.toContain('all.db');
  file.commit();
  const db = openDatabase(path);
  const rows = db.all('select *, typeof(symbol) as kind, typeof(n) as whole from "odd ""name"""');
  expect(rows.map((r) => r.symbol)).toEqual(HOSTILE.map((r) => r[1]));
  expect(rows[0]).toMatchObject({ ts: '2024-01-02T09:40:00.000000Z', symbol: '005930', x: 0.1 + 0.2, n: 42, up: 1, side: 'buy', kind: 'text',
    whole: 'integer' });
  expect(rows[4]).toMatchObject({ ts: '1969-12-31T23:59:59.999999Z', symbol: '', x: null, n: null });
  expect(db.all('select symbol from "odd ""name""" order by ts limit 2').map((r) => r.symbol)).toEqual(['', 'a,"b"\r\nc']);
  db.close();
});

it.skipIf(sqliteFrom() === null)('SQLite has columns whose names differ in case only', () => {
  const file = new SqliteFile(join(folder, 'case.db'));
  const writer = new TableWriter(SCHEMA, [file.table('t', [{ name: 'Price', type: 'f64' }, { name: 'price', type: 'f64' }])]);
  writer.finish();
  file.commit();
  const db = openDatabase(join(folder, 'case.db'));
  expect(db.all('select name from pragma_table_info(\'t\')').map((r) => r.name)).toEqual(['Price', 'price_2']);
  db.close();
});

describe('bounded memory', () => {
  it('never holds or hands on more rows than a block', () => {
    const sizes: number[] = [];
    let ends = 0;
    const spy: TableEncoder = { write: (b: Block) => void sizes.push(b.n), finish: () => void ends++ };
    const writer = new TableWriter(SCHEMA, [spy], 1000);
    for (let i = 0; i < 10_500; i++) {
      writer.append([i, 'A', i, i, 1, 1, 1]);
      if (i % 1000 >= 998) expect(sizes.length).toBe(Math.floor((i + 1) / 1000));
    }
    writer.write({ n: 2, cols: SCHEMA.map((f) => (f.type === 'text' ? ['A', 'B'] : new Float64Array(2))) });
    writer.finish();
    writer.finish();
    expect(writer.rows).toBe(10_502);
    expect(sizes).toEqual([...new Array<number>(10).fill(1000), 502]);
    expect(ends).toBe(1);
  });

  it.each(['csv', 'jsonl', 'arrow', 'parquet'] as const)('%s is on the disk while rows still come, under another name', async (format) => {
    const path = join(folder, `big.${format}`);
    const file = new ByteFile(path);
    const writer = new TableWriter(SCHEMA, [(await encoderOf(format))(SCHEMA, file)], 2000);
    const part = (): string => readdirSync(folder).find((f) => f.startsWith(`.big.${format}`)) as string;
    const sizes: number[] = [];
    let most = 0;
    for (let i = 0; i < 60_000; i++) {
      writer.append([i, `S${i % 7}`, i / 3, i, 1, 1, 1]);
      most = Math.max(most, file.held);
      if (i % 15_000 === 14_999) sizes.push(statSync(join(folder, part())).size);
    }
    expect(most).toBeLessThan(HELD_TEXT);
    expect(sizes.every((s, i) => s > (sizes[i - 1] ?? 0))).toBe(true);
    expect(readdirSync(folder)).not.toContain(`big.${format}`);
    writer.finish();
    file.commit();
    expect(statSync(path).size).toBe(file.finish().bytes);
    expect(part()).toBeUndefined();
  });

  it('takes away what a killed process left, and nothing of a living one', () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const left = [`.late.csv.${dead}.part`, `.late.csv.${process.ppid}.part`, `.late.csv.x.${dead}.part`, '.late.csv.part'];
    for (const name of left) writeFileSync(join(folder, name), '');
    const file = new ByteFile(join(folder, 'late.csv'));
    file.commit();
    expect(left.map((name) => readdirSync(folder).includes(name))).toEqual([false, true, true, true]);
  });

  it('leaves nothing behind when it is given up', () => {
    const file = new ByteFile(join(folder, 'gone.csv'));
    file.text('x');
    file.discard();
    file.discard();
    expect(readdirSync(folder).filter((f) => f.includes('gone'))).toEqual([]);
  });
});

it('formats by name and by ending', () => {
  expect(formatNamed('CSV')).toBe('csv');
  const help = expect.arrayContaining(['did you mean `parquet`?']) as unknown;
  expect(() => formatNamed('parket')).toThrow(expect.objectContaining({ code: 'E730', help }) as Error);
  expect(['a.csv', 'b.NDJSON', 'c.feather', 'd.parquet', 'e.sqlite', 'f.txt', 'g'].map(formatOfName))
    .toEqual(['csv', 'jsonl', 'arrow', 'parquet', 'sqlite', null, null]);
});
