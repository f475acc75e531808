import type { RowOperator, BoundArgs } from '../core/operator.ts';
import type { Type } from '../core/types.ts';
import { printExpr } from '../language/formula/text.ts';
import type { Expr } from '../language/formula/typed.ts';
import type { Block, EdgeId, Instr, IslandStage, ValueId } from './ir.ts';

/** Where a column of a stream can be read. */
export interface ColumnPlace {
  readonly type: Type;
  /** Slot in the frame; -1 until somebody outside the island reads it. */
  slot: number;
  /** The value inside its island, for a computed column. */
  readonly value: { readonly island: IslandBuilder; readonly block: BlockBuilder; readonly id: ValueId } | null;
  /** Index of the stage that makes it. */
  readonly stage: number;
  /** Edge whose stage makes it: who reads the slot elsewhere waits for it. */
  readonly home: EdgeId;
  /** Rows of its clock until it has a value. */
  readonly warmup: number;
}

type Draft<T> = T extends { readonly op: string } ? Omit<T, 'out'> : never;

/** Part of an island that runs on the rows of one edge; filters nest. */
export class BlockBuilder {
  readonly block: Block;
  readonly parent: BlockBuilder | null;
  readonly island: IslandBuilder;
  private readonly known = new Map<string, ValueId>();

  constructor(island: IslandBuilder, edge: EdgeId, parent: BlockBuilder | null) {
    this.island = island;
    this.parent = parent;
    this.block = { edge, instrs: [] };
  }

  sees(other: BlockBuilder): boolean {
    for (let b: BlockBuilder | null = this as BlockBuilder; b !== null; b = b.parent) if (b === other) return true;
    return false;
  }

  /** Emits an instruction once: the same work on the same values gives the value that is already there. */
  emit(key: string, type: Type, draft: Draft<Extract<Instr, { out: ValueId }>>): ValueId {
    for (let b: BlockBuilder | null = this as BlockBuilder; b !== null; b = b.parent) {
      const id = b.known.get(key);
      if (id !== undefined) return id;
    }
    const out = this.island.newValue(type);
    this.known.set(key, out);
    this.block.instrs.push({ ...draft, out } as Instr);
    return out;
  }

  load(slot: number, type: Type): ValueId {
    return this.emit(`load ${slot}`, type, { op: 'load', slot });
  }

  constant(value: number | string | null, type: Type): ValueId {
    return this.emit(`const ${typeof value} ${String(value)} ${String(type === 'text')}`, type, { op: 'const', value });
  }

  /**
   * A kernel's outputs. State belongs to the rows that step it, so only a call in this very block is the same call;
   * one outside the filter saw other rows.
   */
  kernel(e: Extract<Expr, { k: 'kernel' }>, args: readonly ValueId[], node: string): ValueId {
    const key = `kernel ${e.kernel.name} ${JSON.stringify(e.params)} ${args.join()}`;
    const outKey = (o: number): string => `${key} -> ${o}`;
    const found = this.known.get(outKey(e.output));
    if (found !== undefined) return found;
    const out = this.island.newValue(e.type);
    this.known.set(outKey(e.output), out);
    const at = this.known.get(key);
    if (at !== undefined) {
      (this.block.instrs[at] as Extract<Instr, { op: 'kernel' }>).outs[e.output] = out;
      return out;
    }
    const outs = e.kernel.outputs.map((_, o) => (o === e.output ? out : -1));
    const text = printExpr({ ...e, output: 0 });
    this.known.set(key, this.block.instrs.push({ op: 'kernel', outs, kernel: e.kernel, params: e.params, args, node, text }) - 1);
    return out;
  }

  filter(cond: ValueId, edge: EdgeId): BlockBuilder {
    const body = new BlockBuilder(this.island, edge, this);
    this.block.instrs.push({ op: 'filter', cond, edge, body: body.block });
    this.island.blocks.set(edge, body);
    return body;
  }

  row(operator: RowOperator, args: BoundArgs, slots: readonly number[], edge: EdgeId): BlockBuilder {
    const body = new BlockBuilder(this.island, edge, this);
    this.block.instrs.push({ op: 'row', operator, args, slots, edge, body: body.block });
    this.island.blocks.set(edge, body);
    return body;
  }
}

/** An island under construction: one loop over the rows of `input`, with the blocks of all filters inside. */
export class IslandBuilder {
  readonly stage: number;
  readonly input: EdgeId;
  readonly root: BlockBuilder;
  readonly blocks = new Map<EdgeId, BlockBuilder>();
  readonly after = new Set<EdgeId>();
  readonly values: Type[] = [];
  readonly custom: string | null;
  kernels = 0;

  constructor(stage: number, input: EdgeId, custom: string | null) {
    this.stage = stage;
    this.input = input;
    this.custom = custom;
    this.root = new BlockBuilder(this, input, null);
    this.blocks.set(input, this.root);
  }

  newValue(type: Type): ValueId {
    return this.values.push(type) - 1;
  }

  finish(): IslandStage {
    for (const { block } of this.blocks.values()) {
      // A selection's body may read what its parent was given later, by another node: the selections of a block come last.
      const bodies = block.instrs.filter(isSelection);
      if (bodies.length > 0) block.instrs.splice(0, block.instrs.length, ...block.instrs.filter((i) => !isSelection(i)), ...bodies);
    }
    const stage: IslandStage = {
      form: 'island', input: this.input, body: this.root.block, values: this.values, custom: this.custom !== null, after: this.after,
    };
    return this.custom === null ? stage : { ...stage, node: this.custom };
  }
}

const isSelection = (i: Instr): boolean => i.op === 'filter' || i.op === 'row';

/** Reads a column inside a block: its value where it is computed in sight, else the slot it is stored in. */
export function readColumn(block: BlockBuilder, place: ColumnPlace, store: (p: ColumnPlace) => number): ValueId {
  const v = place.value;
  if (v !== null && v.island === block.island && block.sees(v.block)) return v.id;
  const slot = place.slot >= 0 ? place.slot : store(place);
  if (place.stage !== block.island.stage) block.island.after.add(place.home);
  return block.load(slot, place.type);
}

/** Lowers a checked formula to values. `column` finds a column of the row, `asof` the hidden column made for an as-of read. */
export function lowerExpr(
  e: Expr, block: BlockBuilder, node: string, column: (e: Extract<Expr, { k: 'column' }>) => ValueId,
  asof: (e: Extract<Expr, { k: 'asof' }>) => ValueId,
): ValueId {
  const low = (x: Expr): ValueId => lowerExpr(x, block, node, column, asof);
  switch (e.k) {
    case 'number': return block.constant(e.value, e.type);
    case 'text': return block.constant(e.value, 'text');
    case 'null': return block.constant(e.type === 'text' ? null : NaN, e.type);
    case 'column': return column(e);
    case 'asof': return asof(e);
    case 'unary': {
      const a = low(e.a);
      return e.op === '-' ? block.emit(`- ${a}`, e.type, { op: 'negate', a }) : block.emit(`not ${a}`, 'bool', { op: 'not', a });
    }
    case 'binary': {
      const a = low(e.a);
      const b = low(e.b);
      return block.emit(`${e.op} ${a} ${b}`, e.type, { op: 'binary', fn: e.op, a, b });
    }
    case 'if': {
      const c = low(e.c);
      const a = low(e.a);
      const b = low(e.b);
      return block.emit(`if ${c} ${a} ${b}`, e.type, { op: 'if', c, a, b });
    }
    case 'in': {
      const a = low(e.a);
      const list = e.list.map(low);
      return block.emit(`in ${a} ${list.join()}`, 'bool', { op: 'in', a, list });
    }
    case 'pure': {
      const args = e.args.map(low);
      return block.emit(`pure ${e.fn.name} ${args.join()}`, e.type, { op: 'pure', fn: e.fn, args });
    }
    case 'kernel': return block.kernel(e, e.args.map(low), node);
    case 'aggregate': throw new TypeError('an aggregate is lowered by its window');
  }
}
