import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Chunk } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import { KeyTable } from '../core/keys.ts';
import { Random } from '../core/random.ts';
import { TAKER, type Schema } from '../core/types.ts';
import { newManifest, writeManifest } from './manifest.ts';
import { openRecording, readStream } from './recording.ts';
import type { ReadOptions } from './stream-reader.ts';
import { StreamWriter, type WriteOptions } from './stream-writer.ts';

/** One column of every type. */
export const ALL_TYPES: Schema = [
  { name: 'price', type: 'f64' }, { name: 'count', type: 'i64' }, { name: 'up', type: 'bool' }, { name: 'note', type: 'text' },
  { name: 'side', type: TAKER }, { name: 'when', type: 'time' }, { name: 'held', type: 'duration' },
];

export type Row = readonly [seq: number, ts: number, symbol: string | null, ...values: (number | string | null)[]];

export const temporary = (): string => mkdtempSync(join(tmpdir(), 'millrace-recording-'));

/** Seeded rows of all types with nulls, heartbeats and odd values. */
export function someRows(n: number, seed = 7): Row[] {
  const random = new Random(seed);
  const odd = [Infinity, -Infinity, -0, 5e-324, 1e300, 0.1 + 0.2];
  const maybe = <T>(x: T): T | number => (random.int(0, 5) === 0 ? NaN : x);
  const texts = ['', 'up', 'Größe €', null, 'x'.repeat(40)];
  return Array.from({ length: n }, (_, i): Row => {
    const ts = 1.7e15 + i * 1000;
    if (random.int(0, 9) === 0) return [i + 1, ts, null, ...ALL_TYPES.map((f) => (f.type === 'text' ? null : NaN))];
    const symbol = ['AAPL', 'BRK.B', 'BTC-USDT-PERPETUAL', 'A', 'Ä'][random.int(0, 4)];
    return [i + 1, ts, symbol, maybe(random.int(0, 3) === 0 ? odd[random.int(0, 5)] : random.next() * 100), maybe(random.int(-5, 9e6) * 1e9),
      maybe(random.int(0, 1)), texts[random.int(0, 4)], maybe(random.int(0, 1)), maybe(1.6e15 + i), maybe(i * 17)];
  });
}

/** The rows as a chunk, their symbols interned. */
export function chunkOf(rows: readonly Row[], schema: Schema, keys: KeyTable): Chunk {
  return {
    n: rows.length, ts: Float64Array.from(rows, (r) => r[1]), key: Int32Array.from(rows, (r) => (r[2] === null ? -1 : keys.intern(r[2]))),
    cols: schema.map((f, c) => (f.type === 'text' ? rows.map((r) => r[c + 3] as string | null)
      : Float64Array.from(rows, (r) => r[c + 3] as number))),
  };
}

/** Records rows into a new folder, with a chunk for every `chunk` of them. Not closed when `close` is false. */
export function record(folder: string, rows: readonly Row[], o: WriteOptions & {
  readonly schema?: Schema; readonly chunk?: number; readonly close?: boolean } = {}): StreamWriter {
  const { schema = ALL_TYPES, chunk = 50, close = true, ...options } = o;
  mkdirSync(folder, { recursive: true });
  const keys = new KeyTable();
  const writer = new StreamWriter(folder, { id: 'trades', kind: 'source', schema }, options);
  for (let i = 0; i < rows.length; i += chunk) {
    const part = rows.slice(i, i + chunk);
    writer.addRun(chunkOf(part, schema, keys), 0, part.length, part[0][0], 1.8e15, keys);
    writer.flush();
  }
  if (close) writer.close();
  describe(folder, writer, close);
  return writer;
}

export function describe(folder: string, writer: StreamWriter, closed: boolean): void {
  const manifest = newManifest({
    pipeline: 'test', plan: null, universe: null, created: '2024-01-01T00:00:00Z',
    streams: [{ ...writer.info, ended: null, files: closed ? writer.closed : [] }],
  });
  writeManifest(folder, { ...manifest, writer: null, complete: closed, closed: closed ? '2024-01-01T00:00:01Z' : null });
}

export interface ReadBack {
  readonly rows: Row[];
  readonly refusal: Refusal | null;
  readonly skipped: number;
  readonly torn: number;
}

/** Reads everything that can be read; a refusal ends it and is kept. Anything else that is thrown is a fault of the reader. */
export async function readBack(folder: string, options: ReadOptions = {}): Promise<ReadBack> {
  const rows: Row[] = [];
  const keys = new KeyTable();
  let refusal: Refusal | null = null;
  let skipped = 0;
  let torn = 0;
  try {
    const reader = readStream(openRecording(folder), 'trades', keys, options);
    try {
      for (let c = await reader.next(); c !== null; c = await reader.next()) {
        for (let i = 0; i < c.n; i++) {
          rows.push([c.seq[i], c.ts[i], c.key[i] < 0 ? null : keys.symbols[c.key[i]], ...c.cols.map((col) => col[i])]);
        }
      }
    } finally {
      ({ rows: skipped, torn } = reader.missing);
      await reader.close();
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refusal = error;
  }
  return { rows, refusal, skipped, torn };
}

/** Equal to the bit: -0 is not 0, and every NaN is the same null. */
export const same = (a: Row, b: Row): boolean => a.length === b.length && a.every((x, i) => Object.is(x, b[i]));
