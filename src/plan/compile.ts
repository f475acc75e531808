import { calendarOf } from '../core/calendars/index.ts';
import { Refusal, type Diagnostic } from '../core/diagnostic.ts';
import type { Operator } from '../core/operator.ts';
import type { Registry } from '../core/registry.ts';
import { atDeclarations } from '../language/column-slips.ts';
import type { Document, NodeDecl, SourceDecl } from '../language/document.ts';
import { checkTestColumns } from '../language/test-columns.ts';
import { codeOf } from './code.ts';
import type { Origin, Plan, PlanNode } from './ir.ts';
import type { ColumnPlace } from './island.ts';
import { lowerAsync, lowerPlanned, lowerRow, lowerTimed, type Made } from './lower.ts';
import { lowerTrading, tradingGroups, type TradingGroup } from './lower-trading.ts';
import { Planner } from './planner.ts';
import type { Stream } from './stream.ts';

export interface CompileOptions {
  /** Nodes whose every column must be readable from outside: those tapped, tested or hashed; `all` for all. */
  readonly observe?: ReadonlySet<string> | 'all';
  /** A backtest trades from this event time on; what is before warms it up. */
  readonly tradeFrom?: number | null;
}

export interface Compiled {
  /** Null when there is an error among the diagnostics. */
  readonly plan: Plan | null;
  /** Of the document and of the plan, in order of place. */
  readonly diagnostics: readonly Diagnostic[];
}

/** From a checked document to a plan: schemas, row clocks, types of formulas, stages in order. */
export function compile(doc: Document, registry: Registry, options: CompileOptions = {}): Compiled {
  const calendar = calendarOf(doc.time.calendar) ?? calendarOf('24x7');
  if (calendar === null) throw new TypeError('no calendars');
  const p = new Planner(doc, registry, calendar, options.tradeFrom ?? null);
  doc.sources.forEach((s, i) => p.streams.set(s.id, source(p, s, i)));
  const groups = tradingGroups(doc, registry);
  const order = inOrder(doc, groups);
  for (const id of order.loops) p.streams.set(id, null);
  for (const node of order.nodes) {
    const group = groups.get(node.id);
    // The head of a trading group makes the streams of all of it.
    if (group !== undefined && group.head !== node) {
      if (!p.streams.has(node.id)) p.streams.set(node.id, null);
      continue;
    }
    const made = refused(p, node, () => (group === undefined ? lowerNode(p, node) : lowerTrading(p, group)));
    if (made === null) p.streams.set(node.id, null);
    else for (const [id, stream] of made) p.streams.set(id, stream);
  }
  for (const o of doc.outputs) {
    const stream = p.streams.get(refId(o.from));
    if (stream) keep(p, stream);
  }
  const observe = options.observe ?? new Set();
  for (const [id, stream] of p.streams) if (stream && (observe === 'all' || observe.has(id))) keep(p, stream);
  for (const { target, none, all } of doc.tests.flatMap((t) => t.expect)) {
    const stream = p.streams.get(refId(target));
    if (stream) for (const f of [none, all]) if (f !== undefined) p.resolve(f, stream, stream.id, 'bool');
  }
  const tests = checkTestColumns(doc.tests, (id) => p.streams.get(id)?.schema ?? null);
  const found = atDeclarations(doc, [...doc.diagnostics, ...p.diagnostics, ...tests], registry);
  const diagnostics = [...found].sort((a, b) => a.start - b.start);
  const failed = diagnostics.some((d) => d.severity === 'error');
  return { plan: failed ? null : finish(p, doc), diagnostics };
}

export const refId = (r: { readonly id: string; readonly branch: string | null }): string =>
  (r.branch === null ? r.id : `${r.id}.${r.branch}`);

function keep(p: Planner, stream: Stream): void {
  for (const f of stream.schema) p.draft.store(stream.columns.get(f.name) as ColumnPlace, f.name);
}

function source(p: Planner, s: SourceDecl, index: number): Stream | null {
  const frame = p.draft.frame(0, s.schema);
  const edge = p.draft.edge(frame, null, s.id);
  const stage = p.draft.stages.push({ form: 'source', source: s.id, edge }) - 1;
  if (s.poisoned) return null;
  const columns = p.places(s.schema, stage, edge, 1);
  return { id: s.id, edge, frame, schema: s.schema, columns, clock: s.id, scope: 'key', sources: new Set([index]), warmup: 1 };
}

/** Nodes so that each comes after what it reads, in `from:` or in a formula; those in loops apart. */
function inOrder(doc: Document, groups: ReadonlyMap<string, TradingGroup>): { nodes: NodeDecl[]; loops: string[] } {
  const byId = new Map(doc.nodes.map((n) => [n.id, n]));
  const state = new Map<string, 'open' | 'done'>();
  const nodes: NodeDecl[] = [];
  const loops = new Set<string>();
  const visit = (n: NodeDecl): void => {
    if (state.get(n.id) === 'done') return;
    if (state.get(n.id) === 'open') {
      loops.add(n.id);
      return;
    }
    state.set(n.id, 'open');
    for (const id of readsOf(n, byId, groups)) {
      visit(byId.get(id) as NodeDecl);
      if (loops.has(id)) loops.add(n.id);
    }
    state.set(n.id, 'done');
    if (!loops.has(n.id)) nodes.push(n);
  };
  doc.nodes.forEach(visit);
  return { nodes, loops: [...loops] };
}

/** What has to be planned before a node. A trading group is planned at its head, which waits for what any of its nodes reads. */
function readsOf(n: NodeDecl, byId: ReadonlyMap<string, NodeDecl>, groups: ReadonlyMap<string, TradingGroup>): Set<string> {
  const group = groups.get(n.id);
  if (group === undefined) return readBy(n, byId);
  if (group.head !== n) return new Set([group.head.id]);
  const ids = new Set<string>();
  for (const m of group.members) for (const id of readBy(m, byId)) if (groups.get(id) !== group) ids.add(id);
  return ids;
}

/** Ids of the nodes that a node reads. Names in formulas count when they are followed by a dot. */
export function readBy(n: NodeDecl, known: ReadonlyMap<string, NodeDecl>): Set<string> {
  const ids = new Set<string>();
  const add = (id: string): void => {
    if (known.has(id) && id !== n.id) ids.add(id);
  };
  for (const r of n.from) add(r.id);
  const texts = (args: NodeDecl['args']): void => {
    for (const a of Object.values(args)) {
      for (const f of [...(a.formula === undefined ? [] : [a.formula]), ...(a.formulas ?? [])]) {
        for (const m of f.text.matchAll(/([A-Za-z_][A-Za-z0-9_]*)\s*\./g)) add(m[1]);
      }
      if (a.members !== undefined) texts(a.members);
    }
  };
  texts(n.args);
  return ids;
}

/** An operator may refuse the streams it is given (two types of one column, say): a fault of the node, not of the program. */
function refused(p: Planner, node: NodeDecl, lower: () => Made): Made {
  try {
    return lower();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    p.diagnostics.push({ code: error.code, severity: 'error', message: error.message, help: error.help, ...node.operatorSpan });
    return null;
  }
}

function lowerNode(p: Planner, node: NodeDecl): Made {
  const op: Operator | undefined = p.registry.operators.get(node.operator);
  const inputs = node.from.map((r) => p.streams.get(refId(r)));
  if (node.poisoned || op === undefined || inputs.length === 0 || inputs.some((s) => !s)) return null;
  const streams = inputs as Stream[];
  const keyed = node.by === null ? streams : streams.map((s) => rekey(p, node, s));
  if (keyed.some((s) => s === null)) return null;
  const from = keyed as Stream[];
  switch (op.form) {
    case 'planned': return lowerPlanned(p, node, op, from[0]);
    case 'row': return lowerRow(p, node, op, from[0]);
    case 'timed': return lowerTimed(p, node, op, from);
    case 'async': return lowerAsync(p, node, op, from[0]);
    case 'trading': return null;
  }
}

/** `by: [symbol, venue]`: the same rows under a key of several columns. */
function rekey(p: Planner, node: NodeDecl, input: Stream): Stream | null {
  const by = (node.by ?? []).map((b) => b.text);
  if (by.length === 1 && by[0] === 'symbol') return input;
  const slots: number[] = [];
  const after = new Set<number>();
  for (const b of node.by ?? []) {
    const ast = { k: 'name' as const, start: b.start, end: b.end, path: [{ name: b.text, start: b.start, end: b.end }] };
    const e = p.resolve({ ...b, ast }, input, node.id, null);
    if (e === null) return null;
    slots.push(b.text === 'symbol' ? -1 : p.column(e, input, node.id).slot);
  }
  const frame = p.draft.frame(p.draft.keyTables++, input.schema);
  const edge = p.draft.edge(frame, null, node.id);
  const copies = input.schema.map((f, to) => {
    const place = input.columns.get(f.name) as ColumnPlace;
    after.add(place.home);
    return { from: p.draft.store(place, f.name), to };
  });
  const stage = p.draft.stages.push({ form: 'rekey', node: node.id, input: input.edge, edge, by: slots, copies, after }) - 1;
  return { ...input, edge, frame, columns: p.places(input.schema, stage, edge, 1), clock: `${input.clock} by ${by.join(', ')}` };
}

const originOf = (c: ColumnPlace): Origin => (c.value === null ? { slot: c.slot } : { stage: c.stage, value: c.value.id });

function finish(p: Planner, doc: Document): Plan {
  const byId = new Map(doc.nodes.map((n) => [n.id, n]));
  const used = new Set(doc.outputs.map((o) => o.from.id));
  for (const o of doc.outputs) used.add(refId(o.from));
  for (const n of doc.nodes) for (const id of [...readBy(n, byId), ...n.from.flatMap((r) => [r.id, refId(r)])]) used.add(id);
  for (const s of p.draft.stages) if ('other' in s) used.add(p.draft.edges[s.other].node);
  const nodes: PlanNode[] = [];
  for (const [id, stream] of p.streams) {
    if (stream === null || (p.aliases.has(id) && !used.has(id))) continue;
    const node = byId.get(id);
    const src = doc.sources.find((s) => s.id === id);
    // The ids of nodes out of a template have dots of their own.
    const parent = id.slice(0, Math.max(0, id.lastIndexOf('.')));
    nodes.push({
      id, kind: src !== undefined ? 'source' : node !== undefined ? 'node' : 'branch',
      operator: src?.connector ?? node?.operator ?? byId.get(parent)?.operator ?? '',
      inputs: p.reads.get(id) ?? node?.from.map(refId) ?? (src === undefined ? [parent] : []),
      edge: stream.edge, schema: stream.schema,
      slots: stream.schema.map((f) => stream.columns.get(f.name)?.slot ?? -1),
      origins: stream.schema.map((f) => originOf(stream.columns.get(f.name) as ColumnPlace)),
      clock: stream.clock, scope: stream.scope, warmup: stream.warmup,
      stateBytes: p.stateBytes.get(id) ?? 0, stateNote: p.stateNotes.get(id) ?? null,
      used: used.has(id), onError: node === undefined ? doc.runtime.onError : p.onError(node),
    });
  }
  const keyEdge = (id: string): number => (p.streams.get(id) as Stream).edge;
  return {
    name: doc.name, frames: p.draft.frames, edges: p.draft.edges, stages: p.draft.finish(), nodes, tracks: p.draft.groups(),
    sources: doc.sources.map((s) => ({
      id: s.id, edge: keyEdge(s.id), schema: s.schema, shift: s.stamp === 'open' ? (s.every ?? 0) : 0,
    })),
    lateness: doc.time.lateness, late: doc.time.late, idle: doc.time.idle, calendar: doc.time.calendar, keyTables: p.draft.keyTables,
    custom: new Map([...p.registry.custom].map((name) => [name, codeOf(p.registry, name)])),
  };
}
