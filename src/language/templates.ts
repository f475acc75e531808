import type { Diagnostic } from '../core/diagnostic.ts';
import { linePosition } from './frame.ts';
import type { ArgDecl, NodeDecl, ParamDecl, RefDecl } from './document.ts';
import type { Ast, Span } from './formula/ast.ts';
import { collapsed } from './formulas.ts';
import { checkGraph } from './graph.ts';
import { asMap, asText, readKeys, valueSpan } from './keys.ts';
import { readNode, type ReadNode } from './nodes.ts';
import { refOf } from './outputs.ts';
import { readParams, setParam } from './params.ts';
import { listed, meant, quoted, Report } from './report.ts';
import { isEmpty } from './scalar.ts';
import { resolvePath, type Scope } from './scope.ts';
import { Slips } from './slips.ts';
import { suggest } from './suggest.ts';
import type { Entry, MapTree, Tree } from './tree.ts';
import { readYaml } from './yaml.ts';

export interface Expanded {
  readonly nodes: readonly NodeDecl[];
  /** Parameters of the template under names of their own: `gate.max_weight`. */
  readonly params: readonly ParamDecl[];
  /** What the node's id stands for, and `id.output` for further outputs. */
  readonly outputs: ReadonlyMap<string, RefDecl>;
  readonly ok: boolean;
}

const NOTHING: Expanded = Object.freeze({ nodes: [], params: [], outputs: new Map(), ok: false });

/** The nodes of a template in place of the node that uses it, with ids `gate.limit`. All of it stands at the `use:` value. */
export function expand(c: Scope, node: NodeDecl, use: NonNullable<ReadNode['use']>): Expanded {
  const { path } = use;
  const file = resolvePath(c.base, path.text);
  const text = c.readFile(file);
  if (text === null) {
    c.report.error('E114', path, `cannot read ${quoted(path.text)}`, { label: 'no such file', help: [`looked for ${file}`] });
    return NOTHING;
  }
  const inner: Scope = { ...c, file: path.text, text, report: new Report(), params: new Map() };
  const root = readYaml(text, c.env, inner.report);
  const body = root === null ? null : readBody(c, inner, root, node, use.given);
  const ok = pass(c, inner.report.sorted(), path, text, path.text);
  if (body === null) return NOTHING;
  return { ...rename(body, node, path), ok };
}

/** Faults inside the template, said at the place that uses it. */
function pass(c: Scope, found: readonly Diagnostic[], at: Span, text: string, file: string): boolean {
  for (const d of found) {
    const { line, column } = linePosition(text, d.start);
    c.report.add({ ...d, start: at.start, end: at.end, message: `${file}:${line}:${column}: ${d.message}`,
      label: d.label ?? 'in this template' });
  }
  return !found.some((d) => d.severity === 'error');
}

interface Body {
  readonly inputs: readonly string[];
  readonly nodes: readonly NodeDecl[];
  readonly params: readonly ParamDecl[];
  readonly outputs: readonly (readonly [name: string, ref: RefDecl])[];
}

function readBody(c: Scope, inner: Scope, root: Tree, node: NodeDecl, given: Entry | null): Body | null {
  const { report } = inner;
  const start: Span = { start: root.start, end: root.start };
  if (root.kind !== 'map' || !root.at.has('template')) {
    report.error('E115', start, 'this file is not a template', { help: ['a template begins with `template: name`'] });
    return null;
  }
  const keys = readKeys(report, root, {
    what: 'template', allowed: ['template', 'description', 'params', 'inputs', 'nodes', 'outputs'],
    required: ['inputs', 'nodes', 'outputs'], at: root.at.get('template')?.keySpan ?? start,
  });
  const params = withGiven(c, readParams(report, keys.at.get('params'), {}, start), given);
  const scope: Scope = { ...inner, params };
  const inputs = wordsOf(report, keys.at.get('inputs'), '`inputs`');
  const nodesEntry = keys.at.get('nodes');
  const map = nodesEntry === undefined ? null : asMap(report, nodesEntry, '`nodes`');
  const nodes = (map?.entries ?? []).filter((e) => !e.key.startsWith('x-')).map((e) => {
    const read = readNode(scope, e);
    if (read.use !== null) report.error('E115', read.use.path, 'a template cannot use another template', { label: 'write its nodes out' });
    return read.decl;
  });
  const outputs = outputsOf(report, keys.at.get('outputs'));
  const sources = inputs.map((id) => ({ ...BLANK_SOURCE, id }));
  const others = outputs.map(([, ref]) => ref);
  const slips = new Slips(scope.text, c.registry);
  checkGraph(report, { sources, nodes, outputs: [], others, mentions: [], replaced: new Map(), slips, registry: c.registry,
    uncertain: true });
  if (node.from.length > 0 && inputs.length !== node.from.length) {
    const streams = inputs.length === 1 ? '1 stream' : `${inputs.length} streams`;
    c.report.error('E204', node.from[0], `this template reads ${streams}, but \`${node.id}\` has ${node.from.length}`, {
      label: 'in the order of its inputs', help: [`inputs: ${listed(inputs)}`],
    });
    return null;
  }
  return { inputs, nodes, params: [...params.values()], outputs };
}

const BLANK_SOURCE = Object.freeze({
  connector: '', args: {}, schemaName: '', schema: [], optional: [], key: 'symbol', time: { field: 'ts', unit: null, timezone: 'UTC' },
  stamp: null, every: null, start: 0, end: 0, poisoned: false,
});

/** The template's parameters as `with:` sets them. */
function withGiven(c: Scope, declared: ReadonlyMap<string, ParamDecl>, given: Entry | null): ReadonlyMap<string, ParamDecl> {
  const out = new Map(declared);
  const map: MapTree | null = given === null || isEmpty(given.value) ? null : asMap(c.report, given, '`with`');
  for (const e of map?.entries ?? []) {
    const param = declared.get(e.key);
    if (param === undefined) {
      c.report.error('E102', e.keySpan, `this template has no parameter \`${e.key}\``, {
        ...meant(suggest(e.key, [...declared.keys()]), 'not declared there'), help: [`its parameters: ${listed([...declared.keys()])}`],
      });
      continue;
    }
    const text = e.value.kind === 'list' ? listText(e.value) : asText(c.report, e, `\`${e.key}\``);
    if (text === null) continue;
    const own = /^\$\w+$/.test(text) ? c.params.get(text.slice(1)) : undefined;
    if (own === undefined && /^\$\w+$/.test(text)) {
      c.report.error('E304', e.value, `unknown parameter \`${text}\``, {
        ...meant(suggest(text.slice(1), [...c.params.keys()]), 'declare it under `params:`'),
      });
      continue;
    }
    out.set(e.key, setParam(c.report, param, own ?? text, valueSpan(e), []));
  }
  return out;
}

const listText = (t: Tree): string => (t.kind === 'list' ? t.items.map((x) => (x.kind === 'scalar' ? x.text : '')).join(',') : '');

function wordsOf(report: Report, entry: Entry | undefined, what: string): string[] {
  if (entry === undefined) return [];
  const { value } = entry;
  if (value.kind === 'map') return value.entries.map((e) => e.key);
  const items = value.kind === 'list' ? value.items : [value];
  const words = items.flatMap((x) => (x.kind === 'scalar' && !isEmpty(x) ? [x.text] : []));
  if (words.length !== items.length) report.error('E100', valueSpan(entry), `${what} must be a list of names`);
  return words;
}

function outputsOf(report: Report, entry: Entry | undefined): (readonly [string, RefDecl])[] {
  if (entry === undefined) return [];
  const { value } = entry;
  if (value.kind === 'map') {
    return value.entries.flatMap((e) => (e.value.kind === 'scalar' && !isEmpty(e.value) ? [[e.key, refOf(e.value)] as const] : []));
  }
  const items = value.kind === 'list' ? value.items : [value];
  const refs = items.flatMap((x) => (x.kind === 'scalar' && !isEmpty(x) ? [[x.text, refOf(x)] as const] : []));
  if (refs.length === 0) report.error('E100', valueSpan(entry), '`outputs` must name a node of the template');
  return refs;
}

function rename(body: Body, node: NodeDecl, at: Span): Omit<Expanded, 'ok'> {
  const own = new Set(body.nodes.map((n) => n.id));
  const streams = new Map<string, RefDecl>();
  body.inputs.forEach((id, i) => {
    if (node.from[i] !== undefined) streams.set(id, node.from[i]);
  });
  for (const id of own) streams.set(id, { id: `${node.id}.${id}`, branch: null, start: at.start, end: at.end });
  const params = new Set(body.params.map((p) => p.name));
  const names: Names = { streams, param: (name) => (params.has(name) ? `${node.id}.${name}` : name) };
  const spot: Span = { start: at.start, end: at.end };
  return {
    nodes: body.nodes.map((n) => renamedNode({ ...collapsed(n, spot), id: `${node.id}.${n.id}` }, names)),
    params: body.params.map((p) => ({ ...collapsed(p, spot), name: `${node.id}.${p.name}` })),
    outputs: new Map(body.outputs.flatMap(([name, ref], i) => {
      const to = renamedRef({ ...ref, ...spot }, names);
      return i === 0 ? [[node.id, to] as const, [`${node.id}.${name}`, to] as const] : [[`${node.id}.${name}`, to] as const];
    })),
  };
}

export interface Names {
  readonly streams: ReadonlyMap<string, RefDecl>;
  readonly param: (name: string) => string;
}

/** What a reference means once names stand for other streams; a branch of the reference goes before one of the stream. */
export function renamedRef(ref: RefDecl, names: Names): RefDecl {
  const whole = ref.branch === null ? undefined : names.streams.get(`${ref.id}.${ref.branch}`);
  if (whole !== undefined) return { ...ref, id: whole.id, branch: whole.branch };
  const to = names.streams.get(ref.id);
  return to === undefined ? ref : { ...ref, id: to.id, branch: ref.branch ?? to.branch };
}

export function renamedNode(node: NodeDecl, names: Names): NodeDecl {
  const args = Object.fromEntries(Object.entries(node.args).map(([name, arg]) => [name, renamedArg(arg, names)]));
  return { ...node, from: node.from.map((r) => renamedRef(r, names)), args };
}

function renamedArg(arg: ArgDecl, names: Names): ArgDecl {
  const { formula, formulas, members } = arg;
  return {
    ...arg,
    ...(formula === undefined ? {} : { formula: { ...formula, ast: renamedAst(formula.ast, names) } }),
    ...(formulas === undefined ? {} : { formulas: formulas.map((f) => ({ ...f, ast: renamedAst(f.ast, names) })) }),
    ...(members === undefined ? {} : { members: Object.fromEntries(Object.entries(members).map(([k, m]) => [k, renamedArg(m, names)])) }),
  };
}

export function renamedAst(ast: Ast, names: Names): Ast {
  const go = (a: Ast): Ast => renamedAst(a, names);
  switch (ast.k) {
    case 'param': return { ...ast, name: names.param(ast.name) };
    case 'name': return ast.path.length < 2 ? ast : { ...ast, path: renamedPath(ast.path, names) };
    case 'unary': return { ...ast, a: go(ast.a) };
    case 'binary': return { ...ast, a: go(ast.a), b: go(ast.b) };
    case 'in': return { ...ast, a: go(ast.a), list: ast.list.map(go) };
    case 'index': return { ...ast, a: go(ast.a), n: go(ast.n) };
    case 'member': return { ...ast, a: go(ast.a) };
    case 'call': return { ...ast, args: ast.args.map(go), named: ast.named.map((n) => ({ ...n, value: go(n.value) })) };
    default: return ast;
  }
}

type Path = Extract<Ast, { k: 'name' }>['path'];

function renamedPath(path: Path, names: Names): Path {
  const [head, second, ...rest] = path;
  const whole = rest.length > 0 ? names.streams.get(`${head.name}.${second.name}`) : undefined;
  const to = whole ?? names.streams.get(head.name);
  if (to === undefined) return path;
  const branch = to.branch === null ? [] : [{ ...head, name: to.branch }];
  return [{ ...head, name: to.id }, ...branch, ...(whole === undefined ? [second] : []), ...rest];
}
