import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { BusPort } from '../connect/bus-port.ts';
import { connectorOf } from '../connect/infer.ts';
import { writerFor } from '../connect/open.ts';
import type { OutputRows, OutputWriter } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { Engine } from '../engine/engine.ts';
import type { Document, OutputDecl } from '../language/document.ts';
import { refId } from '../plan/compile.ts';
import type { Plan } from '../plan/ir.ts';
import { mustKnow, pairs } from './overrides.ts';
import { EXIT } from './verb.ts';

const RESERVED = new Set(['websocket', 'parquet', 'sqlite', 'webhook', 'file']);

/** Writers on nodes of an engine: rows go in after every epoch, and out when the engine's driver says so. */
export class Outlets {
  private readonly writers: OutputWriter[] = [];
  private readonly pipeline: string;
  private readonly engine: Engine;
  private dirty = false;

  constructor(engine: Engine, pipeline: string) {
    this.engine = engine;
    this.pipeline = pipeline;
  }

  attach(node: string, writer: OutputWriter, watch?: (rows: OutputRows) => void): void {
    this.writers.push(writer);
    this.engine.tap(node, (rows) => {
      writer.write(rows);
      watch?.(rows);
      this.dirty = true;
    });
  }

  /** Rows of a node as text on standard output. */
  print(node: string, format: 'text' | 'csv' | 'jsonl', watch?: (rows: OutputRows) => void): void {
    const { schema } = this.engine.node(node);
    const ctx = { id: node, pipeline: this.pipeline, schema, base: '.', args: { format } };
    this.attach(node, writerFor('stdout', ctx, { stdout: process.stdout, bus: null }), watch);
  }

  /** Rows of a node into a file, by the ending of its name; `-` is standard output as CSV. */
  file(node: string, path: string, cwd: string, force: boolean): void {
    if (path === '-') {
      this.print(node, 'csv');
      return;
    }
    const full = resolve(cwd, path);
    if (existsSync(full) && !force) {
      throw new Refusal('E710', `${path} exists already`, { exit: EXIT.data, help: ['--force replaces it'] });
    }
    const ctx = {
      id: node, pipeline: this.pipeline, schema: this.engine.node(node).schema, base: cwd,
      args: { path: full, exists: 'replace', delimiter: /\.tsv(\.gz)?$/i.test(basename(path)) ? 'tab' : ',' },
    };
    this.attach(node, writerFor(connectorOf(path), ctx, { stdout: process.stdout, bus: null }));
  }

  /** An output of the pipeline as it is written there. */
  output(o: OutputDecl, base: string, bus: BusPort | null): void {
    const node = refId(o.from);
    const ctx = { id: o.id, pipeline: this.pipeline, schema: this.engine.node(node).schema, base, args: o.args };
    this.attach(node, writerFor(o.connector, ctx, { stdout: process.stdout, bus }));
  }

  /** Hands on what has come since the last time, and waits for slow takers. */
  settle(before?: () => void): Promise<void> | undefined {
    if (!this.dirty) return undefined;
    this.dirty = false;
    before?.();
    return Promise.all(this.writers.map((w) => w.flush())).then(() => undefined);
  }

  async close(): Promise<void> {
    for (const w of this.writers) await w.close();
  }
}

/** `--tap node=FILE`, each checked against the plan's nodes. */
export function tapsOf(given: readonly string[] | undefined, doc: Document): ReadonlyMap<string, string> {
  const taps = pairs('--tap', (given ?? []).map((t) => (t.includes('=') ? t : `${t}=-`)));
  const known = [...doc.sources, ...doc.nodes].map((n) => n.id);
  for (const id of taps.keys()) if (!known.includes(id.split('.')[0])) mustKnow(id, known, 'node');
  return taps;
}

/** Nodes that nothing reads: what a pipeline is for, where it names no output. */
export function leavesOf(plan: Plan): string[] {
  const signals = plan.nodes.filter((n) => n.operator === 'signal').map((n) => n.id);
  return signals.length > 0 ? signals : plan.nodes.filter((n) => n.kind !== 'source' && !n.used).map((n) => n.id);
}

/** What a replay has to read: the nodes tapped, and all of them where the pipeline says nothing of outputs. */
export const observed = (doc: Document, taps: readonly string[] | undefined): ReadonlySet<string> | 'all' =>
  (doc.outputs.length === 0 ? 'all' : new Set((taps ?? []).map((t) => t.split('=')[0])));

export interface Shown {
  /** Nodes whose rows are printed where no output of the pipeline prints them already. */
  readonly printed: readonly string[];
  readonly files: readonly OutputDecl[];
}

/**
 * What a replay does with the outputs of a pipeline: those on standard output and in files stay, those on a bus or the network are
 * printed instead, so that no replay is taken for the live run.
 */
export function replayOutputs(doc: Document, plan: Plan): Shown {
  const files = doc.outputs.filter((o) => o.connector !== 'nats' && !RESERVED.has(o.connector));
  const elsewhere = doc.outputs.filter((o) => o.connector === 'nats' || RESERVED.has(o.connector)).map((o) => refId(o.from));
  const stdout = new Set(files.filter((o) => o.connector === 'stdout').map((o) => refId(o.from)));
  const none = doc.outputs.length === 0 ? leavesOf(plan) : [];
  return { printed: [...new Set([...elsewhere, ...none])].filter((id) => !stdout.has(id)), files };
}
