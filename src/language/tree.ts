import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Alias, Node, Pair, Scalar, YAMLMap } from 'yaml';
import type { Span } from './formula/ast.ts';
import type { Report } from './report.ts';
import { type Env, makeScalar, type ScalarTree, type Style } from './scalar.ts';

/** A YAML document as text with places: no value is typed, so `005930`, `TRUE` and `1E5` are what the user wrote. */
export type Tree = ScalarTree | MapTree | ListTree;

export interface Entry {
  readonly key: string;
  readonly keySpan: Span;
  /** Whether the key is unquoted. */
  readonly plain: boolean;
  readonly value: Tree;
}

export interface MapTree extends Span {
  readonly kind: 'map';
  readonly entries: readonly Entry[];
  readonly at: ReadonlyMap<string, Entry>;
}

export interface ListTree extends Span {
  readonly kind: 'list';
  readonly items: readonly Tree[];
}

/** Names that every JavaScript object has: as keys they are a trap, and never the name of anything in a pipeline. */
const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf']);

/** Values that aliases may add up to, counted as if every alias were written out. */
const EXPANDED = 20_000;

interface Build {
  readonly file: string;
  readonly env: Env;
  readonly report: Report;
  readonly anchors: Map<string, Tree | null>;
  readonly sizes: Map<Tree, number>;
}

/** The tree of a composed document. Faults go to `report`; the tree is whole in any case. */
export function buildTree(root: Node | null, file: string, env: Env, report: Report): Tree {
  const b: Build = { file, env, report, anchors: new Map(), sizes: new Map() };
  return build(b, root, 0);
}

function build(b: Build, node: unknown, at: number): Tree {
  if (isAlias(node)) return alias(b, node);
  const anchor = (node as Scalar | null)?.anchor;
  if (anchor !== undefined) b.anchors.set(anchor, null);
  const tree = collection(b, node, at);
  if (anchor !== undefined) b.anchors.set(anchor, tree);
  return tree;
}

function collection(b: Build, node: unknown, at: number): Tree {
  if (isMap(node)) return map(b, node);
  if (isSeq(node)) {
    const span = spanOf(node, at);
    return sized(b, { kind: 'list', ...span, items: node.items.map((x) => build(b, x, span.start)) });
  }
  if (isScalar(node)) {
    const span = spanOf(node, at);
    const text = typeof node.value === 'string' ? node.value : (node.source ?? '');
    return sized(b, makeScalar(text, styleOf(node), span.start, span.end, b.file, b.env));
  }
  return sized(b, makeScalar('', 'plain', at, at, b.file, b.env));
}

function map(b: Build, node: YAMLMap): MapTree {
  const span = spanOf(node, 0);
  const entries: Entry[] = [];
  const at = new Map<string, Entry>();
  for (let i = 0; i < node.items.length; i++) {
    const torn = node.flow === true ? tornFormula(b, node.items, i) : null;
    const entry = torn === null ? pairOf(b, node.items[i], span.start) : torn.entry;
    if (torn !== null) i = torn.last;
    if (entry === null) continue;
    const before = at.get(entry.key);
    if (before !== undefined) {
      b.report.error('E003', entry.keySpan, `\`${entry.key}\` is here twice`, {
        label: 'the second one', help: [`the first is on line ${lineOf(b.file, before.keySpan.start)}; keep one of them`],
      });
      continue;
    }
    entries.push(entry);
    at.set(entry.key, entry);
  }
  return sized(b, { kind: 'map', ...span, entries, at });
}

/**
 * `{ buy: crosses_above(fast, slow) }`: inside braces a comma ends an unquoted value, so the formula falls into two entries. Said once,
 * and read as the formula that was meant.
 */
function tornFormula(b: Build, items: readonly Pair[], i: number): { entry: Entry | null; last: number } | null {
  const { key, value } = items[i];
  if (!isScalar(value) || value.type !== 'PLAIN' || !isScalar(key) || typeof key.value !== 'string') return null;
  const start = value.range?.[0] ?? 0;
  if (open(String(value.value)) <= 0) return null;
  for (let j = i + 1; j < Math.min(items.length, i + 12); j++) {
    const next = items[j];
    const tail = isScalar(next.value) && (next.value.range?.[1] ?? 0) > (next.value.range?.[0] ?? 0) ? next.value : next.key;
    const end = (tail as Node | null)?.range?.[1] ?? 0;
    const text = b.file.slice(start, end);
    if (end <= start || text.includes('\n') || open(text) < 0) return null;
    if (open(text) > 0) continue;
    const suggestion = `"${text.replaceAll('"', "'")}"`;
    b.report.error('E014', { start, end }, 'a comma inside `{ }` ends the value, so this formula is cut in two', {
      label: 'quote it', help: [`write ${suggestion}, or put the key on a line of its own`], suggestion,
    });
    const scalar = sized(b, makeScalar(text, 'plain', start, end, b.file, b.env));
    return { entry: { key: key.value, keySpan: spanOf(key, start), plain: true, value: scalar }, last: j };
  }
  return null;
}

/** Round brackets that are open at the end of a text. */
function open(text: string): number {
  let n = 0;
  for (const c of text) n += c === '(' ? 1 : c === ')' ? -1 : 0;
  return n;
}

function pairOf(b: Build, pair: Pair, start: number): Entry | null {
  const { key } = pair;
  if (!isScalar(key) || typeof key.value !== 'string') {
    const span = spanOf(key as Node | null, start);
    b.report.error('E013', span, isAlias(key) ? 'an alias cannot be a key' : 'a key must be a single word', {
      label: 'not a word', help: ['write `key: value`; text with `{`, `[` or `*` in front needs quotes'],
    });
    return null;
  }
  const keySpan = spanOf(key, start);
  if (FORBIDDEN.has(key.value)) {
    b.report.error('E010', keySpan, `\`${key.value}\` cannot be a key`, { label: 'not allowed', help: ['choose another name'] });
    return null;
  }
  if (key.value === '<<') {
    b.report.error('E005', keySpan, 'merge keys (`<<`) are not part of YAML 1.2', {
      label: 'not supported', help: ['write the keys out, or share nodes between pipelines with `use: file.yaml`'],
    });
    return null;
  }
  return { key: key.value, keySpan, plain: key.type === 'PLAIN', value: build(b, pair.value, keySpan.end) };
}

function alias(b: Build, node: Alias): Tree {
  const span = spanOf(node, 0);
  const target = b.anchors.get(node.source);
  const empty = (): Tree => makeScalar('', 'plain', span.start, span.end, b.file, b.env);
  if (target === undefined) {
    b.report.error('E009', span, `\`*${node.source}\` stands for nothing`, {
      label: 'unknown alias', help: [`mark the value it stands for with \`&${node.source}\` above, or quote the text: "*${node.source}"`],
    });
    return empty();
  }
  if (target === null) {
    b.report.error('E009', span, `\`*${node.source}\` is inside the value it stands for`, { label: 'would never end' });
    return empty();
  }
  return sized(b, target, span);
}

/** Adds up what a value would be when written out; sizes multiply along a chain of aliases, so the sum is kept below a bound. */
function sized<T extends Tree>(b: Build, tree: T, alias?: Span): T {
  let size = b.sizes.get(tree);
  if (size === undefined) {
    size = 1;
    if (tree.kind === 'list') for (const x of tree.items) size += b.sizes.get(x) ?? 1;
    if (tree.kind === 'map') for (const e of tree.entries) size += 1 + (b.sizes.get(e.value) ?? 1);
    b.sizes.set(tree, size);
  }
  if (size > EXPANDED && alias !== undefined) throw new AliasBomb(alias);
  return tree;
}

/** Ends the build where aliases multiply; caught by `readYaml`. */
export class AliasBomb extends Error {
  readonly span: Span;

  constructor(span: Span) {
    super('aliases expand without bound');
    this.span = span;
  }
}

function spanOf(node: { range?: readonly [number, number, number] | null | undefined } | null, at: number): Span {
  const range = node?.range;
  return range ? { start: range[0], end: range[1] } : { start: at, end: at };
}

function styleOf(node: Scalar): Style {
  if (node.type === 'QUOTE_SINGLE') return 'single';
  if (node.type === 'QUOTE_DOUBLE') return 'double';
  return node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED' ? 'block' : 'plain';
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) line += 1;
  return line;
}

/** Every scalar once, in the order of the file; `skip` leaves out a key with all below it. */
export function scalarsOf(root: Tree, skip: (key: string) => boolean = () => false): ScalarTree[] {
  const out: ScalarTree[] = [];
  const seen = new Set<Tree>();
  const walk = (t: Tree): void => {
    if (seen.has(t)) return;
    seen.add(t);
    if (t.kind === 'scalar') out.push(t);
    else if (t.kind === 'list') t.items.forEach(walk);
    else for (const e of t.entries) if (!skip(e.key)) walk(e.value);
  };
  walk(root);
  return out;
}
