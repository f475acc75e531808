import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Float32, Table, TimestampMillisecond, TimestampNanosecond, Utf8, makeData, makeVector, tableFromIPC, tableToIPC, vectorFromArray,
} from 'apache-arrow';
import { afterAll, describe, expect, it } from 'vitest';
import type { OutputRows } from '../core/connector.ts';
import { KeyTable } from '../core/keys.ts';
import { SIDE } from '../core/types.ts';
import type { Schema } from '../core/types.ts';
import { convertFile, generateFile } from './convert.ts';
import { readerFor, writerFor } from './open.ts';
import { contextFor, readAll, tempFolder } from '../../test/connect/support.ts';

const folder = tempFolder();
afterAll(() => folder.remove());
const at = (name: string): string => join(folder.path, name);

const EVERYTHING: Schema = [
  { name: 'x', type: 'f64' }, { name: 'n', type: 'i64' }, { name: 'ok', type: 'bool' }, { name: 'why', type: 'text' },
  { name: 'when', type: 'time' },
  { name: 'wait', type: 'duration' }, { name: 'side', type: SIDE },
];
const keys = new KeyTable();
['A', 'BRK.B', 'Ü,"x"'].forEach((name) => keys.intern(name));
const ROWS: OutputRows = {
  n: 4, sel: Int32Array.of(0, 1, 3, 4), seq: Float64Array.of(0, 1, 2, 3, 4), keys,
  ts: Float64Array.of(1704153600000000, 1704153600000001, 0, 1704153600123000, 1704153601000000), key: Int32Array.of(0, 1, 0, 2, 0),
  cols: [
    Float64Array.of(0.1, NaN, 9, 1 / 3, 1e-300), Float64Array.of(-5, 9007199254740991, 9, NaN, 0), Float64Array.of(1, 0, 9, NaN, 1),
    ['plain', 'a,"b"\nc', 'skipped', null, ''], Float64Array.of(-1, 1704153600000000, 9, NaN, 0),
    Float64Array.of(60e6, NaN, 9, -1, 0), Float64Array.of(2, 1, 9, NaN, 0),
  ],
};
const WANT = [
  [1704153600000000, 'A', 0.1, -5, 1, 'plain', -1, 60e6, 2],
  [1704153600000001, 'BRK.B', null, 9007199254740991, 0, 'a,"b"\nc', 1704153600000000, null, 1],
  [1704153600123000, 'Ü,"x"', 1 / 3, null, null, null, null, -1, null], [1704153601000000, 'A', 1e-300, 0, 1, '', 0, 0, 0],
];

describe.each(['csv', 'jsonl', 'arrow'])('%s', (format) => {
  const names = format === 'arrow' ? ['f.arrow', 'f.arrows'] : [`f.${format}`, `f.${format}.gz`];

  it.each(names)('%s gives back what was written', async (name) => {
    const writer = writerFor(format, { id: 'o', pipeline: 'p', schema: EVERYTHING, args: { path: name }, base: folder.path },
      { stdout: process.stdout, bus: null });
    writer.write(ROWS);
    await writer.flush();
    await writer.close();
    const ctx = contextFor(EVERYTHING, { path: at(name) }, { optional: EVERYTHING.map((f) => f.name) });
    const reader = readerFor(ctx, format);
    expect(await readAll(reader, ctx)).toEqual(WANT);
    expect(reader.bad.count).toBe(0);
  });
});

it.each(['trade', 'quote', 'bar'] as const)('%s: csv -> arrow -> jsonl -> csv are the same bytes', async (schema) => {
  const made = await generateFile({ to: at(`${schema}.csv`), schema, settings: { length: 1_800_000_000, rate: 3 } });
  const steps = [`${schema}.csv`, `${schema}.arrow`, `${schema}.jsonl.gz`, `${schema}-2.csv`];
  for (let i = 0; i < 3; i++) {
    const done = await convertFile({ from: at(steps[i]), to: at(steps[i + 1]), schema });
    expect([done.rows, done.bad.count]).toEqual([made.rows, 0]);
  }
  expect(made.rows).toBeGreaterThan(100);
  expect(readFileSync(at(steps[3])).equals(readFileSync(at(steps[0])))).toBe(true);
});

it('without a schema every column is kept, with the type its values show', async () => {
  const lines = ['when,code,price,flag,id', '2024-01-02 09:30,007,1.50,true,12345678901234567890', '2024-01-02 09:31,008,2,false,1', ''];
  writeFileSync(at('any.csv'), lines.join('\n'));
  const done = await convertFile({ from: at('any.csv'), to: at('any.jsonl'), fields: { ts: 'when', symbol: 'code' } });
  expect(done.schema.map((f) => [f.name, f.type])).toEqual([['price', 'f64'], ['flag', 'bool'], ['id', 'text']]);
  expect(readFileSync(at('any.jsonl'), 'utf8').split('\n')[0])
    .toBe('{"ts":"2024-01-02T09:30:00Z","symbol":"007","price":1.5,"flag":true,"id":"12345678901234567890"}');
});

it('an existing file is replaced only on request', async () => {
  writeFileSync(at('there.csv'), 'keep me');
  await expect(generateFile({ to: at('there.csv'), schema: 'bar' })).rejects.toMatchObject({ code: 'E710' });
  expect(readFileSync(at('there.csv'), 'utf8')).toBe('keep me');
});

describe('arrow', () => {
  const write = (name: string, columns: Record<string, unknown>): void =>
    writeFileSync(at(name), tableToIPC(new Table(columns as never), 'file'));
  const trades = async (name: string, args: Record<string, unknown> = {}) => {
    const ctx = contextFor('trade', { path: at(name), ...args });
    const reader = readerFor(ctx, 'arrow');
    return { rows: await readAll(reader, ctx), bad: reader.bad };
  };

  it('reads files of others: units of time, small floats, whole numbers, utf8 and dictionaries', async () => {
    write('other.arrow', {
      timestamp: vectorFromArray([1700000000000, 1700000000001], new TimestampMillisecond()),
      ticker: vectorFromArray(['A', 'B'], new Utf8()),
      price: vectorFromArray([1.5, 2.25], new Float32()), size: makeVector(Int32Array.of(7, 8)), side: vectorFromArray(['buy', 'sell']),
    });
    expect((await trades('other.arrow')).rows).toEqual([[1700000000000000, 'A', 1.5, 7, 1], [1700000000001000, 'B', 2.25, 8, 0]]);
    write('nanos.arrow', {
      ts: makeVector(makeData({ type: new TimestampNanosecond(), length: 2, data: BigInt64Array.of(1723161254087891268n, -1n) })),
      symbol: vectorFromArray(['A', 'A']),
      price: makeVector(Float64Array.of(1, 2)), size: makeVector(BigInt64Array.of(9007199254740991n, -3n)),
    });
    expect((await trades('nanos.arrow', { order: 'arrival' })).rows).toEqual([[1723161254087891, 'A', 1, 9007199254740991, null],
      [-1, 'A', 2, -3, null]]);
    write('longs.arrow', { ts_ns: makeVector(BigInt64Array.of(1723161254087891268n)), price: makeVector(Float64Array.of(1)),
      size: makeVector(Float64Array.of(1)) });
    expect((await trades('longs.arrow')).rows).toEqual([[1723161254087891, 'longs', 1, 1, null]]);
  });

  it('counts rows that lack a value', async () => {
    write('holes.arrow', {
      ts: makeVector(Float64Array.of(1, 2, 3, 4)), symbol: vectorFromArray(['A', null, 'A', 'B']),
      price: vectorFromArray([1, 2, null, 4]), size: makeVector(Float64Array.of(1, 1, 1, Infinity)),
    });
    const { rows, bad } = await trades('holes.arrow');
    expect(rows).toEqual([[1e6, 'A', 1, 1, null]]);
    expect(bad.first.map((b) => [b.at, b.code])).toEqual([[1, 'E753'], [2, 'E753'], [3, 'E754']]);
  });

  it('refuses what is no Arrow file', async () => {
    writeFileSync(at('no.arrow'), 'ts,symbol,price,size\n1,A,1,1\n');
    await expect(trades('no.arrow')).rejects.toMatchObject({ code: 'E703', exit: 7 });
  });

  it('writes timestamps in microseconds and symbols as text, which every reader takes', async () => {
    await generateFile({ to: at('many.arrow'), schema: 'trade',
      settings: { symbols: Array.from({ length: 300 }, (_, i) => `S${i}`), rate: 0.1, length: 3_600_000_000 } });
    const table = tableFromIPC(readFileSync(at('many.arrow')));
    expect(table.schema.fields.map((f) => `${f.name} ${String(f.type)}`)).toEqual([
      'ts Timestamp<MICROSECOND, UTC>', 'symbol Utf8', 'price Float64', 'size Float64', 'side Dictionary<Int32, Utf8>',
    ]);
    expect(table.batches.length).toBeGreaterThan(1);
    const last = table.get(table.numRows - 1)!;
    const ctx = contextFor('trade', { path: at('many.arrow') });
    const rows = await readAll(readerFor(ctx, 'arrow'), ctx);
    expect([rows.length, rows.at(-1)![1], rows.at(-1)![2]]).toEqual([table.numRows, String(last.symbol), last.price]);
  });
});
