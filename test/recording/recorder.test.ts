import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { expect, it } from 'vitest';
import type { Chunk } from '../../src/core/connector.ts';
import { KeyTable } from '../../src/core/keys.ts';
import { Engine } from '../../src/engine/engine.ts';
import { replay } from '../../src/engine/replay.ts';
import { DISK, type Disk } from '../../src/recording/disk.ts';
import { openRecording, readStream } from '../../src/recording/recording.ts';
import { Recorder, type RecorderOptions } from '../../src/recording/recorder.ts';
import { planOf, scratch } from './support.ts';

const folder = scratch();

const PIPELINE = `
apiVersion: 1
pipeline: kept
sources:
  trades: { synthetic: {}, schema: trade }
  quotes: { synthetic: {}, schema: quote }
nodes:
  bars: { from: trades, window: { every: 1s, columns: { n: count(), last: last(price) } } }
`;

/** `n` trades a tenth of a second apart, from row `at` on, of symbols A, B and C; every seventh is a heartbeat. */
function trades(engine: Engine, at: number, n: number): Chunk {
  const keys = engine.graph.keys[0];
  const index = Array.from({ length: n }, (_, i) => at + i);
  return {
    n, ts: Float64Array.from(index, (i) => i * 100_000), key: Int32Array.from(index, (i) => (i % 7 === 6 ? -1 : keys.intern('ABC'[i % 3]))),
    cols: [Float64Array.from(index, (i) => 10 + (i % 10)), Float64Array.from(index, () => 1), Float64Array.from(index, () => NaN)],
  };
}

interface Kept {
  readonly engine: Engine;
  readonly recorder: Recorder;
}

function start(at: string, options: Partial<RecorderOptions> = {}, universe: readonly string[] | null = null): Kept {
  const engine = new Engine(planOf(PIPELINE), { hash: 'all', universe });
  return { engine, recorder: new Recorder(engine, { folder: at, pipeline: 'kept', nodes: ['bars'], universe, flushMs: 0, ...options }) };
}

async function feed({ engine }: Kept, from: number, to: number, step = 100): Promise<void> {
  for (let at = from; at < to; at += step) {
    engine.take(0, trades(engine, at, Math.min(step, to - at)));
    await engine.epoch();
  }
}

async function rowsOf(at: string, stream: string): Promise<{ seq: number[]; symbols: (string | null)[]; received: number[] }> {
  const keys = new KeyTable();
  const reader = readStream(openRecording(at), stream, keys);
  const out = { seq: [] as number[], symbols: [] as (string | null)[], received: [] as number[] };
  for (let c = await reader.next(); c !== null; c = await reader.next()) {
    out.seq.push(...c.seq.subarray(0, c.n));
    out.received.push(...c.received.subarray(0, c.n));
    for (let i = 0; i < c.n; i++) out.symbols.push(c.key[i] < 0 ? null : keys.symbols[c.key[i]]);
  }
  await reader.close();
  return out;
}

async function replayed(at: string, universe: readonly string[] | null = null): Promise<{ hash: string; lastSeq: number }> {
  const engine = new Engine(planOf(PIPELINE), { hash: 'all', universe });
  const recording = openRecording(at);
  const readers = engine.plan.sources.map((s) => readStream(recording, s.id, engine.graph.keys[0]));
  await replay(engine, readers, { order: 'seq', batch: { seed: 3 } });
  for (const r of readers) await r.close();
  const found = { hash: engine.hash(engine.plan.nodes.map((n) => n.id)), lastSeq: engine.ingest.lastSeq };
  await engine.close();
  return found;
}

const hashOf = ({ engine }: Kept): string => engine.hash(engine.plan.nodes.map((n) => n.id));

it('keeps heartbeats, the order, the time of arrival, and where a source ended', async () => {
  const at = folder();
  let now = 1.8e15;
  const kept = start(at, { clock: () => now++ });
  await feed(kept, 0, 500);
  kept.engine.end(0);
  await kept.engine.epoch();
  kept.engine.take(1, { n: 1, ts: Float64Array.of(5e9), key: Int32Array.of(-1), cols: [0, 1, 2, 3].map(() => new Float64Array(1)) });
  kept.engine.end(1);
  await kept.engine.epoch();
  kept.recorder.close();
  const { seq, symbols, received } = await rowsOf(at, 'trades');
  expect(seq).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
  expect(symbols.slice(0, 8)).toEqual(['A', 'B', 'C', 'A', 'B', 'C', null, 'B']);
  expect(received.every((t, i) => t >= 1.8e15 && (i === 0 || t >= received[i - 1]))).toBe(true);
  expect(openRecording(at).manifest.streams.map((s) => [s.id, s.kind, s.ended])).toEqual([
    ['trades', 'source', 501], ['quotes', 'source', 503], ['bars', 'node', null]]);
  const again = await replayed(at);
  expect([again.hash, again.lastSeq]).toEqual([hashOf(kept), 503]);
});

it('what a universe keeps out has no number and is not recorded', async () => {
  const at = folder();
  const kept = start(at, {}, ['A', 'C']);
  await feed(kept, 0, 700);
  kept.recorder.close();
  const { seq, symbols } = await rowsOf(at, 'trades');
  expect(new Set(symbols)).toEqual(new Set(['A', 'C', null]));
  expect(seq).toEqual(Array.from({ length: symbols.length }, (_, i) => i + 1));
  expect(await replayed(at, ['A', 'C'])).toEqual({ hash: hashOf(kept), lastSeq: symbols.length });
  // A narrower universe leaves numbers out, and the others are what they were.
  expect((await replayed(at, ['A'])).lastSeq).toBe(symbols.length);
});

it('goes on after a process ended, and records nothing twice', async () => {
  const at = folder();
  const whole = folder();
  const first = start(at);
  await feed(first, 0, 250);
  first.recorder.flush();
  const saved = first.engine.save();
  await feed(first, 250, 400);
  first.recorder.flush();
  // The process ends here without a word; the next one begins at its checkpoint, which is older than what was recorded.
  expect(() => start(at)).toThrow(/holds a recording already/);
  const engine = new Engine(planOf(PIPELINE), { hash: 'all' });
  engine.load(saved);
  const second: Kept = { engine, recorder: new Recorder(engine, { folder: at, pipeline: 'kept', nodes: ['bars'], flushMs: 0, append: true }) };
  await feed(second, 250, 900, 90);
  second.recorder.close();
  const undisturbed = start(whole);
  await feed(undisturbed, 0, 900);
  undisturbed.recorder.close();
  for (const stream of ['trades', 'bars']) {
    const [got, want] = [await rowsOf(at, stream), await rowsOf(whole, stream)];
    expect(want.seq.length).toBeGreaterThan(80);
    expect([got.seq, got.symbols]).toEqual([want.seq, want.symbols]);
  }
  expect(await replayed(at)).toEqual(await replayed(whole));
  expect(readdirSync(at).filter((f) => f.startsWith('trades.') && f.endsWith('.arrow'))).toHaveLength(2);
});

/** A disk that takes so many bytes of data and no more. */
function fullAfter(bytes: number): Disk {
  let left = bytes;
  return {
    ...DISK,
    append: (fd, parts) => {
      for (const part of parts) {
        const n = Math.min(part.byteLength, left);
        DISK.append(fd, [part.subarray(0, n)]);
        left -= n;
        if (n < part.byteLength) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      }
    },
  };
}

/** The run goes on, the recording ends at a whole chunk, and says why. */
async function expectEnded(at: string, kept: Kept, faults: unknown[]): Promise<void> {
  await feed(kept, 0, 20_000, 1000);
  kept.recorder.flush();
  await feed(kept, 20_000, 21_000, 1000);
  kept.recorder.close();
  expect(kept.engine.ingest.lastSeq).toBe(21_000);
  expect(faults).toHaveLength(1);
  expect(kept.recorder.fault).toMatchObject({ code: 'E784', exit: 7 });
  expect(kept.recorder.fault?.message).toMatch(/the disk is full/);
  const { seq } = await rowsOf(at, 'trades');
  expect(seq.length).toBeLessThan(20_000);
  expect(seq).toEqual(Array.from({ length: seq.length }, (_, i) => i + 1));
  expect(openRecording(at).manifest.complete).toBe(false);
}

it('a disk that is full at any moment ends the recording and not the run', async () => {
  let some = 0;
  for (const bytes of [0, 100, 1300, 30_000, 120_000, 300_001]) {
    const at = folder();
    const faults: unknown[] = [];
    const kept = start(at, { disk: fullAfter(bytes), onFault: (f) => faults.push(f) });
    for (let i = 0; i < 20; i++) {
      kept.engine.take(0, trades(kept.engine, i * 1000, 1000));
      await kept.engine.epoch();
      kept.recorder.flush();
    }
    expect([kept.engine.ingest.lastSeq, faults.length, kept.recorder.fault?.code]).toEqual([20_000, 1, 'E784']);
    const { seq } = await rowsOf(at, 'trades');
    expect(seq.length % 1000).toBe(0);
    expect(seq).toEqual(Array.from({ length: seq.length }, (_, i) => i + 1));
    some += seq.length;
    kept.recorder.close();
  }
  expect(some).toBeGreaterThan(2000);
});

it('so does a file system that is really full', async () => {
  const at = folder();
  mkdirSync(at, { recursive: true });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', at]);
  if (mounted.status !== 0) {
    console.log('skipped: a tmpfs that is full, which only root can mount');
    return;
  }
  try {
    const faults: unknown[] = [];
    await expectEnded(join(at, 'r'), start(join(at, 'r'), { onFault: (f) => faults.push(f) }), faults);
  } finally {
    spawnSync('umount', [at]);
  }
});

it('refuses a folder with other files, and one whose streams have other columns', async () => {
  const at = folder();
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, 'mine.arrow'), 'x');
  expect(() => start(at)).toThrow(/holds other \.arrow files/);
  const other = folder();
  start(other).recorder.close();
  const engine = new Engine(planOf(PIPELINE.replace('schema: quote', 'schema: trade').replace('last: last(price)', 'last: max(price)')));
  expect(() => new Recorder(engine, { folder: other, pipeline: 'kept', append: true, flushMs: 0 })).toThrow(/has a stream `quotes` with other columns/);
  expect(readdirSync(other).filter((f) => f.endsWith('.arrow')).map((f) => tableFromIPC(readFileSync(join(other, f))).numRows)).toEqual([0, 0, 0]);
});
