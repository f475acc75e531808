import type { FieldSpec } from '../core/field.ts';
import { layOut } from '../core/layout.ts';
import type { AggregateCall, BoundArgs, ColumnRef, Operator, StreamInfo } from '../core/operator.ts';
import type { ArgDecl, FormulaDecl, NodeDecl } from '../language/document.ts';
import type { Expr } from '../language/formula/typed.ts';
import { walk, type Planner } from './planner.ts';
import type { Stream } from './stream.ts';

export const info = (s: Stream): StreamInfo => ({ id: s.id, schema: s.schema, clock: s.clock, scope: s.scope });

/** The formulas of aggregates, each cut into calls that the operator folds and what is computed from them afterwards. */
export interface Aggregates {
  readonly calls: readonly AggregateCall[];
  /** Name and formula over `#0`, `#1`, ... of each output column. */
  readonly columns: readonly { readonly name: string; readonly expr: Expr }[];
}

export interface Bound {
  readonly args: BoundArgs;
  /** Formulas by setting, for what the planner itself reads. */
  readonly exprs: ReadonlyMap<string, Expr>;
  readonly aggregates: Aggregates | null;
}

export type RefOf = (e: Expr, label: string) => ColumnRef;

/** Makes an operator's settings what it expects: formulas become columns of the input, by `refOf`. Null after a fault. */
export function bindArgs(p: Planner, node: NodeDecl, op: Operator, inputs: readonly Stream[], refOf: RefOf): Bound | null {
  const args: Record<string, unknown> = {};
  const exprs = new Map<string, Expr>();
  let aggregates: Aggregates | null = null;
  let faulty = false;
  for (const [name, field] of Object.entries(op.fields)) {
    const arg = node.args[name];
    if (arg === undefined) continue;
    const bound = bindOne(p, node, field, arg, inputs[0], refOf, exprs, name);
    if (bound === FAULT) faulty = true;
    else if (field.kind === 'aggregates') {
      aggregates = bound as Aggregates;
      args[name] = aggregates.calls;
    } else args[name] = bound;
  }
  if (faulty) return null;
  args['pairs'] = Array.isArray(node.across) ? node.across : null;
  return { args, exprs, aggregates };
}

const FAULT = Symbol('fault');

function bindOne(
  p: Planner, node: NodeDecl, field: FieldSpec, arg: ArgDecl, stream: Stream, refOf: RefOf, exprs: Map<string, Expr>, name: string,
): unknown {
  switch (field.kind) {
    case 'formula': {
      if (arg.formula === undefined) return undefined;
      const f = defaulted(node, arg.formula, arg, stream, name);
      if (f === null) return undefined;
      const type = field.type === 'bool' ? 'bool' : field.type === undefined ? null : 'number';
      const e = p.resolve(f, stream, node.id, type);
      if (e === null) return FAULT;
      exprs.set(name, e);
      return refOf(e, f.text);
    }
    case 'formulas': {
      const out: Record<string, ColumnRef> = {};
      let faulty = false;
      for (const f of arg.formulas ?? []) {
        const e = p.resolve(f, stream, node.id, null);
        if (e === null) faulty = true;
        else out[f.name] = refOf(e, f.text);
      }
      return faulty ? FAULT : out;
    }
    case 'aggregates': return bindAggregates(p, node, arg, stream) ?? FAULT;
    case 'names': return bindNames(p, node, arg, stream, refOf);
    default: return arg.value;
  }
}

/**
 * A setting that was left out: its default column where the input has it, else the input's column of the setting's own name, else
 * nothing. `signal` finds `close` on bars and `price` on trades that way.
 */
function defaulted(node: NodeDecl, formula: FormulaDecl, arg: ArgDecl, stream: Stream, name: string): FormulaDecl | null {
  const { ast } = formula;
  if (arg.start !== node.operatorSpan.start || ast.k !== 'name' || ast.path.length !== 1) return formula;
  if (stream.columns.has(ast.path[0].name)) return formula;
  if (!stream.columns.has(name)) return null;
  return { ...formula, text: name, ast: { ...ast, path: [{ ...ast.path[0], name }] } };
}

function bindNames(p: Planner, node: NodeDecl, arg: ArgDecl, stream: Stream, refOf: RefOf): unknown {
  const out: ColumnRef[] = [];
  for (const item of arg.items ?? []) {
    const at = { start: item.start, end: item.end };
    const e = p.resolve({ ...at, text: item.text, ast: { ...at, k: 'name', path: [{ ...at, name: item.text }] } }, stream, node.id, null);
    if (e === null) return FAULT;
    out.push(refOf(e, item.text));
  }
  return arg.items === undefined ? undefined : out;
}

function bindAggregates(p: Planner, node: NodeDecl, arg: ArgDecl, stream: Stream): Aggregates | null {
  const calls: AggregateCall[] = [];
  const columns: { name: string; expr: Expr }[] = [];
  let faulty = false;
  for (const f of arg.formulas ?? []) {
    const e = p.resolve(f, stream, node.id, null, { aggregates: true });
    if (e === null) {
      faulty = true;
      continue;
    }
    columns.push({ name: f.name, expr: e });
    walk(e, (x) => {
      if (x.k !== 'aggregate') return;
      const args = x.args.map((a) => p.ref(a, stream, node.id, 0, ''));
      if (findCall(calls, x.fn, args, x.param) < 0) calls.push({ fn: x.fn, args, param: x.param, slot: -1 });
    });
  }
  return faulty ? null : { calls, columns };
}

export const findCall = (calls: readonly AggregateCall[], fn: string, args: readonly ColumnRef[], param: number): number =>
  calls.findIndex((c) => c.fn === fn && Object.is(c.param, param) && c.args.length === args.length
    && c.args.every((a, i) => a.slot === args[i].slot));

/** Replaces every aggregate of a formula by the hidden column its operator writes. */
export function overAggregates(p: Planner, e: Expr, calls: readonly AggregateCall[], stream: Stream, node: string): Expr {
  const sub = (x: Expr): Expr => overAggregates(p, x, calls, stream, node);
  switch (e.k) {
    case 'aggregate': {
      const args = e.args.map((a) => p.ref(a, stream, node, 0, ''));
      return { k: 'column', node: null, name: `#${findCall(calls, e.fn, args, e.param)}`, type: e.type, start: e.start, end: e.end };
    }
    case 'unary': return { ...e, a: sub(e.a) };
    case 'binary': return { ...e, a: sub(e.a), b: sub(e.b) };
    case 'if': return { ...e, c: sub(e.c), a: sub(e.a), b: sub(e.b) };
    case 'in': return { ...e, a: sub(e.a), list: e.list.map(sub) };
    case 'pure': case 'kernel': return { ...e, args: e.args.map(sub) };
    default: return e;
  }
}

/** Doubles of state per key that a row operator declares. */
export const rowBytes = (op: Extract<Operator, { form: 'row' }>, args: BoundArgs): number => layOut(op.state(args)).doubles * 8;
