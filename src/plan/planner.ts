import type { Calendar } from '../core/calendar.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import { microsOf } from '../core/kernel.ts';
import type { ColumnRef } from '../core/operator.ts';
import type { Registry } from '../core/registry.ts';
import type { Field, Type } from '../core/types.ts';
import type { Document, FormulaDecl, NodeDecl } from '../language/document.ts';
import { resolveFormula } from '../language/formula/resolve.ts';
import type { FormulaScope } from '../language/formula/scope.ts';
import type { Expr } from '../language/formula/typed.ts';
import { Draft } from './draft.ts';
import { lowerExpr, readColumn, type BlockBuilder, type ColumnPlace } from './island.ts';
import type { EdgeId, ErrorPolicy, ValueId } from './ir.ts';
import type { Stream } from './stream.ts';

export const walk = (e: Expr, visit: (e: Expr) => void): void => {
  visit(e);
  switch (e.k) {
    case 'unary': case 'asof': walk(e.a, visit); break;
    case 'binary': walk(e.a, visit); walk(e.b, visit); break;
    case 'if': walk(e.c, visit); walk(e.a, visit); walk(e.b, visit); break;
    case 'in': walk(e.a, visit); e.list.forEach((x) => walk(x, visit)); break;
    case 'pure': case 'kernel': case 'aggregate': e.args.forEach((x) => walk(x, visit)); break;
    default:
  }
};

type ColumnExpr = Extract<Expr, { k: 'column' }>;
type AsofExpr = Extract<Expr, { k: 'asof' }>;

/** Faults in formulas that are said: each is compared with every known name, and a file with more is wrong as a whole. */
const MOST_FAULTS = 100;

interface More {
  readonly aggregates?: boolean;
  readonly poisoned?: ReadonlySet<string>;
}

/** State and helpers that lowering every kind of node needs. */
export class Planner {
  readonly draft = new Draft();
  readonly diagnostics: Diagnostic[] = [];
  /** Streams by reference: `bars`, `bars.late`, `router.big`. Null is one with a fault: followers stay silent. */
  readonly streams = new Map<string, Stream | null>();
  /** Streams that are another name of one that is there: shown only where somebody uses them. */
  readonly aliases = new Set<string>();
  readonly stateBytes = new Map<string, number>();
  /** What a node keeps beside those bytes and depends on the data, in words. */
  readonly stateNotes = new Map<string, string>();
  readonly doc: Document;
  readonly registry: Registry;
  readonly calendar: Calendar;
  /** What a node, or a branch, reads beside or in place of what its `from:` says. */
  readonly reads = new Map<string, readonly string[]>();
  private readonly asofs = new Map<string, ColumnPlace>();
  /** Columns made of formulas that are asked for again, as the arguments of aggregates are. */
  private readonly made = new WeakMap<Expr, ColumnPlace>();

  /** Event time before which trading groups only warm up; null for none. */
  readonly tradeFrom: number | null;

  constructor(doc: Document, registry: Registry, calendar: Calendar, tradeFrom: number | null = null) {
    this.tradeFrom = tradeFrom;
    this.doc = doc;
    this.registry = registry;
    this.calendar = calendar;
  }

  onError(node: NodeDecl): ErrorPolicy {
    return node.onError ?? this.doc.runtime.onError;
  }

  /** Checks a formula over the columns of `stream`; null when there is a fault, which is then reported. */
  resolve(f: FormulaDecl, stream: Stream, self: string, expected: 'bool' | 'number' | null, more: More = {}): Expr | null {
    return this.check(f, this.scope(stream, self, more), expected);
  }

  /** The same in a scope that is made once for several formulas. Behind a great many faults nothing is looked for any more. */
  check(f: FormulaDecl, scope: FormulaScope, expected: 'bool' | 'number' | null): Expr | null {
    if (this.diagnostics.length >= MOST_FAULTS) return null;
    const { expr, diagnostics } = resolveFormula(f.ast, scope, expected);
    this.diagnostics.push(...diagnostics);
    return expr;
  }

  scope(stream: Stream, self: string, more: More = {}): FormulaScope & { readonly columns: Map<string, Type> } {
    const columns = new Map<string, Type>([['ts', 'time'], ['symbol', 'text']]);
    for (const f of stream.schema) columns.set(f.name, f.type);
    return {
      columns, clock: stream.clock, input: stream.id, self, aggregates: more.aggregates ?? false, poisoned: more.poisoned ?? new Set(),
      registry: this.registry, calendar: this.calendar,
      nodeIds: [...this.streams.keys()],
      params: new Map(this.doc.params.map((p) => [p.name, p])),
      node: (id) => {
        const other = this.streams.get(id);
        if (other === undefined) return null;
        if (other === null) return 'poisoned';
        const own = other.schema.map((f): [string, Type] => [f.name, f.type]);
        const types = new Map<string, Type>([['ts', 'time'], ['symbol', 'text'], ...own]);
        return { columns: types, clock: other.clock, sameRows: this.draft.within(stream.edge, other.edge) };
      },
    };
  }

  /** The place of a column a formula names: the stream's own, or another node's on the same rows. */
  place(stream: Stream, e: ColumnExpr, own?: ReadonlyMap<string, ColumnPlace>): ColumnPlace | undefined {
    if (e.node === null) return own?.get(e.name) ?? stream.columns.get(e.name);
    return this.streams.get(e.node)?.columns.get(e.name);
  }

  /** The first stage after which everything the formulas read is there; makes the as-of reads they need. */
  ready(exprs: readonly Expr[], stream: Stream, self: string, own?: ReadonlyMap<string, ColumnPlace>): number {
    let least = 0;
    for (const e of exprs) {
      walk(e, (x) => {
        if (x.k === 'column') least = Math.max(least, this.place(stream, x, own)?.stage ?? 0);
        if (x.k === 'asof') least = Math.max(least, this.asof(x, stream, self).stage + 1);
      });
    }
    return least;
  }

  lower(e: Expr, block: BlockBuilder, stream: Stream, self: string, own?: ReadonlyMap<string, ColumnPlace>): ValueId {
    const column = (c: ColumnExpr): ValueId => {
      const place = this.place(stream, c, own);
      if (place !== undefined) return readColumn(block, place, (p) => this.draft.store(p));
      const what = c.name === 'ts' ? 'ts' : 'symbol';
      return block.emit(`meta ${what}`, c.type, { op: 'meta', what });
    };
    const asof = (a: AsofExpr): ValueId => {
      const place = this.asof(a, stream, self);
      if (block.island.stage > place.stage) block.island.after.add(place.home);
      return block.load(place.slot, place.type);
    };
    walk(e, (x) => {
      if (x.k !== 'kernel') return;
      this.addState(self, x.kernel.doubles(x.params) * 8);
      if (microsOf(x.params) !== null) this.addState(self, 0, 'and the rows inside its spans of time');
    });
    return lowerExpr(e, block, self, column, asof);
  }

  addState(node: string, bytes: number, grows: string | null = null): void {
    this.stateBytes.set(node, (this.stateBytes.get(node) ?? 0) + bytes);
    const note = this.stateNotes.get(node);
    if (grows !== null && note?.includes(grows) !== true) this.stateNotes.set(node, note === undefined ? grows : `${note}, ${grows}`);
  }

  /** Rows of the stream's clock that a formula needs before it has a value. */
  warmup(e: Expr, stream: Stream, own?: ReadonlyMap<string, ColumnPlace>): number {
    if (e.k === 'column') return this.place(stream, e, own)?.warmup ?? 1;
    if (e.k === 'asof') return 1;
    let deepest = 1;
    const inner = (x: Expr): void => { deepest = Math.max(deepest, this.warmup(x, stream, own)); };
    switch (e.k) {
      case 'unary': inner(e.a); break;
      case 'binary': inner(e.a); inner(e.b); break;
      case 'if': inner(e.c); inner(e.a); inner(e.b); break;
      case 'in': inner(e.a); break;
      case 'pure': case 'aggregate': e.args.forEach(inner); break;
      case 'kernel': {
        e.args.forEach(inner);
        const name = e.kernel.outputs[e.output].name;
        return deepest + (e.kernel.warmups(e.params)[name] ?? e.kernel.warmup(e.params)) - 1;
      }
      default:
    }
    return deepest;
  }

  /** A hidden column on `stream` with the last complete value of a formula over another stream; the same read is made once. */
  private asof(e: AsofExpr, stream: Stream, self: string): ColumnPlace {
    const other = this.streams.get(e.node) as Stream;
    const from = this.column(e.a, other, e.node);
    const slotFrom = this.draft.store(from);
    const key = `${stream.edge} ${other.edge} ${slotFrom} ${e.maxAge}`;
    const found = this.asofs.get(key);
    if (found !== undefined) return found;
    this.draft.meet([...stream.sources, ...other.sources]);
    // The newest value and its time; until the watermark passes it, those before it.
    this.addState(self, 16, `and values of \`${e.node}\` that time has not passed`);
    const slot = this.draft.slot(stream.frame, `asof ${e.node}`, from.type);
    const copies = [{ from: slotFrom, to: slot, maxAge: e.maxAge }];
    const stage = this.draft.stages.push({
      form: 'asof', node: self, input: stream.edge, other: other.edge, copies, after: new Set([from.home]),
    }) - 1;
    const place: ColumnPlace = { type: from.type, slot, value: null, stage, home: stream.edge, warmup: 1 };
    this.asofs.set(key, place);
    return place;
  }

  /** A formula over `stream` as a stored column, for those who read slots and not values. */
  column(e: Expr, stream: Stream, self: string): ColumnPlace {
    if (e.k === 'column') {
      const place = this.place(stream, e);
      if (place !== undefined) {
        this.draft.store(place, e.name);
        return place;
      }
    }
    const made = this.made.get(e);
    if (made !== undefined) return made;
    const block = this.draft.block(stream.edge, this.ready([e], stream, self));
    const id = this.lower(e, block, stream, self);
    const place = this.computed(block, id, e.type, this.warmup(e, stream));
    this.draft.store(place);
    this.made.set(e, place);
    return place;
  }

  computed(block: BlockBuilder, id: ValueId, type: Type, warmup: number): ColumnPlace {
    const { island } = block;
    return { type, slot: -1, value: { island, block, id }, stage: island.stage, home: island.input, warmup };
  }

  /** Like `column`, as an operator gets it. */
  ref(e: Expr, stream: Stream, self: string, input: number, label: string): ColumnRef {
    const place = this.column(e, stream, self);
    return { input, slot: place.slot, type: place.type, label };
  }

  /** Columns that a stage fills by itself, on a frame of its own. */
  places(schema: readonly Field[], stage: number, home: EdgeId, warmup: number, first = 0): Map<string, ColumnPlace> {
    return new Map(schema.map((f, i) => [f.name, { type: f.type, slot: first + i, value: null, stage, home, warmup }]));
  }
}
