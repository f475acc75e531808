import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeRegistry } from '../src/cli/registry.ts';
import { contextOf } from '../src/cli/wire.ts';
import { readerFor } from '../src/connect/open.ts';
import type { Chunk, SourceReader } from '../src/core/connector.ts';
import type { KeyTable } from '../src/core/keys.ts';
import type { Registry } from '../src/core/registry.ts';
import { Engine, type NodeReport } from '../src/engine/engine.ts';
import { readPipeline } from '../src/language/check.ts';
import type { Document, SourceDecl } from '../src/language/document.ts';
import { compile } from '../src/plan/compile.ts';
import type { Plan } from '../src/plan/ir.ts';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
export const PIPELINES = join(ROOT, 'pipelines');

export const REGISTRY: Registry = makeRegistry();

/** Names of the pipelines that ship. */
export const shipped = (): string[] =>
  readdirSync(PIPELINES).filter((f) => /^[a-z0-9-]+\.yaml$/.test(f)).map((f) => basename(f, '.yaml')).sort();

const textOf = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

export function read(file: string, text = readFileSync(file, 'utf8'), params: Readonly<Record<string, string>> = {}): Document {
  return readPipeline(text, { file, base: dirname(file), registry: REGISTRY, env: {}, params, readFile: textOf });
}

/** Real data in place of a source's own connector, as `--source id=FILE` does it. */
export interface Feed {
  readonly connector: string;
  readonly args: Readonly<Record<string, unknown>>;
}

function withFeed(doc: Document, feed: Feed | null): Document {
  if (feed === null) return doc;
  const sources = doc.sources.map((s): SourceDecl => ({ ...s, connector: feed.connector, args: feed.args }));
  return { ...doc, sources };
}

export function planOf(doc: Document): Plan {
  const { plan, diagnostics } = compile(doc, REGISTRY, { observe: 'all' });
  if (plan === null) throw new TypeError(diagnostics.map((d) => `${d.code} ${d.message}`).join('\n'));
  return plan;
}

/** Rows of the only source as they are, so that runs may differ in their cuts and in nothing else. */
export interface Rows {
  readonly doc: Document;
  readonly chunk: Chunk;
  readonly symbols: readonly string[];
}

function open(doc: Document, s: SourceDecl, keys: KeyTable): SourceReader {
  return readerFor(contextOf(s, doc, keys), s.connector);
}

/** Reads up to `most` rows that `keep` lets through (by symbol) into one chunk. */
export async function rowsOf(shippedDoc: Document, feed: Feed | null, most: number, keep?: (symbol: string) => boolean): Promise<Rows> {
  const doc = withFeed(shippedDoc, feed);
  const { keys } = new Engine(planOf(doc)).graph;
  const reader = open(doc, doc.sources[0], keys[0]);
  const ts: number[] = [];
  const symbols: string[] = [];
  const cols: (number | string | null)[][] = doc.sources[0].schema.map(() => []);
  for (let c = await reader.next(); c !== null && ts.length < most; c = await reader.next()) {
    for (let i = 0; i < c.n && ts.length < most; i++) {
      const symbol = keys[0].names[c.key[i]];
      if (keep?.(symbol) === false) continue;
      ts.push(c.ts[i]);
      symbols.push(symbol);
      for (let k = 0; k < cols.length; k++) cols[k].push(c.cols[k][i]);
    }
  }
  await reader.close();
  const { schema } = doc.sources[0];
  const columns = schema.map((f, k) => (f.type === 'text' ? cols[k] as (string | null)[] : Float64Array.from(cols[k] as number[])));
  return { doc, symbols, chunk: { n: ts.length, ts: Float64Array.from(ts), key: new Int32Array(ts.length), cols: columns } };
}

export interface Run {
  readonly hash: string;
  readonly report: Readonly<Record<string, NodeReport>>;
  /** Rows of the pipeline's outputs, in order of time. */
  readonly signals: number;
}

export interface Cutting {
  /** Length of the next epoch, given where it begins. */
  readonly next: (at: number) => number;
  /** Rows after which the engine is thrown away and a new one goes on from its snapshot. */
  readonly kills?: readonly number[];
  readonly fuse?: boolean;
  /** Kills go through `freeze` and `thaw`. */
  readonly frozen?: boolean;
}

/** Interns symbols in the order in which their first rows are taken, as a reader does. */
function fill(rows: Rows, keys: KeyTable, from: number, to: number): void {
  for (let i = from; i < to; i++) rows.chunk.key[i] = keys.intern(rows.symbols[i]);
}

export async function run(rows: Rows, cut: Cutting): Promise<Run> {
  const fuse = cut.fuse === undefined ? {} : { fuse: cut.fuse };
  const make = (): Engine => new Engine(planOf(rows.doc), { universe: rows.doc.universe, hash: 'all', ...fuse });
  let engine = make();
  const kills = [...(cut.kills ?? [])].sort((a, b) => a - b);
  for (let at = 0; at < rows.chunk.n;) {
    const to = Math.min(rows.chunk.n, at + Math.max(1, cut.next(at)));
    fill(rows, engine.graph.keys[0], at, to);
    engine.take(0, rows.chunk, at, to);
    await engine.epoch();
    at = to;
    if (kills.length === 0 || kills[0] > at) continue;
    while (kills.length > 0 && kills[0] <= at) kills.shift();
    const bytes = cut.frozen === true ? engine.freeze() : null;
    const saved = engine.save();
    await engine.close();
    engine = make();
    if (bytes === null) engine.load(saved);
    else engine.thaw(bytes);
  }
  engine.end(0);
  await engine.epoch();
  const report = engine.report();
  const hash = engine.hash(engine.plan.nodes.map((n) => n.id));
  const outs = rows.doc.outputs.map((o) => (o.from.branch === null ? o.from.id : `${o.from.id}.${o.from.branch}`));
  await engine.close();
  return { hash, report, signals: outs.reduce((sum, id) => sum + report[id].out, 0) };
}
