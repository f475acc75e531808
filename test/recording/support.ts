import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Bus } from '../../src/bus/bus.ts';
import { openFeeds } from '../../src/cli/feeds.ts';
import { Random } from '../../src/core/random.ts';
import { Engine } from '../../src/engine/engine.ts';
import { live } from '../../src/engine/live.ts';
import { replay, type ReplayResult } from '../../src/engine/replay.ts';
import { compile } from '../../src/plan/compile.ts';
import type { Plan } from '../../src/plan/ir.ts';
import { openRecording, readStream } from '../../src/recording/recording.ts';
import { Recorder, type RecorderOptions } from '../../src/recording/recorder.ts';
import { readText } from '../harness/pipeline.ts';
import { REGISTRY } from '../shipped.ts';

/** Two sources that meet, a window, a join as of, and a signal: what depends on order shows. */
export const TWO_SOURCES = `
apiVersion: 1
pipeline: two-sources
sources:
  trades: { nats: { subject: "md.trades.{symbol}" }, schema: trade }
  quotes: { nats: { subject: "md.quotes.{symbol}" }, schema: quote }
nodes:
  seen: { from: trades, compute: { bid: asof(quotes.bid), fast: "ema(price, 5)", slow: "ema(price, 20)" } }
  both: { from: [trades, quotes], merge: {} }
  window: { from: both, window: { every: 1s, columns: { n: count(), last: last(price) } } }
  cross: { from: seen, signal: { buy: "crosses_above(fast, slow) and price > bid", sell: "crosses_below(fast, slow)" } }
outputs:
  signals: { from: cross, stdout: jsonl }
`;

export const planOf = (text: string): Plan => {
  const { plan, diagnostics } = compile(readText(text), REGISTRY, { observe: 'all' });
  if (plan === null) throw new TypeError(diagnostics.map((d) => `${d.code} ${d.message}`).join('\n'));
  return plan;
};

/** A folder that goes away with the test file. */
export function scratch(): () => string {
  const folders: string[] = [];
  afterAll(() => folders.forEach((f) => rmSync(f, { recursive: true, force: true })));
  return () => {
    folders.push(mkdtempSync(join(tmpdir(), 'millrace-record-')));
    return join(folders.at(-1)!, 'r');
  };
}

export interface LiveRun {
  readonly hash: string;
  readonly rows: number;
}

/**
 * A live run over a bus, recorded: two producers publish side by side at random moments. Works over any bus, a server's client included:
 * `settled` says when everything published has been delivered.
 */
export async function recordLive(bus: Bus, folder: string, o: { readonly seed: number; readonly messages: number;
  readonly settled: (rows: () => number) => Promise<void>; readonly options?: Partial<RecorderOptions> }): Promise<LiveRun> {
  const doc = readText(TWO_SOURCES);
  const engine = new Engine(planOf(TWO_SOURCES), { hash: 'all' });
  const nodes = engine.plan.nodes.map((n) => n.id);
  const recorder = new Recorder(engine, { folder, pipeline: 'two-sources', nodes, flushMs: 0, ...o.options });
  const stop = new AbortController();
  const running = live(engine, openFeeds(doc, engine.graph.keys[0], bus, 1), { signal: stop.signal });
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.all([
    produce(bus, 'trades', o.seed, o.messages, (r, ts) => ({ ts, price: 100 + r.next() * 5, size: r.int(1, 9), side: r.int(0, 1) === 0 ? 'buy' : 'sell' })),
    produce(bus, 'quotes', o.seed + 1, o.messages, (r, ts) => ({ ts, bid: 99 + r.next() * 5, ask: 105 + r.next() })),
  ]);
  await o.settled(() => engine.ingest.rowsTaken.reduce((a, b) => a + b, 0));
  stop.abort();
  await running;
  const rows = engine.ingest.rowsTaken.reduce((a, b) => a + b, 0);
  recorder.close();
  if (recorder.fault !== null && o.options?.disk === undefined) throw recorder.fault;
  const hash = engine.hash(nodes);
  await engine.close();
  return { hash, rows };
}

type Make = (random: Random, ts: number) => Record<string, unknown>;

async function produce(bus: Bus, kind: string, seed: number, messages: number, make: Make): Promise<void> {
  const random = new Random(seed);
  let ts = 1_700_000_000_000_000;
  for (let i = 0; i < messages; i++) {
    ts += random.int(0, 40_000);
    // Every now and then a heartbeat, and a row that is late.
    const value = random.int(0, 30) === 0 ? { heartbeat: new Date(ts / 1000).toISOString() }
      : make(random, 0);
    if ('ts' in value) value.ts = new Date((ts - (random.int(0, 20) === 0 ? 90_000 : 0)) / 1000).toISOString();
    await bus.publish(`md.${kind}.${['AAPL', 'MSFT', 'BRK%2EB'][random.int(0, 2)]}`, JSON.stringify(value));
    if (random.int(0, 7) === 0) await new Promise((resolve) => setTimeout(resolve, random.int(0, 2)));
    else if (random.int(0, 3) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Replays a recording of the two sources. */
export async function replayHash(folder: string, batch: number | { readonly seed: number }): Promise<{ hash: string; result: ReplayResult; lastSeq: number }> {
  const recording = openRecording(folder);
  const engine = new Engine(planOf(TWO_SOURCES), { hash: 'all' });
  const readers = engine.plan.sources.map((s) => readStream(recording, s.id, engine.graph.keys[0]));
  const result = await replay(engine, readers, { order: 'seq', batch });
  for (const r of readers) await r.close();
  const hash = engine.hash(engine.plan.nodes.map((n) => n.id));
  const { lastSeq } = engine.ingest;
  await engine.close();
  return { hash, result, lastSeq };
}
