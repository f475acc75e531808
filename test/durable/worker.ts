import { copyChunk, ChunkBuffer } from '../../src/connect/chunk-buffer.ts';
import type { Refusal } from '../../src/core/diagnostic.ts';
import type { OutputRows } from '../../src/core/connector.ts';
import type { KeyTable } from '../../src/core/keys.ts';
import type { Envelope, MessageDecoder, MessageEncoder } from '../../src/core/message.ts';
import { Random } from '../../src/core/random.ts';
import { Durable, type DurableResult } from '../../src/engine/durable/durable.ts';
import { Lane } from '../../src/engine/durable/lane.ts';
import { resume, type ResumeOptions } from '../../src/engine/durable/resume.ts';
import { planHash } from '../../src/engine/identity.ts';
import type { Stream } from '../harness/market.ts';
import type { Subject } from '../harness/pipeline.ts';
import { ModelOutput, type ModelLog, type ModelStore } from './model.ts';

/** A message is the number of a row of a stream, so that codecs are out of the picture. */
export const payloadOf = (rows: readonly number[]): Uint8Array => new Uint8Array(Int32Array.from(rows).buffer);

class RowDecoder implements MessageDecoder {
  readonly chunk: ChunkBuffer;
  readonly bad = { count: 0, first: [] };
  private readonly stream: Stream;
  private readonly keys: KeyTable;

  constructor(stream: Stream, keys: KeyTable) {
    this.stream = stream;
    this.keys = keys;
    this.chunk = new ChunkBuffer(stream.schema, 4096);
  }

  decode(m: Envelope): number {
    const rows = new Int32Array(m.payload.slice().buffer);
    for (const r of rows) {
      const n = this.chunk.n++;
      const symbol = this.stream.symbol[r];
      this.chunk.ts[n] = this.stream.ts[r];
      this.chunk.key[n] = symbol === null ? -1 : this.keys.intern(symbol);
      this.stream.cols.forEach((col, c) => { (this.chunk.cols[c] as unknown[])[n] = col[r]; });
    }
    return rows.length;
  }

  clear(): void {
    this.chunk.n = 0;
  }
}

const encoder = (subject: string, grouped: boolean): MessageEncoder => ({
  grouped, most: grouped ? 2 : 1, headers: [['Codec', 'test']],
  subject: (rows: OutputRows, i) => `${subject}.${rows.keys.symbols[rows.key[i]]}`,
  encode: (rows, at, n) => Array.from(at.subarray(0, n), (i) => [rows.ts[i], ...rows.cols.map((c) => String(c[i]))].join(',')).join(';'),
});

export interface World {
  readonly subject: Subject;
  readonly inputs: readonly { readonly log: ModelLog; readonly sources: readonly { readonly index: number; readonly stream: Stream }[] }[];
  readonly outputs: readonly { readonly node: string; readonly grouped?: boolean }[];
  readonly out: ModelLog;
  readonly store: ModelStore;
  /** Messages after which everything has been taken. */
  readonly total: number;
}

export class Crash extends Error {}

export interface Life {
  /** Dies at the nth failpoint that is passed; null lives to the end. */
  readonly dieAt: number | null;
  readonly seed: number;
  readonly options?: Partial<ResumeOptions>;
  /** Subjects that the log refuses, and who is told. */
  readonly tooLarge?: (subject: string) => boolean;
  readonly onRefused?: (why: Refusal) => void;
}

export interface Lived {
  readonly result: DurableResult | null;
  readonly suppressed: number;
  readonly checked: number;
  readonly from: number;
  readonly gaps: readonly string[];
}

/** One life of a worker: recovers, runs until all is taken or until it dies. */
export async function live(world: World, life: Life): Promise<Lived> {
  const random = new Random(life.seed);
  const engine = world.subject.engine();
  const log = new ModelOutput(world.out, random, life.tooLarge);
  const lane = new Lane(log, world.outputs.map((o) => ({ node: o.node, encoder: encoder(o.node, o.grouped === true) })), 0, life.onRefused ?? null);
  world.outputs.forEach((o, i) => engine.tap(o.node, (rows) => lane.collect(i, rows)));
  const gaps: string[] = [];
  const inputs = world.inputs.map((i) => ({
    log: i.log,
    sources: i.sources.map((s) => ({
      index: s.index, decoder: new RowDecoder(s.stream, engine.graph.keys[0]), matches: (subject: string) => subject.startsWith(`s${s.index}`),
    })),
  }));
  const plan = planHash(engine.plan);
  const resumed = await resume({
    engine, plan, inputs, originOf: async () => 1, lanes: [lane], store: world.store, partition: 0, batch: random.int(1, 200),
    verify: 'all', fresh: false, from: null, onGap: (name, wanted, first) => void gaps.push(`${name} ${wanted}-${first}`), ...life.options,
  });
  const stop = new AbortController();
  let passed = 0;
  const durable = new Durable({
    engine, input: resumed.input, lanes: [lane], store: world.store, plan, partition: 0, epoch: 1,
    numbers: resumed.recovered.numbers, checkpointMs: 1, keepMs: 600_000, maxAgeMs: 1e9, verifier: resumed.verifier, signal: stop.signal,
    onEpoch: () => { if (resumed.input.messages >= world.total) stop.abort(); },
    failpoint: () => { if (++passed === life.dieAt) throw new Crash(); },
    onTrouble: (error) => { if (error instanceof Crash) crashed(error); else throw error; },
  });
  let crashed: (error: Error) => void = () => undefined;
  // A crash inside the write of a checkpoint ends the process as well, though that runs beside the loop.
  const death = new Promise<never>((_, reject) => { crashed = reject; });
  if (resumed.input.messages >= world.total) stop.abort();
  let result: DurableResult | null = null;
  try {
    result = await Promise.race([durable.run(), death]);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    log.die();
    stop.abort();
  }
  return { result, suppressed: lane.counts.suppressed, checked: resumed.verifier?.checked ?? 0, from: resumed.recovered.number, gaps };
}

export const outputsOf = (log: ModelLog): string[] =>
  log.kept.map((k) => `${k.headers.get('Nats-Msg-Id')} ${k.subject} ${Buffer.from(k.payload).toString()}`);

export { copyChunk };
