import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyTable } from '../../src/core/keys.ts';
import { Engine } from '../../src/engine/engine.ts';
import { replay } from '../../src/engine/replay.ts';
import type { Chunk } from '../../src/core/connector.ts';
import { newManifest, writeManifest } from '../../src/recording/manifest.ts';
import { openRecording, readStream } from '../../src/recording/recording.ts';
import { StreamWriter } from '../../src/recording/stream-writer.ts';
import { planOf } from '../build.ts';
import { round, type Result } from '../measure.ts';
import { makeTrades } from '../trades.ts';
import { engineOn, feed, TEN_OPERATORS } from '../pipeline/ten-operators.ts';

const SYMBOLS = 500;
/** Rows handed over at once, as a busy live run does. */
const BATCH = 4096;

/** Writes rows as a recording of a source does, in batches of an epoch; the files are closed. */
function write(folder: string, chunk: Chunk, keys: KeyTable): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const { schema } = planOf(TEN_OPERATORS).sources[0];
  const writer = new StreamWriter(folder, { id: 'trades', kind: 'source', schema }, {});
  for (let i = 0; i < chunk.n; i += BATCH) writer.addRun(chunk, i, Math.min(chunk.n, i + BATCH), i + 1, 1.7e15, keys);
  writer.close();
  const manifest = newManifest({ pipeline: 'bench', plan: null, universe: null, created: '', streams: [{ ...writer.info, ended: chunk.n + 1,
    files: writer.closed }] });
  writeManifest(folder, { ...manifest, closed: '', complete: true, writer: null });
}

async function read(folder: string): Promise<number> {
  const reader = readStream(openRecording(folder), 'trades', new KeyTable());
  let rows = 0;
  for (let c = await reader.next(); c !== null; c = await reader.next()) rows += c.n;
  await reader.close();
  return rows;
}

async function through(folder: string): Promise<number> {
  const engine = new Engine(planOf(TEN_OPERATORS));
  const reader = readStream(openRecording(folder), 'trades', engine.graph.keys[0]);
  await replay(engine, [reader], { order: 'seq', batch: BATCH });
  await reader.close();
  return engine.report()['picked'].out;
}

/** Writing a recording, reading it, and replaying it through the ten operators, against the same rows from memory. */
export async function recordings(rows: number, rounds: number): Promise<Result[]> {
  const folder = join(mkdtempSync(join(tmpdir(), 'millrace-bench-')), 'r');
  const trades = makeTrades(rows, SYMBOLS);
  const keys = new KeyTable();
  for (let k = 0; k < SYMBOLS; k++) keys.intern(`S${k}`);
  const least = { write: Infinity, read: Infinity, replay: Infinity, memory: Infinity };
  const found = new Set<number>();
  const time = async (what: keyof typeof least, work: () => unknown): Promise<void> => {
    const from = process.hrtime.bigint();
    await work();
    least[what] = Math.min(least[what], Number(process.hrtime.bigint() - from));
  };
  try {
    for (let r = 0; r < rounds; r++) {
      const { engine, chunk } = engineOn(planOf(TEN_OPERATORS), trades, SYMBOLS);
      await time('write', () => write(folder, chunk, keys));
      await time('read', async () => { if ((await read(folder)) !== rows) throw new TypeError('rows are missing'); });
      await time('memory', () => feed(engine, chunk, 0, rows, BATCH));
      found.add(engine.report()['picked'].out);
      await time('replay', async () => { found.add(await through(folder)); });
    }
  } finally {
    rmSync(join(folder, '..'), { recursive: true });
  }
  if (found.size !== 1) throw new TypeError(`a replay gives ${[...found].join(' and ')} rows`);
  const speed = (ns: number): number => round((rows / ns) * 1e3);
  return [
    { name: 'recording: written', value: speed(least.write), unit: 'M rows/s', against: null, ratio: null },
    { name: 'recording: read, every checksum verified', value: speed(least.read), unit: 'M rows/s', against: null, ratio: null },
    {
      name: 'recording: replayed through ten operators', value: speed(least.replay), unit: 'M rows/s', against: 'time of the same rows from memory',
      ratio: round(least.replay / least.memory),
    },
  ];
}
