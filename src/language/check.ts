import type { Diagnostic } from '../core/diagnostic.ts';
import type { Registry } from '../core/registry.ts';
import { readBacktest } from './backtest.ts';
import type { BacktestDecl, Document, NodeDecl, OutputDecl, ParamDecl, RefDecl, SourceDecl, TestDecl } from './document.ts';
import type { Span } from './formula/ast.ts';
import { checkGraph } from './graph.ts';
import { asMap, asText, readKeys, shapeOf } from './keys.ts';
import { readNode } from './nodes.ts';
import { oneRef, readOutput } from './outputs.ts';
import { meantParams, readParams } from './params.ts';
import { meant, quoted, Report } from './report.ts';
import { isEmpty, type Env } from './scalar.ts';
import { misplaced, SECTIONS, wanderers } from './levels.ts';
import { RESERVED_SECTIONS } from './reserved.ts';
import type { Scope } from './scope.ts';
import { Slips } from './slips.ts';
import { notYet, readRuntime, RUNTIME_DEFAULTS, readTime, readUniverse } from './sections.ts';
import { readSource } from './sources.ts';
import { checkStreams } from './streams.ts';
import { expand, renamedNode, renamedRef, type Names } from './templates.ts';
import { readCases } from './tests.ts';
import { type Entry, type MapTree, scalarsOf, type Tree } from './tree.ts';
import { readYaml } from './yaml.ts';

export interface ReadOptions {
  /** Path as the user wrote it. */
  readonly file: string;
  /** Folder that relative paths start from. */
  readonly base: string;
  readonly registry: Registry;
  readonly env: Env;
  /** Parameters set from outside, as text. */
  readonly params: Readonly<Record<string, string>>;
  /** The text of a file, or null when it cannot be read. */
  readonly readFile: (path: string) => string | null;
}

const NAME = /^[a-z0-9-]{1,48}$/;
const LONGEST_NAME = 48;

/** A pipeline file to its document, with every problem of the file in one pass. Never throws for anything in the text. */
export function readPipeline(text: string, options: ReadOptions): Document {
  const report = new Report();
  const blank = blankDocument(text, options);
  const root = readYaml(text, options.env, report);
  if (root === null) return { ...blank, diagnostics: report.sorted() };
  if (root.kind !== 'map') {
    const empty = isEmpty(root);
    report.error('E100', { start: root.start, end: empty ? root.start : root.end }, empty ? 'the file is empty'
      : 'a pipeline is a map of `key: value`', {
      label: shapeOf(root), help: ['a pipeline begins with `apiVersion: 1`', 'make one with: millrace init'],
    });
    return { ...blank, diagnostics: report.sorted() };
  }
  reportUnset(report, root);
  if (root.at.has('template') && !root.at.has('pipeline')) {
    report.error('E115', root.at.get('template')?.keySpan ?? root, 'this file is a template, not a pipeline', {
      label: 'a part of pipelines', help: ['use it from a pipeline: `use: ./this-file.yaml` in a node'],
    });
    return { ...blank, diagnostics: report.sorted() };
  }
  return { ...readRoot(root, blank, { ...options, text, report, params: new Map() }, options.params), diagnostics: report.sorted() };
}

export function blankDocument(text: string, o: Pick<ReadOptions, 'file' | 'base'>): Document {
  return {
    file: o.file, text, base: o.base, name: '', description: '', params: [], universe: null,
    time: { field: 'ts', unit: null, lateness: 0, idle: null, late: 'drop', calendar: '24x7', timezone: 'UTC' },
    sources: [], nodes: [], outputs: [], tests: [], runtime: RUNTIME_DEFAULTS, backtest: null, diagnostics: [],
  };
}

/** E105 for every variable that is named and not set; text under `x-` counts where an alias brings it in. */
export function reportUnset(report: Report, root: Tree): void {
  for (const s of scalarsOf(root, (key) => key.startsWith('x-'))) {
    for (const { name, start, end } of s.unset) {
      report.error('E105', { start, end }, `environment variable ${name} is not set`, {
        label: 'needed here', help: [`set it, put it in .env, or give a default: \${${name}:-value}`],
      });
    }
  }
}

function readRoot(written: MapTree, blank: Document, outer: Scope, overrides: Readonly<Record<string, string>>): Document {
  const { report } = outer;
  const root = wanderers(outer, written);
  const first: Span = { start: root.entries[0]?.keySpan.start ?? 0, end: root.entries[0]?.keySpan.end ?? 0 };
  const moved = { nodes: [] as Entry[], sources: [] as Entry[] };
  const keys = readKeys(report, root, {
    what: 'pipeline', allowed: SECTIONS, required: ['apiVersion', 'pipeline', 'sources'], at: first,
    known: (e) => {
      const where = misplaced(outer, e);
      if (where !== null) moved[where].push(e);
      return where !== null;
    },
  });
  const at = (name: string): Entry | undefined => keys.at.get(name);
  checkVersion(report, at('apiVersion'));
  const params = readParams(report, at('params'), overrides, first);
  const c: Scope = { ...outer, params: meantParams(outer, params, root) };
  const time = readTime(c, at('time'));
  const sources = [...entriesOf(report, at('sources')), ...moved.sources].map((e) => readSource(c, e, time));
  checkStreams(c, sources);
  const built = readNodes(c, [...entriesOf(report, at('nodes')), ...moved.nodes]);
  const outputs = entriesOf(report, at('outputs')).map((e) => readOutput(c, e));
  const testsEntry = at('tests');
  const ids = [...sources.map((s) => s.id), ...built.nodes.map((n) => n.id), ...built.replaced.keys(), ...built.outputsOfTemplates.keys()];
  const mentions: RefDecl[] = [];
  const refs: RefDecl[] = [];
  const backtest = readBacktest(c, at('backtest'), { sources, nodes: built.nodes, refs, mentions });
  const others = [...readReserved(c, at), ...refs];
  const tests = testsEntry === undefined ? [] : readCases(c, testsEntry, { ids, mentions });
  const graph = finishGraph(c, { sources, outputs, others, mentions, ...built });
  return {
    ...blank, ...graph, tests: tests.map((t) => renamedTest(t, built.outputsOfTemplates)), time, name: readName(report, at('pipeline')),
      params: [...c.params.values(), ...built.params],
    backtest: renamedAccount(backtest, built.outputsOfTemplates),
    description: textOf(report, at('description')), universe: readUniverse(c, at('universe')), runtime: readRuntime(c, at('runtime')),
  };
}

/** A test may name the node that uses a template; its rows are those of the template's output. */
function renamedTest(test: TestDecl, streams: ReadonlyMap<string, RefDecl>): TestDecl {
  if (streams.size === 0) return test;
  const names: Names = { streams, param: (name) => name };
  return {
    ...test, given: test.given.map((g) => ({ ...g, target: streams.get(g.target)?.id ?? g.target })),
    expect: test.expect.map((e) => ({ ...e, target: renamedRef(e.target, names) })),
  };
}

function renamedAccount(backtest: BacktestDecl | null, streams: ReadonlyMap<string, RefDecl>): BacktestDecl | null {
  if (backtest === null || backtest.account === null) return backtest;
  return { ...backtest, account: renamedRef(backtest.account, { streams, param: (name) => name }) };
}

function checkVersion(report: Report, entry: Entry | undefined): void {
  if (entry === undefined) return;
  const text = asText(report, entry, '`apiVersion`');
  if (text === null || text === '1') return;
  report.error('E112', entry.value, `\`apiVersion\` must be 1, not ${quoted(text)}`, {
    label: /^\d+$/.test(text) ? 'this version reads 1' : 'did you mean `1`?', suggestion: '1',
  });
}

function readName(report: Report, entry: Entry | undefined): string {
  const name = entry === undefined ? null : asText(report, entry, '`pipeline`', ['pipeline: ema-cross']);
  if (entry === undefined || name === null || NAME.test(name)) return name ?? '';
  const mended = name.slice(0, 2 * LONGEST_NAME).toLowerCase().replace(/[^a-z0-9-]+/g, '-').replace(/^-+|-+$/g, '').slice(0, LONGEST_NAME);
  report.error('E111', entry.value, `${quoted(name)} cannot be the name of a pipeline`, {
    ...meant(NAME.test(mended) ? mended : null, 'not a name'),
      help: ['1 to 48 small letters, digits and -: it is part of subjects and run ids'],
  });
  return name;
}

function textOf(report: Report, entry: Entry | undefined): string {
  return entry === undefined || isEmpty(entry.value) ? '' : (asText(report, entry, `\`${entry.key}\``) ?? '');
}

function entriesOf(report: Report, entry: Entry | undefined): readonly Entry[] {
  if (entry === undefined || isEmpty(entry.value)) return [];
  return (asMap(report, entry, `\`${entry.key}\``, ['each entry is an id with a map: bars: { from: trades, ... }'])?.entries ?? [])
    .filter((e) => !e.key.startsWith('x-'));
}

interface Built {
  readonly nodes: readonly NodeDecl[];
  readonly params: readonly ParamDecl[];
  readonly outputsOfTemplates: ReadonlyMap<string, RefDecl>;
  readonly replaced: ReadonlyMap<string, Span>;
}

function readNodes(c: Scope, entries: readonly Entry[]): Built {
  const nodes: NodeDecl[] = [];
  const params: ParamDecl[] = [];
  const outputsOfTemplates = new Map<string, RefDecl>();
  const replaced = new Map<string, Span>();
  for (const entry of entries) {
    const { decl, use } = readNode(c, entry);
    const expanded = use === null ? null : expand(c, decl, use);
    if (expanded === null || !expanded.ok) {
      nodes.push(decl);
      continue;
    }
    replaced.set(entry.key, entry.keySpan);
    nodes.push(...expanded.nodes);
    params.push(...expanded.params);
    for (const [name, ref] of expanded.outputs) outputsOfTemplates.set(name, ref);
  }
  return { nodes, params, outputsOfTemplates, replaced };
}

/** Sections of the language that this version reads and does not run; references in them still count. */
function readReserved(c: Scope, at: (name: string) => Entry | undefined): readonly RefDecl[] {
  for (const [name, help] of Object.entries(RESERVED_SECTIONS)) {
    const entry = at(name);
    if (entry !== undefined) notYet(c, entry.keySpan, `\`${name}\``, [help]);
  }
  const byParams = at('params_by');
  if (byParams !== undefined) notYet(c, byParams.keySpan, '`params_by`', ['every symbol runs with the same parameters']);
  const alerts = at('alerts');
  if (alerts?.value.kind !== 'map') return [];
  return alerts.value.entries.flatMap((e) => {
    const from = e.value.kind === 'map' ? e.value.at.get('from') : undefined;
    return (from === undefined ? null : oneRef(c, from, `alert \`${e.key}\``)) ?? [];
  });
}

interface Parts extends Built {
  readonly sources: readonly SourceDecl[];
  readonly outputs: readonly OutputDecl[];
  readonly others: readonly RefDecl[];
  readonly mentions: readonly RefDecl[];
}

function finishGraph(c: Scope, parts: Parts): Pick<Document, 'sources' | 'nodes' | 'outputs'> {
  const names: Names = { streams: parts.outputsOfTemplates, param: (name) => name };
  const known = parts.outputsOfTemplates.size > 0;
  const nodes = known ? parts.nodes.map((n) => renamedNode(n, names)) : parts.nodes;
  const outputs = known ? parts.outputs.map((o) => ({ ...o, from: renamedRef(o.from, names) })) : parts.outputs;
  const renamed = (refs: readonly RefDecl[]): readonly RefDecl[] => (known ? refs.map((r) => renamedRef(r, names)) : refs);
  const uncertain = outputs.some((o) => o.from.id === '') || nodes.some((n) => n.poisoned && n.from.length === 0);
  const { poisoned, meant: slips } = checkGraph(c.report, {
    sources: parts.sources, nodes, outputs, others: renamed(parts.others), mentions: renamed(parts.mentions), replaced: parts.replaced,
    slips: new Slips(c.text, c.registry), registry: c.registry, uncertain,
  });
  const meantId = <T extends { readonly id: string }>(d: T): T => (slips.has(d.id) ? { ...d, id: slips.get(d.id) as string } : d);
  return {
    sources: parts.sources.map(meantId), outputs,
    nodes: nodes.map((n) => (poisoned.has(n.id) && !n.poisoned ? { ...n, poisoned: true } : n)).map(meantId),
  };
}

/** Only the errors: a document with warnings runs. */
export const errorsOf = (document: Pick<Document, 'diagnostics'>): readonly Diagnostic[] =>
  document.diagnostics.filter((d) => d.severity === 'error');
