import { microsOf } from '../core/kernel.ts';
import type { BoundArgs, ColumnRef } from '../core/operator.ts';
import { CALENDAR_FUNCTIONS } from '../language/formula/calendar-functions.ts';
import { canonical, typeText, type Hash } from './canonical.ts';
import type {
  AsofStage, AsyncStage, Block, EdgeId, Instr, IslandStage, Plan, RekeyStage, SourceStage, Stage, TimedStage, ValueId,
} from './ir.ts';

type KernelInstr = Extract<Instr, { op: 'kernel' }>;

/** Raised when a kernel or operator that ships keeps its name and settings and yet computes, or stores, something else than before. */
export const STATE_FORMAT = 2;

/** One piece of state that a running plan keeps. */
export interface Piece {
  /** Hash of what computes it and of everything in front of it: equal in two plans where both would have the same state. */
  readonly id: string;
  readonly node: string;
  /** In the user's words: `features.fast = ema(close, 12)`. */
  readonly what: string;
  /** Rows of its own clock until it has a value; null where that is a matter of time. */
  readonly warmupRows: number | null;
  /** For a call over time: the span it looks back over. */
  readonly warmupMicros: number | null;
  /** Pieces on the same rows that its arguments come from. */
  readonly reads: readonly string[];
}

export interface NodeIdentity {
  /** Which rows it has, in which order. */
  readonly rows: string;
  /** What each schema column is. */
  readonly columns: readonly string[];
}

export interface Identities {
  readonly plan: string;
  readonly edges: readonly string[];
  readonly nodes: ReadonlyMap<string, NodeIdentity>;
  readonly kernels: ReadonlyMap<KernelInstr, Piece>;
  /** Row operators, by the edge of the rows that they let through. */
  readonly rows: ReadonlyMap<EdgeId, Piece>;
  /** Timed and as-of stages. */
  readonly stages: ReadonlyMap<Stage, Piece>;
  readonly keyTables: readonly string[];
  readonly tracks: readonly string[];
}

/** What a value or column is, and which pieces of state on the same rows it comes from. */
interface Known {
  readonly id: string;
  readonly reads: readonly string[];
}

/**
 * Says of a plan, and of every piece of its state, what it computes, so that another plan can be compared with it.
 *
 * The identity of the plan is the same for files that compile to the same rows: comments, order of keys, spelling of units, outputs, tests
 * and descriptions are not in it, nor is where a source gets its rows and how it reads them. The order of columns is, because it is what a
 * reader of the output sees, and the order of sources, because rows of equal time come in it. `universe` is in the identity of the plan
 * alone: a symbol that comes or goes leaves the state of the others as it is.
 */
export function identify(plan: Plan, hash: Hash, universe: readonly string[] | null = null): Identities {
  return new Identifier(plan, hash).finish(universe);
}

class Identifier {
  private readonly plan: Plan;
  private readonly hash: Hash;
  private readonly edges: string[] = [];
  private readonly values: (readonly (Known | undefined)[])[] = [];
  private readonly slots = new Map<string, Known>();
  private readonly kernels = new Map<KernelInstr, Piece>();
  private readonly rows = new Map<EdgeId, Piece>();
  private readonly stages = new Map<Stage, Piece>();
  private readonly keyTables: string[] = ['symbols'];
  private readonly tracks: readonly string[];

  constructor(plan: Plan, hash: Hash) {
    this.plan = plan;
    this.hash = hash;
    this.tracks = plan.tracks.map((group) => {
      const ids = group.map((s) => plan.sources[s].id).sort();
      // One source alone holds no other up, hence idles for nobody.
      return this.name('track', String(plan.lateness), group.length > 1 ? String(plan.idle) : '', ...ids);
    });
    // In order: every stage comes after what it reads.
    plan.stages.forEach((stage, at) => this.stage(stage, at));
  }

  finish(universe: readonly string[] | null): Identities {
    const { plan } = this;
    const nodes = new Map(plan.nodes.map((n): [string, NodeIdentity] => {
      const { frame } = plan.edges[n.edge];
      const columns = n.origins.map((o) => ('slot' in o ? this.slot(frame, o.slot) : this.value(o.stage, o.value)).id);
      return [n.id, { rows: this.edges[n.edge], columns }];
    }));
    const lines = [...plan.nodes].sort((a, b) => (a.id < b.id ? -1 : 1)).map((n) => {
      const { rows, columns } = nodes.get(n.id) as NodeIdentity;
      return this.name('node', n.id, rows, n.onError, ...n.schema.flatMap((f, c) => [f.name, typeText(f.type), columns[c]]));
    });
    const allowed = universe === null ? 'all' : JSON.stringify([...new Set(universe)].sort());
    const time = [plan.lateness, plan.late, plan.idle, plan.calendar].map(String);
    const sources = plan.sources.map((s) => this.edges[s.edge]);
    return {
      plan: this.name('plan', String(STATE_FORMAT), ...time, allowed, ...sources, ...lines), nodes, edges: this.edges,
      kernels: this.named(nodes), rows: this.rows, stages: this.stages, keyTables: this.keyTables, tracks: this.tracks,
    };
  }

  /** The kernels, with the names of the columns that they are. */
  private named(nodes: ReadonlyMap<string, NodeIdentity>): ReadonlyMap<KernelInstr, Piece> {
    const columns = new Map<string, string>();
    for (const n of this.plan.nodes) {
      n.schema.forEach((f, c) => {
        const key = `${n.id} ${(nodes.get(n.id) as NodeIdentity).columns[c]}`;
        if (!columns.has(key)) columns.set(key, f.name);
      });
    }
    return new Map([...this.kernels].map(([i, piece]) => {
      const outs = i.kernel.outputs.map((o) => columns.get(`${piece.node} ${this.name('output', piece.id, o.name)}`));
      const column = outs.find((c) => c !== undefined);
      return [i, { ...piece, what: column === undefined ? `${piece.node}: ${i.text}` : `${piece.node}.${column} = ${i.text}` }];
    }));
  }

  /** Parts are told apart by a character that no part holds. */
  private name(...parts: string[]): string {
    return this.hash(parts.join('\u0000'));
  }

  private slot(frame: number, slot: number): Known {
    const known = this.slots.get(`${frame}.${slot}`);
    if (known === undefined) throw new TypeError(`nobody writes slot ${slot} of frame ${frame}`);
    return known;
  }

  private put(frame: number, slot: number, id: string, reads: readonly string[] = []): void {
    this.slots.set(`${frame}.${slot}`, { id, reads });
  }

  private value(stage: number, id: ValueId): Known {
    const known = this.values[stage]?.[id];
    if (known === undefined) throw new TypeError(`no value ${id} in stage ${stage}`);
    return known;
  }

  private frameOf(edge: EdgeId): number {
    return this.plan.edges[edge].frame;
  }

  private code(name: string): string {
    const text = this.plan.custom.get(name);
    return text === undefined ? '' : this.name('code', text);
  }

  private args(args: BoundArgs, inputs: readonly EdgeId[]): string {
    return canonical(args, (r: ColumnRef) => this.slot(this.frameOf(inputs[r.input]), r.slot).id);
  }

  private stage(stage: Stage, at: number): void {
    switch (stage.form) {
      case 'source': this.source(stage); return;
      case 'island': this.island(stage, at); return;
      case 'timed': this.timed(stage); return;
      case 'asof': this.asof(stage); return;
      case 'async': this.async(stage); return;
      case 'rekey': this.rekey(stage); return;
    }
  }

  private source(stage: SourceStage): void {
    const source = this.plan.sources.find((s) => s.id === stage.source);
    if (source === undefined) throw new TypeError(`no source ${stage.source}`);
    const columns = source.schema.flatMap((f) => [f.name, typeText(f.type)]);
    const id = this.edges[stage.edge] = this.name('source', source.id, String(source.shift), ...columns);
    source.schema.forEach((f, i) => this.put(this.frameOf(stage.edge), i, this.name('column', id, f.name)));
  }

  private island(stage: IslandStage, at: number): void {
    const own: (Known | undefined)[] = [];
    this.values[at] = own;
    this.block(stage, stage.body, own, []);
  }

  /** `pieces` are those of a guarded island so far: a row that one of them throws at goes no further. */
  private block(stage: IslandStage, block: Block, own: (Known | undefined)[], pieces: string[]): void {
    const { plan } = this;
    const frame = this.frameOf(block.edge);
    const edge = this.edges[block.edge];
    const known = (ids: readonly ValueId[]): Known[] => ids.map((id) => own[id] as Known);
    const set = (out: ValueId, parts: readonly string[], args: readonly ValueId[]): void => {
      const of = known(args);
      own[out] = { id: this.name(...parts, ...of.map((x) => x.id)), reads: [...new Set(of.flatMap((x) => x.reads))] };
    };
    for (const i of block.instrs) {
      switch (i.op) {
        case 'load': own[i.out] = this.slot(frame, i.slot); break;
        case 'meta': set(i.out, ['meta', i.what], []); break;
        case 'const': set(i.out, ['const', canonical(i.value, String)], []); break;
        case 'negate': case 'not': set(i.out, [i.op], [i.a]); break;
        case 'binary': set(i.out, ['binary', i.fn], [i.a, i.b]); break;
        case 'if': set(i.out, ['if'], [i.c, i.a, i.b]); break;
        case 'in': set(i.out, ['in'], [i.a, ...i.list]); break;
        case 'pure':
          set(i.out, ['pure', i.fn.name, CALENDAR_FUNCTIONS.includes(i.fn.name) ? plan.calendar : ''], i.args);
          break;
        case 'kernel': pieces.push(this.kernel(i, edge, known(i.args), own)); break;
        case 'store': this.put(frame, i.slot, (own[i.a] as Known).id, (own[i.a] as Known).reads); break;
        case 'render': this.put(frame, i.slot, this.name('render', i.of, ...known(i.args).map((x) => x.id))); break;
        case 'filter':
          this.edges[i.edge] = this.name('filter', edge, (own[i.cond] as Known).id, ...(stage.custom ? pieces : []));
          this.block(stage, i.body, own, pieces);
          break;
        case 'row':
          pieces.push(this.row(i, block.edge));
          this.edges[i.edge] = this.name('passed', (this.rows.get(i.edge) as Piece).id, ...(stage.custom ? pieces : []));
          this.block(stage, i.body, own, pieces);
          break;
      }
    }
  }

  private kernel(i: KernelInstr, edge: string, args: readonly Known[], own: (Known | undefined)[]): string {
    const { kernel, params, node, text } = i;
    const settings = canonical(params, String);
    const id = this.name('kernel', kernel.name, this.code(kernel.name), settings, edge, ...args.map((x) => x.id));
    this.kernels.set(i, {
      id, node, what: text, warmupRows: kernel.warmup(params), warmupMicros: microsOf(params),
      reads: [...new Set(args.flatMap((x) => x.reads))],
    });
    i.outs.forEach((out, o) => {
      if (out >= 0) own[out] = { id: this.name('output', id, kernel.outputs[o].name), reads: [id] };
    });
    return id;
  }

  private row(i: Extract<Instr, { op: 'row' }>, input: EdgeId): string {
    const { operator, args } = i;
    const { node } = this.plan.edges[i.edge];
    const id = this.name('row', operator.name, this.code(operator.name), this.args(args, [input]), this.edges[input]);
    this.rows.set(i.edge, {
      id, node, what: `${node}: ${operator.name}`, warmupRows: operator.warmup?.(args) ?? 1, warmupMicros: null, reads: [],
    });
    i.slots.forEach((slot, c) => this.put(this.frameOf(i.edge), slot, this.name('column', id, String(c)), [id]));
    return id;
  }

  private timed(stage: TimedStage): void {
    const { plan } = this;
    const { operator, args, inputs, columns, late } = stage;
    const sides = inputs.map((edge, k) => {
      const { scope, schema, slots } = columns[k];
      const each = schema.flatMap((f, c) => [f.name, typeText(f.type), this.slot(this.frameOf(edge), slots[c]).id]);
      return this.name('input', this.edges[edge], scope, ...each);
    });
    const time = [this.tracks[stage.track], plan.late, plan.calendar];
    const id = this.name('timed', operator.name, this.code(operator.name), this.args(args, inputs), ...time, ...sides);
    const tick = operator.clock(args);
    this.stages.set(stage, {
      id, node: stage.node, what: `${stage.node}: ${operator.name}${tick === '' ? '' : ` (${tick})`}`,
      warmupRows: operator.warmup?.(args) ?? null, warmupMicros: null, reads: [],
    });
    this.edges[stage.edge] = this.name('rows', id);
    const frame = this.frameOf(stage.edge);
    const field = Object.entries(operator.fields).find(([, f]) => f.kind === 'aggregates')?.[0];
    const hidden = field === undefined ? 0 : (args[field] as readonly unknown[] | undefined)?.length ?? 0;
    for (let c = 0; c < stage.slots.length + hidden; c++) this.put(frame, c, this.name('column', id, String(c)));
    this.keyTables[plan.frames[frame].keys] ??= this.name('keys', id);
    for (const port of stage.ports) {
      this.edges[port.edge] = this.name('port', id, port.name);
      const its = this.frameOf(port.edge);
      for (const slot of port.slots) this.put(its, slot, this.name('port column', id, port.name, String(slot)));
    }
    if (late === null) return;
    this.edges[late.edge] = this.name('late', id);
    for (const { from, to } of late.copies) {
      this.put(this.frameOf(late.edge), to, this.slot(this.frameOf(inputs[late.input ?? 0]), from).id);
    }
  }

  private asof(stage: AsofStage): void {
    const frame = this.frameOf(stage.input);
    const other = this.frameOf(stage.other);
    const from = stage.copies.map((c) => this.slot(other, c.from).id);
    const id = this.name('asof', this.edges[stage.input], this.edges[stage.other], String(this.plan.lateness), ...from);
    const columns = stage.copies.map((c) => this.plan.frames[other].columns[c.from].name);
    const of = `${this.plan.edges[stage.other].node}${/^[A-Za-z_]/.test(columns[0]) ? `.${columns.join()}` : ''}`;
    this.stages.set(stage, {
      id, node: stage.node, what: `${stage.node}: asof(${of})`, warmupRows: 1, warmupMicros: null, reads: [],
    });
    stage.copies.forEach((c, k) => this.put(frame, c.to, this.name('asof value', id, from[k], String(c.maxAge)), [id]));
  }

  private async(stage: AsyncStage): void {
    const { operator, args, input } = stage;
    const id = this.name('async', operator.name, this.code(operator.name), this.args(args, [input]), this.edges[input]);
    this.edges[stage.edge] = id;
    stage.slots.forEach((slot, c) => this.put(this.frameOf(stage.edge), slot, this.name('column', id, String(c))));
  }

  private rekey(stage: RekeyStage): void {
    const frame = this.frameOf(stage.input);
    const by = stage.by.map((slot) => (slot < 0 ? 'symbol' : this.slot(frame, slot).id));
    const id = this.edges[stage.edge] = this.name('rekey', this.edges[stage.input], ...by);
    const to = this.frameOf(stage.edge);
    for (const c of stage.copies) this.put(to, c.to, this.slot(frame, c.from).id);
    this.keyTables[this.plan.frames[to].keys] = id;
  }
}
