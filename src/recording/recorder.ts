import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import type { Chunk } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { Schema } from '../core/types.ts';
import type { Engine } from '../engine/engine.ts';
import type { IngestObserver } from '../engine/ingest.ts';
import { isBeingWritten, isRecording, newManifest, readManifest, writeManifest, type Manifest } from './manifest.ts';
import { repairRecording, resumeOf } from './repair.ts';
import { cannotWrite, StreamWriter, type WriteOptions } from './stream-writer.ts';

export interface RecorderOptions extends WriteOptions {
  readonly folder: string;
  readonly pipeline: string;
  /** Hash of the compiled plan. */
  readonly plan?: string | null;
  readonly universe?: readonly string[] | null;
  /** Nodes to record beside the sources; their columns must have been observed when the plan was made. */
  readonly nodes?: readonly string[];
  /** False records the nodes alone. */
  readonly sources?: boolean;
  /** Goes on with a recording that is there: what it has already, by seq, is not recorded again. */
  readonly append?: boolean;
  /** Milliseconds between writes of what has come; 0 leaves it to `flush`. */
  readonly flushMs?: number;
  /** Wall clock, microseconds since 1970. */
  readonly clock?: () => number;
  /** Called once when the recording had to stop, with the reason: the pipeline runs on without it. */
  readonly onFault?: (fault: Refusal) => void;
}

const FLUSH_MS = 1000;

/**
 * Records what the sources of an engine ingest, in total order, and what any of its nodes emit. It never stops the engine: when the disk
 * refuses, the recording ends at the last whole chunk and `onFault` is told. Rows outside the universe were never ingested, have no
 * place in the order, and are not recorded.
 */
export class Recorder implements IngestObserver {
  /** Why the recording stopped before its end, or null. */
  fault: Refusal | null = null;
  readonly writers: readonly StreamWriter[];
  private readonly options: RecorderOptions;
  private readonly engine: Engine;
  private readonly clock: () => number;
  private readonly sources: readonly (StreamWriter | null)[];
  private readonly ends: (number | null)[];
  private readonly timer: NodeJS.Timeout | null = null;
  private manifest: Manifest;
  private open = true;

  constructor(engine: Engine, options: RecorderOptions) {
    this.engine = engine;
    this.options = options;
    this.clock = options.clock ?? (() => Date.now() * 1000);
    const before = prepareFolder(options);
    const { sources } = engine.plan;
    this.sources = sources.map((s) => (options.sources === false ? null : this.writer(s.id, 'source', s.schema, before)));
    const taps = (options.nodes ?? []).filter((id) => !sources.some((s) => s.id === id))
      .map((id) => this.writer(id, 'node', engine.node(id).schema, before));
    this.writers = [...this.sources.filter((w) => w !== null), ...taps];
    this.ends = sources.map(() => null);
    this.manifest = newManifest({
      pipeline: options.pipeline, plan: options.plan ?? null, universe: options.universe ?? null, streams: [],
      created: before?.created ?? this.now(),
    });
    this.describe();
    if (options.sources !== false) engine.ingest.observe(this);
    for (const w of taps) engine.tap(w.info.id, (rows) => this.guard(() => w.addRows(rows, this.clock())));
    const every = options.flushMs ?? FLUSH_MS;
    if (every > 0) {
      this.timer = setInterval(() => this.flush(), every);
      this.timer.unref();
    }
  }

  /** Rows recorded so far, those that wait to be written included. */
  get count(): number {
    return this.writers.reduce((sum, w) => sum + w.rows, 0);
  }

  rows(source: number, chunk: Chunk, from: number, to: number, seq: number): void {
    const writer = this.sources[source];
    if (writer === null) return;
    this.guard(() => writer.addRun(chunk, from, to, seq, this.clock(), this.engine.graph.keys[0]));
  }

  ended(source: number, seq: number): void {
    this.ends[source] = seq;
    this.guard(() => this.describe());
  }

  /** Writes what has come since the last time: sources before the nodes that were made of them. */
  flush(): void {
    this.guard(() => { for (const w of this.writers) w.flush(); });
  }

  /** Ends the recording. What was written before is whole whether it is called or not. */
  close(): void {
    this.guard(() => {
      for (const w of this.writers) w.close();
      this.manifest = { ...this.manifest, writer: null, closed: this.now(), complete: true };
      this.describe();
    });
    this.release();
  }

  private now(): string {
    return new Date(this.clock() / 1000).toISOString();
  }

  private writer(id: string, kind: 'source' | 'node', schema: Schema, before: Manifest | null): StreamWriter {
    const { folder } = this.options;
    const columns = schema.map(({ name, type }) => ({ name, type }));
    const known = before?.streams.find((s) => s.id === id) ?? null;
    if (known !== null && JSON.stringify([known.kind, known.schema]) !== JSON.stringify([kind, columns])) {
      throw new Refusal('E785', `${folder} has a stream \`${id}\` with other columns`, { exit: 7, help: ['record into another folder'] });
    }
    const resume = known === null ? null : resumeOf(folder, known);
    return new StreamWriter(folder, { id, kind, schema: columns }, this.options, resume, known?.files ?? [], () => this.describe());
  }

  private describe(): void {
    const endOf = (id: string): number | null => this.ends[this.engine.plan.sources.findIndex((s) => s.id === id)] ?? null;
    const streams = this.writers.map((w) => ({ ...w.info, ended: endOf(w.info.id), files: w.closed }));
    this.manifest = { ...this.manifest, streams };
    try {
      writeManifest(this.options.folder, this.manifest);
    } catch (cause) {
      throw cannotWrite(this.options.folder, cause);
    }
  }

  private guard(work: () => void): void {
    if (!this.open) return;
    try {
      work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.fault = error;
      for (const w of this.writers) w.abandon();
      this.release();
      this.options.onFault?.(error);
    }
  }

  private release(): void {
    if (!this.open) return;
    this.open = false;
    if (this.timer !== null) clearInterval(this.timer);
    if (this.options.sources !== false) this.engine.ingest.observe(null);
  }
}

/** The folder, made where it is missing; the manifest of the recording that is gone on with, repaired. */
function prepareFolder({ folder, append }: RecorderOptions): Manifest | null {
  if (isRecording(folder)) {
    const there = readManifest(folder);
    const busy = isBeingWritten(there);
    if (append !== true || busy) {
      throw new Refusal('E784', `${folder} holds a recording already`, {
        exit: 7, help: [busy ? `process ${there.writer?.pid} is writing it` : '--append goes on with it, or record elsewhere'],
      });
    }
    repairRecording(folder);
    return readManifest(folder);
  }
  try {
    mkdirSync(folder, { recursive: true });
    if (existsSync(folder) && readdirSync(folder).some((f) => f.endsWith('.arrow'))) {
      throw new Refusal('E784', `${folder} holds other .arrow files`, { exit: 7, help: ['record into a folder of its own'] });
    }
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw cannotWrite(folder, cause);
  }
  return null;
}
