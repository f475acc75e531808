import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isLive, readerFor } from '../connect/open.ts';
import type { Chunk, SourceContext, SourceReader } from '../core/connector.ts';
import { Refusal, type Diagnostic } from '../core/diagnostic.ts';
import type { KeyTable } from '../core/keys.ts';
import type { Registry } from '../core/registry.ts';
import type { Schema } from '../core/types.ts';
import { readPipeline } from '../language/check.ts';
import type { Document, SourceDecl } from '../language/document.ts';
import { renderDiagnostic } from '../language/frame.ts';
import { suggest } from '../language/suggest.ts';
import { checkTestColumns } from '../language/test-columns.ts';
import { readTests } from '../language/test-file.ts';
import { compile, type CompileOptions } from '../plan/compile.ts';
import type { Plan } from '../plan/ir.ts';
import { loadCustom, type Found } from './custom.ts';
import { Halt, usage } from './fail.ts';
import { mustKnow, overrideSources, pairs } from './overrides.ts';
import { readProject, withDotEnv } from './project.ts';
import { makeRegistry } from './registry.ts';
import type { Terminal } from './terminal.ts';
import { EXIT, type Call } from './verb.ts';

/** Flags of every verb that reads a pipeline. */
export interface PipelineFlags {
  readonly param?: readonly string[];
  readonly source?: readonly string[];
  readonly operators?: readonly string[];
  readonly symbols?: string;
}

/** The world that pipelines are read in: the registry with the user's operators, and the environment. */
export interface World {
  readonly registry: Registry;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly custom: readonly Found[];
}

/** A function and an operator may have one name: its text is then that of both. */
function textsOf(custom: readonly Found[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { value, text } of custom) texts.set(value.name, `${texts.get(value.name) ?? ''}${text}`);
  return texts;
}

export async function makeWorld(call: Pick<Call, 'cwd' | 'env'>, operators: readonly string[] = []): Promise<World> {
  const env = withDotEnv(call.cwd, call.env);
  const custom = await loadCustom([...readProject(call.cwd, env).operators, ...operators], call.cwd);
  return { registry: makeRegistry(custom.map((c) => c.value), textsOf(custom)), env, custom };
}

/** The text of a file, or null when it cannot be read. */
export const readText = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

/** Reads and checks a pipeline file, or the text `given` in its place; its faults are in the document. */
export function readDocument(
  path: string, world: World, cwd: string, params: ReadonlyMap<string, string> = new Map(), given: string | null = null,
): Document {
  const full = resolve(cwd, path);
  const text = given ?? readText(full);
  if (text === null) throw missing(path, full);
  return readPipeline(text, {
    file: path, base: dirname(full), registry: world.registry, env: world.env, params: Object.fromEntries(params), readFile: readText,
  });
}

function missing(path: string, full: string): Refusal {
  const folder = dirname(full);
  const near = existsSync(folder) ? suggest(basename(full), readdirSync(folder)) : null;
  const isFolder = existsSync(full);
  return new Refusal('E902', isFolder ? `\`${path}\` is a folder, not a pipeline` : `no file \`${path}\``, {
    exit: EXIT.usage,
    help: [near === null ? 'a pipeline is a .yaml file; millrace init makes one' : `did you mean \`${join(dirname(path), near)}\`?`],
  });
}

const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length;

/** Writes diagnostics as frames; returns the number of errors among them. */
export function showDiagnostics(found: readonly Diagnostic[], doc: Pick<Document, 'text' | 'file'>, terminal: Terminal): number {
  for (const d of found) {
    if (d.severity === 'warning' && terminal.quiet) continue;
    terminal.warn(`${renderDiagnostic(d, doc.text, doc.file, { color: terminal.paint.enabled })}\n`, {
      level: d.severity === 'error' ? 'error' : 'warn', code: d.code, msg: d.message, file: doc.file, line: lineOf(doc.text, d.start),
      ...(d.help === undefined ? {} : { help: d.help }),
    });
  }
  return found.filter((d) => d.severity === 'error').length;
}

type Observe = NonNullable<CompileOptions['observe']>;

export interface Prepared extends World {
  readonly doc: Document;
  readonly plan: Plan;
  /** Symbols that may pass: the pipeline's, narrowed by `--symbols`. */
  readonly universe: readonly string[] | null;
}

/** From a path and flags to a plan; a pipeline with a fault is shown and ends the verb. */
export async function prepare(path: string, flags: PipelineFlags, call: Call, observe: (doc: Document) => Observe = () =>
  new Set()): Promise<Prepared> {
  const world = await makeWorld(call, flags.operators);
  const read = readDocument(path, world, call.cwd, pairs('--param', flags.param));
  const doc = overrideSources(read, flags.source, call.cwd);
  const { plan, diagnostics } = compile(doc, world.registry, { observe: observe(doc) });
  const errors = showDiagnostics(diagnostics, doc, call.terminal);
  if (plan === null) {
    call.terminal.warn(`${doc.file}: ${errors} error${errors === 1 ? '' : 's'}`);
    throw new Halt(EXIT.pipeline);
  }
  return { ...world, doc, plan, universe: narrowUniverse(doc.universe, flags.symbols) };
}

export function narrowUniverse(universe: readonly string[] | null, symbols: string | undefined): readonly string[] | null {
  if (symbols === undefined) return universe;
  const wanted = symbols.split(',').map((s) => s.trim()).filter((s) => s !== '');
  if (wanted.length === 0) throw usage('--symbols takes symbols, parted by commas');
  if (universe !== null) for (const s of wanted) mustKnow(s, universe, 'symbol');
  return wanted;
}

export const contextOf = (s: SourceDecl, doc: Document, keys: KeyTable): SourceContext => ({
  id: s.id, schema: s.schema, keys, base: doc.base, time: s.time, optional: s.optional,
  args: {
    // A synthetic source stamps its bars as the pipeline says they are stamped.
    ...s.args, ...(s.stamp === null ? {} : { stamp: s.stamp }),
    ...(s.key === 'symbol' ? {} : { fields: { symbol: s.key, ...(s.args.fields as Record<string, string> | undefined) } }),
  },
});

/** The cases of a `*.test.yaml` beside a pipeline, checked against the columns of its nodes. */
export function readTestFile(file: string, text: string, doc: Document, world: World): ReturnType<typeof readTests> {
  const read = readTests(text, file, doc, { registry: world.registry, env: world.env, readFile: readText });
  const { plan } = compile(doc, world.registry);
  const schemaOf = (id: string): Schema | null => plan?.nodes.find((n) => n.id === id)?.schema ?? null;
  return { tests: read.tests, diagnostics: [...read.diagnostics, ...checkTestColumns(read.tests, schemaOf)] };
}

export interface Span {
  readonly from: number | null;
  readonly to: number | null;
}

/** Opens the sources of a replay, in the order of the plan. */
export function openReaders(p: Pick<Prepared, 'doc'>, keys: KeyTable, span: Span = { from: null, to: null }): SourceReader[] {
  for (const s of p.doc.sources) {
    if (['csv', 'jsonl', 'arrow', 'synthetic', 'recording'].includes(s.connector)) continue;
    throw usage(`source \`${s.id}\` (${s.connector}) is ${isLive(s.connector) ? 'live' : 'not available in this '
      + 'version'}: say where its rows come from`,
      `--source ${s.id}=FILE.csv (or .jsonl, .arrow), or --source ${s.id}=synthetic for a seeded market`);
  }
  const open = p.doc.sources.map((s) => (s.connector === 'recording' ? new LazyRecording(s, keys)
    : readerFor(contextOf(s, p.doc, keys), s.connector)));
  return span.from === null && span.to === null ? open : open.map((r) => new SpanReader(r, span.from ?? -Infinity, span.to ?? Infinity));
}

/** A source from a recording (`--source trades=DIR`); loads what reads it on the first row. */
class LazyRecording implements SourceReader {
  private readonly source: SourceDecl;
  private readonly keys: KeyTable;
  private inner: SourceReader | null = null;

  constructor(source: SourceDecl, keys: KeyTable) {
    this.source = source;
    this.keys = keys;
  }

  get total(): number | null {
    return this.inner?.total ?? null;
  }

  get bad(): SourceReader['bad'] {
    return this.inner?.bad ?? { count: 0, first: [] };
  }

  async next(): Promise<Chunk | null> {
    if (this.inner === null) {
      const { RecordedSource } = await import('./recorded.ts');
      this.inner = new RecordedSource(String(this.source.args.path), this.source, this.keys);
    }
    return this.inner.next();
  }

  async close(): Promise<void> {
    await this.inner?.close();
  }
}

/** Only the rows from `from` up to, not including, `to`. */
export class SpanReader implements SourceReader {
  readonly total = null;
  private readonly inner: SourceReader;
  private readonly from: number;
  private readonly to: number;

  constructor(inner: SourceReader, from: number, to: number) {
    this.inner = inner;
    this.from = from;
    this.to = to;
  }

  get bad(): SourceReader['bad'] {
    return this.inner.bad;
  }

  async next(): Promise<Chunk | null> {
    for (let chunk = await this.inner.next(); chunk !== null; chunk = await this.inner.next()) {
      const kept: number[] = [];
      for (let i = 0; i < chunk.n; i++) if (chunk.ts[i] >= this.from && chunk.ts[i] < this.to) kept.push(i);
      if (kept.length === chunk.n) return chunk;
      if (kept.length > 0) return pick(chunk, kept);
    }
    return null;
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

const pick = (c: Chunk, rows: readonly number[]): Chunk => ({
  n: rows.length, ts: Float64Array.from(rows, (i) => c.ts[i]), key: Int32Array.from(rows, (i) => c.key[i]),
  cols: c.cols.map((col) => (col instanceof Float64Array ? Float64Array.from(rows, (i) => col[i]) : rows.map((i) => col[i]))),
});
