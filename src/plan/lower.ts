import {
  portsOf, type AsyncOperator, type ColumnRef, type PlannedOperator, type RowOperator, type StateSize, type TimedOperator,
} from '../core/operator.ts';
import type { PureFunction } from '../core/pure.ts';
import type { Field } from '../core/types.ts';
import type { FormulaDecl, NodeDecl } from '../language/document.ts';
import type { Expr } from '../language/formula/typed.ts';
import type { BlockBuilder, ColumnPlace } from './island.ts';
import { bindArgs, info, type Bound, overAggregates, rowBytes } from './nodes.ts';
import { walk, type Planner } from './planner.ts';
import { reasonOf } from './reason.ts';
import type { Stream } from './stream.ts';

/** What a node gives to those that read it, by reference: itself, and branches such as `router.big`. */
export type Made = readonly (readonly [id: string, stream: Stream | null])[] | null;

const deepest = (columns: ReadonlyMap<string, ColumnPlace>): number => Math.max(1, ...[...columns.values()].map((c) => c.warmup));

const usesCustom = (p: Planner, exprs: readonly Expr[]): boolean => {
  let custom = false;
  for (const e of exprs) walk(e, (x) => { if (x.k === 'kernel' && p.registry.custom.has(x.kernel.name)) custom = true; });
  return custom;
};

export function lowerPlanned(p: Planner, node: NodeDecl, op: PlannedOperator, input: Stream): Made {
  const arg = node.args[op.shorthand ?? ''];
  switch (op.name) {
    case 'compute': return compute(p, node, input, arg?.formulas ?? []);
    case 'filter': return filter(p, node, input, arg?.formula);
    case 'split': return split(p, node, input, arg?.formulas ?? []);
    case 'select': return project(p, node, input, (arg?.items ?? []).map((i) => ({ name: i.text, from: i.text, ...i })), false);
    case 'rename': {
      const names = Object.entries((arg?.value ?? {}) as Readonly<Record<string, string>>);
      return project(p, node, input, names.map(([name, from]) => ({ name, from, start: arg?.start ?? 0, end: arg?.end ?? 0 })), true);
    }
    default: throw new TypeError(`no lowering for ${op.name}`);
  }
}

function compute(p: Planner, node: NodeDecl, input: Stream, formulas: readonly (FormulaDecl & { name: string })[]): Made {
  const own = new Map<string, ColumnPlace>();
  const exprs: { name: string; e: Expr }[] = [];
  const faulty = new Set<string>();
  const scope = p.scope(input, node.id, { poisoned: faulty });
  for (const f of formulas) {
    const e = p.check(f, scope, null);
    if (e === null) faulty.add(f.name);
    else {
      exprs.push({ name: f.name, e });
      // The formulas behind this one may read its column.
      scope.columns.set(f.name, e.type);
    }
  }
  if (faulty.size > 0) return null;
  const all = exprs.map((x) => x.e);
  const custom = usesCustom(p, all);
  const block = p.draft.block(input.edge, p.ready(all, input, node.id, own), custom ? node.id : null);
  for (const { name, e } of exprs) {
    own.set(name, p.computed(block, p.lower(e, block, input, node.id, own), e.type, p.warmup(e, input, own)));
  }
  const columns = new Map([...input.columns, ...own]);
  const schema = [...input.schema.filter((f) => !own.has(f.name)), ...exprs.map(({ name, e }) => ({ name, type: e.type }))];
  const stream: Stream = { ...input, id: node.id, schema, columns, warmup: deepest(own) };
  return [[node.id, custom ? guard(p, node, block, stream) : stream]];
}

/** A node that may throw gives only the rows that got through it. */
function guard(p: Planner, node: NodeDecl, block: BlockBuilder, stream: Stream): Stream {
  const edge = p.draft.edge(stream.frame, stream.edge, node.id);
  block.filter(block.constant(1, 'bool'), edge);
  p.draft.joins(edge, block.island);
  for (const f of stream.schema) p.draft.store(stream.columns.get(f.name) as ColumnPlace, f.name);
  return { ...stream, edge };
}

function filter(p: Planner, node: NodeDecl, input: Stream, where: FormulaDecl | undefined): Made {
  const e = where === undefined ? null : p.resolve(where, input, node.id, 'bool');
  if (e === null) return null;
  const block = p.draft.block(input.edge, p.ready([e], input, node.id), usesCustom(p, [e]) ? node.id : null);
  return [[node.id, selection(p, node.id, input, block, p.lower(e, block, input, node.id), p.warmup(e, input))]];
}

function selection(p: Planner, id: string, input: Stream, block: BlockBuilder, cond: number, warmup: number): Stream {
  const edge = p.draft.edge(input.frame, input.edge, id);
  block.filter(cond, edge);
  p.draft.joins(edge, block.island);
  return { ...input, id, edge, clock: `${id} of ${input.clock}`, warmup: Math.max(1, warmup) };
}

/** 1 where a three-valued condition is true, 0 where it is false or null. */
const IS_TRUE: PureFunction = Object.freeze({
  kind: 'pure', name: 'is_true', summary: '', doc: '', args: [{ name: 'c', type: 'bool' as const }], variadic: false, result: 'bool',
  nulls: 'pass', impl: (x: number) => (x === 1 ? 1 : 0), examples: [],
});

function split(p: Planner, node: NodeDecl, input: Stream, branches: readonly (FormulaDecl & { name: string })[]): Made {
  const made: [string, Stream | null][] = [];
  const exprs = branches.map((b) => ({ name: b.name, e: p.resolve(b, input, node.id, 'bool') }));
  const good = exprs.flatMap((x) => (x.e === null ? [] : [x.e]));
  if (good.length < exprs.length) return null;
  const block = p.draft.block(input.edge, p.ready(good, input, node.id), usesCustom(p, good) ? node.id : null);
  let taken = block.constant(0, 'bool');
  for (const { name, e } of exprs as { name: string; e: Expr }[]) {
    const c = p.lower(e, block, input, node.id);
    const hit = block.emit(`pure is_true ${c}`, 'bool', { op: 'pure', fn: IS_TRUE, args: [c] });
    const free = block.emit(`not ${taken}`, 'bool', { op: 'not', a: taken });
    const mine = block.emit(`and ${hit} ${free}`, 'bool', { op: 'binary', fn: 'and', a: hit, b: free });
    made.push([`${node.id}.${name}`, selection(p, `${node.id}.${name}`, input, block, mine, p.warmup(e, input))]);
    taken = block.emit(`or ${taken} ${hit}`, 'bool', { op: 'binary', fn: 'or', a: taken, b: hit });
  }
  const rest = block.emit(`not ${taken}`, 'bool', { op: 'not', a: taken });
  made.push([`${node.id}.rest`, selection(p, `${node.id}.rest`, input, block, rest, 1)]);
  made.push([node.id, { ...input, id: node.id }]);
  return made;
}

function project(
  p: Planner, node: NodeDecl, input: Stream, wanted: readonly { name: string; from: string; start: number; end: number }[], keep: boolean,
): Made {
  const columns = new Map<string, ColumnPlace>();
  const schema: Field[] = [];
  let faulty = false;
  const renamed = new Set(wanted.map((w) => w.from));
  const add = (name: string, from: string): void => {
    columns.set(name, input.columns.get(from) as ColumnPlace);
    schema.push({ name, type: (input.schema.find((f) => f.name === from) as Field).type });
  };
  if (keep) input.schema.filter((f) => !renamed.has(f.name)).forEach((f) => add(f.name, f.name));
  for (const w of wanted) {
    const at = { start: w.start, end: w.end };
    const e = p.resolve({ ...at, text: w.from, ast: { ...at, k: 'name', path: [{ ...at, name: w.from }] } }, input, node.id, null);
    if (e === null) faulty = true;
    else if (input.columns.has(w.from)) add(w.name, w.from);
  }
  return faulty ? null : [[node.id, { ...input, id: node.id, schema, columns, warmup: deepest(columns) }]];
}

/** Row operators run inside islands; columns they read are put into slots of their own just before. */
export function lowerRow(p: Planner, node: NodeDecl, op: RowOperator, input: Stream): Made {
  const refs: { ref: { -readonly [K in keyof ColumnRef]: ColumnRef[K] }; e: Expr }[] = [];
  const bound = bindArgs(p, node, op, [input], (e, label) => {
    const ref = { input: 0, slot: -1, type: e.type, label };
    refs.push({ ref, e });
    return ref;
  });
  if (bound === null) return null;
  const exprs = refs.map((r) => r.e);
  const custom = p.registry.custom.has(op.name) || usesCustom(p, exprs);
  const block = p.draft.block(input.edge, p.ready(exprs, input, node.id), custom ? node.id : null);
  let warmup = 1;
  for (const { ref, e } of refs) {
    const id = p.lower(e, block, input, node.id);
    const load = block.block.instrs.find((i) => i.op === 'load' && i.out === id);
    if (load?.op === 'load') ref.slot = load.slot;
    else {
      ref.slot = p.draft.slot(input.frame, `${node.id} ${ref.label}`, e.type);
      block.block.instrs.push({ op: 'store', slot: ref.slot, a: id });
    }
    warmup = Math.max(warmup, p.warmup(e, input));
  }
  const schema = op.schema(bound.args, info(input));
  const slots = schema.map((f) => p.draft.slot(input.frame, f.name, f.type));
  const edge = p.draft.edge(input.frame, input.edge, node.id);
  const body = block.row(op, bound.args, slots, edge);
  p.draft.joins(edge, block.island);
  p.addState(node.id, rowBytes(op, bound.args));
  if (op.name === 'signal') reason(p, node, input, bound.exprs, block, body, slots, schema);
  const columns = new Map(input.columns);
  warmup += (op.warmup?.(bound.args) ?? 1) - 1;
  schema.forEach((f, i) => columns.set(f.name, {
    type: f.type, slot: slots[i], value: null, stage: block.island.stage, home: block.island.input, warmup,
  }));
  const all = [...input.schema.filter((f) => !schema.some((g) => g.name === f.name)), ...schema];
  return [[node.id, { ...input, id: node.id, edge, schema: all, columns, clock: `${node.id} of ${input.clock}`, warmup }]];
}

function reason(
  p: Planner, node: NodeDecl, input: Stream, exprs: ReadonlyMap<string, Expr>, block: BlockBuilder, body: BlockBuilder,
  slots: readonly number[], schema: readonly Field[],
): void {
  const [buy, sell, hold] = [exprs.get('buy'), exprs.get('sell'), exprs.get('hold_if')];
  const r = reasonOf({ ...(buy && { buy }), ...(sell && { sell }), ...(hold && { hold }) });
  const values = r.show.map((e) => p.lower(e, block, input, node.id));
  const side = body.load(slots[schema.findIndex((f) => f.name === 'side')], 'f64');
  const slot = slots[schema.findIndex((f) => f.name === 'reason')];
  body.block.instrs.push({ op: 'render', slot, args: [side, ...values], render: r.render, of: r.of });
}

const UNSAID: StateSize = Object.freeze({ bytes: 0, grows: 'and what the operator keeps, which it does not say' });

export function lowerTimed(p: Planner, node: NodeDecl, op: TimedOperator, inputs: readonly Stream[]): Made {
  const bound = bindArgs(p, node, op, inputs, (e, label) => p.ref(e, inputs[0], node.id, 0, label));
  return bound === null ? null : placeTimed(p, node, op, inputs, bound);
}

/** Where late rows come from and rows are counted, for an operator that several nodes share. */
interface Placing {
  readonly lateOf?: number;
  readonly accounts?: readonly string[];
}

/** The stage of a timed operator whose settings are bound, and the streams it makes. */
export function placeTimed(
  p: Planner, node: NodeDecl, op: TimedOperator, inputs: readonly Stream[], bound: Bound, more: Placing = {},
): Made {
  const [first] = inputs;
  const { lateOf = 0 } = more;
  const after = new Set<number>();
  const read = inputs.map((s) => ({
    scope: s.scope, schema: s.schema,
    slots: s.schema.map((f) => {
      const place = s.columns.get(f.name) as ColumnPlace;
      after.add(place.home);
      return p.draft.store(place, f.name);
    }),
  }));
  const infos = inputs.map(info);
  const own = op.schema(bound.args, infos);
  const calls = bound.aggregates?.calls.map((c, i) => ({ ...c, slot: own.length + i })) ?? [];
  const hidden: Field[] = (bound.aggregates?.calls ?? []).map((c, i) => ({ name: `#${i}`, type: aggregateType(c.fn, c.args) }));
  const scope = op.scope?.(bound.args, infos) ?? first.scope;
  const fresh = scope !== first.scope || bound.args['pairs'] !== null;
  const keys = fresh ? p.draft.keyTables++ : p.draft.frames[first.frame].keys;
  const frame = p.draft.frame(keys, [...own, ...hidden]);
  const edge = p.draft.edge(frame, null, node.id);
  const sources = new Set(inputs.flatMap((s) => [...s.sources]));
  p.draft.meet(sources);
  const name = Object.entries(op.fields).find(([, f]) => f.kind === 'aggregates')?.[0];
  const args = name === undefined ? bound.args : { ...bound.args, [name]: calls };
  const ports = portsOf(op, args, infos).map(([port, schema]) => {
    const its = p.draft.frame(keys, schema);
    return { name: port, schema, frame: its, edge: p.draft.edge(its, null, `${node.id}.${port}`), slots: schema.map((_, i) => i) };
  });
  const late = p.doc.time.late === 'side_output' ? lateSide(p, node, inputs[lateOf]) : null;
  const stage = p.draft.stages.push({
    form: 'timed', node: node.id, operator: op, args, inputs: inputs.map((s) => s.edge), columns: read, edge,
    slots: own.map((_, i) => i), ports: ports.map((x) => ({ name: x.name, edge: x.edge, slots: x.slots })),
    late: late === null ? null : { ...late.stage, ...(lateOf === 0 ? {} : { input: lateOf }) },
    ...(more.accounts === undefined ? {} : { accounts: more.accounts }), track: p.draft.track(sources), onError: p.onError(node), after,
  }) - 1;
  const { bytes, grows } = op.stateSize?.(args, infos, p.doc.time) ?? UNSAID;
  p.addState(node.id, bytes, grows);
  const tick = op.clock(bound.args);
  const clock = tick === '' ? node.id : `${node.id}@${tick}`;
  const warmup = op.warmup?.(bound.args) ?? 1;
  const places = p.places([...own, ...hidden], stage, edge, 1);
  const base: Stream = { id: node.id, edge, frame, schema: own, columns: places, clock, scope, sources, warmup };
  const stream = bound.aggregates === null ? base : aggregated(p, node, base, bound.aggregates, first, own);
  const made: [string, Stream][] = [[node.id, { ...stream, warmup }]];
  for (const { name: port, schema, ...at } of ports) {
    const id = `${node.id}.${port}`;
    const columns = p.places(schema, stage, at.edge, 1);
    made.push([id, { id, edge: at.edge, frame: at.frame, schema, columns, clock: id, scope, sources, warmup: 1 }]);
  }
  if (late !== null) made.push([`${node.id}.late`, { ...late.stream(stage), sources }]);
  return made;
}

const aggregateType = (fn: string, args: readonly ColumnRef[]): Field['type'] =>
  fn === 'count' || fn === 'distinct' ? 'i64' : ['first', 'last', 'min', 'max'].includes(fn) ? args[0].type : 'f64';

function aggregated(
  p: Planner, node: NodeDecl, base: Stream, a: NonNullable<ReturnType<typeof bindArgs>>['aggregates'], input: Stream, own: readonly Field[],
): Stream {
  const columns = new Map<string, ColumnPlace>(own.map((f) => [f.name, base.columns.get(f.name) as ColumnPlace]));
  const schema: Field[] = [...own];
  for (const c of a?.columns ?? []) {
    const e = overAggregates(p, c.expr, a?.calls ?? [], input, node.id);
    columns.set(c.name, p.column(e, base, node.id));
    schema.push({ name: c.name, type: e.type });
  }
  return { ...base, schema, columns };
}

function lateSide(p: Planner, node: NodeDecl, first: Stream): {
  stage: { edge: number; copies: { from: number; to: number }[] }; stream: (stage: number) => Stream;
} {
  const frame = p.draft.frame(p.draft.frames[first.frame].keys, first.schema);
  const edge = p.draft.edge(frame, null, `${node.id}.late`);
  const copies = first.schema.map((f, to) => ({ from: p.draft.store(first.columns.get(f.name) as ColumnPlace, f.name), to }));
  return {
    stage: { edge, copies },
    stream: (stage) => ({
      ...first, id: `${node.id}.late`, edge, frame, columns: p.places(first.schema, stage, edge, 1), clock: `${node.id}.late`,
    }),
  };
}

export function lowerAsync(p: Planner, node: NodeDecl, op: AsyncOperator, input: Stream): Made {
  const bound = bindArgs(p, node, op, [input], (e, label) => p.ref(e, input, node.id, 0, label));
  if (bound === null) return null;
  const own = op.schema(bound.args, info(input));
  const slots = own.map((f) => p.draft.slot(input.frame, f.name, f.type));
  const edge = p.draft.edge(input.frame, input.edge, node.id);
  const after = new Set([...input.columns.values()].map((c) => c.home));
  const stage = p.draft.stages.push({
    form: 'async', node: node.id, operator: op, args: bound.args, input: input.edge, slots, edge, onError: p.onError(node), after,
  }) - 1;
  const columns = new Map(input.columns);
  const warmup = op.warmup?.(bound.args) ?? input.warmup;
  own.forEach((f, i) => columns.set(f.name, { type: f.type, slot: slots[i], value: null, stage, home: edge, warmup }));
  const schema = [...input.schema.filter((f) => !own.some((g) => g.name === f.name)), ...own];
  return [[node.id, { ...input, id: node.id, edge, schema, columns, clock: `${node.id} of ${input.clock}`, warmup }]];
}
