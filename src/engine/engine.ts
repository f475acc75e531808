import type { Chunk, OutputRows } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import { formatTime } from '../core/time.ts';
import type { Schema } from '../core/types.ts';
import type { Adoption } from '../graph/adopt.ts';
import { buildGraph, type Graph } from '../graph/build.ts';
import type { Probe } from '../graph/probe.ts';
import type { RowFault } from '../graph/runner.ts';
import type { Plan, PlanNode } from '../plan/ir.ts';
import { freeze, thaw, unreadable } from './frozen.ts';
import { allowInlining } from './tune.ts';
import { describe, otherPlan, type Description, type PartsOfRun } from './describe.ts';
import { combine } from './hash.ts';
import { adoptHashes, hashedNode, loadHashes, saveHashes, type Hashed, type SavedHashes } from './hashed.ts';
import { Ingest, type IngestState } from './ingest.ts';

export interface EngineOptions {
  readonly universe?: readonly string[] | null;
  /** False runs the unfused reference. */
  readonly fuse?: boolean;
  /** Hash the columns of these nodes; `all` for all. */
  readonly hash?: ReadonlySet<string> | 'all';
  /** Receives rows that a custom operator failed on, under `on_error: dead_letter`. */
  readonly onDeadLetter?: (fault: RowFault) => void;
  /** The run is short: less is compiled ahead. */
  readonly brief?: boolean;
  /** Times the stages of some epochs. */
  readonly probe?: Probe;
}

/** Rows of a node in the epoch that has just ended; valid until the next one begins. */
export interface Observed extends OutputRows {
  readonly schema: Schema;
}

export interface NodeReport {
  readonly in: number;
  readonly out: number;
  readonly filtered: number;
  readonly late: number;
  readonly errors: number;
  /**
   * Rows that went into the state of a window, a bar or a join: `in = out + filtered + late + errors` with these in place of `out`. A
   * branch `<node>.late` takes the rows that its node counts as late; a port of an operator takes what the operator gives it.
   */
  readonly folded: number;
  readonly hash?: string;
}

const FORMAT = 2;

export interface Snapshot {
  readonly format: number;
  /** Hash of the plan, and of how its state is laid out here: where the layout is the same, everything fits as it is. */
  readonly plan: string;
  readonly layout: string;
  /** What the parts are, as JSON: read only where the layout differs. */
  readonly parts: string;
  readonly ingest: IngestState;
  readonly graph: unknown;
  readonly hashes: SavedHashes;
}

function checkFormat(saved: Snapshot): void {
  if (saved.format === FORMAT) return;
  throw new Refusal('E802', `the snapshot has format ${saved.format}, this version reads ${FORMAT}`, { help: ['replay from the start'] });
}

/** The snapshot in the bytes of `Engine.freeze`. */
export function snapshotOf(bytes: Uint8Array): Snapshot {
  const saved = thaw(bytes) as Snapshot | null;
  if (typeof saved !== 'object' || saved === null || !('format' in saved)) throw unreadable(bytes);
  checkFormat(saved);
  return saved;
}

interface Tap {
  readonly node: PlanNode;
  readonly slots: readonly number[];
  readonly rows: Observed;
  readonly write: (rows: Observed) => void;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * A plan over time: takes rows, cuts nothing, waits for nothing but the graph. `take` any number of rows, then `epoch`.
 * Between two epochs nothing is in flight, so that `save` is the whole truth.
 */
export class Engine {
  readonly plan: Plan;
  readonly graph: Graph;
  readonly ingest: Ingest;
  /** Epochs run since this engine was made. */
  epochs = 0;
  private readonly taps: Tap[] = [];
  private readonly hashed: Hashed[] = [];
  private readonly options: EngineOptions;
  private muted = false;
  /** Edges of the branches `<node>.late`. */
  private readonly lateEdges: ReadonlySet<number>;
  /** Edges of the ports of operators, whose rows are made of no row of another stream. */
  private readonly portEdges: ReadonlySet<number>;
  private described: Description | null = null;

  constructor(plan: Plan, options: EngineOptions = {}) {
    this.plan = plan;
    const timed = plan.stages.filter((s) => s.form === 'timed');
    this.lateEdges = new Set(timed.flatMap((s) => (s.late === null ? [] : [s.late.edge])));
    this.portEdges = new Set(timed.flatMap((s) => s.ports.map((p) => p.edge)));
    this.options = options;
    allowInlining(options.brief);
    this.graph = buildGraph(plan, {
      ...(options.fuse === undefined ? {} : { fuse: options.fuse }), ...(options.probe === undefined ? {} : { probe: options.probe }),
      onFault: (f) => this.fault(f),
    });
    this.ingest = new Ingest(plan, this.graph, options.universe ?? null);
    for (const node of plan.nodes) {
      const wanted = options.hash === 'all' || options.hash?.has(node.id) === true;
      if (wanted) this.hashed.push(hashedNode(node));
    }
    this.ingest.begin();
  }

  node(id: string): PlanNode {
    const found = this.plan.nodes.find((n) => n.id === id);
    if (found === undefined) throw new TypeError(`no node ${id}`);
    return found;
  }

  /** Calls `write` after every epoch in which the node has rows. Its columns must have been observed when the plan was made. */
  tap(id: string, write: (rows: Observed) => void): void {
    if (this.node(id).slots.includes(-1)) throw new TypeError(`columns of ${id} are not stored`);
    this.watch(id, write);
  }

  /** The same for the columns that happen to be stored; returns how to stop it. Call either between two epochs. */
  watch(id: string, write: (rows: Observed) => void): () => void {
    const node = this.node(id);
    const { frame } = this.graph.rows[node.edge];
    const { seq, ts, key, keys } = frame;
    const slots = node.slots.filter((slot) => slot >= 0);
    const schema = node.schema.filter((_, c) => node.slots[c] >= 0);
    const tap: Tap = { node, slots, rows: { n: 0, sel: null, seq, ts, key, keys, cols: [], schema }, write };
    this.taps.push(tap);
    return () => {
      const at = this.taps.indexOf(tap);
      if (at >= 0) this.taps.splice(at, 1);
    };
  }

  take(source: number, chunk: Chunk, from = 0, to: number = chunk.n, origins: Float64Array | null = null): void {
    this.ingest.take(source, chunk, from, to, origins);
  }

  /** What `take` said of the source row with this seq: of the rows of the epoch that has ended, until the next rows are taken. */
  originOf(seq: number): number {
    return this.ingest.originOf(seq);
  }

  /** The source has no more rows. When all have ended, what is still open is closed in the next epoch. */
  end(source: number): void {
    this.ingest.end(source);
  }

  /** Runs everything taken since the last epoch through the graph. */
  epoch(): void | Promise<void> {
    this.epochs += 1;
    const running = this.graph.epoch();
    if (running instanceof Promise) return running.then(() => this.settle());
    this.settle();
  }

  /** Until `listen`, rows only bring the state up to date: nothing is tapped, hashed or kept as a dead letter. */
  mute(): void {
    this.muted = true;
  }

  /** Shows and counts what comes from here on. Call it between two epochs. */
  listen(): void {
    const { passed, since, counts } = this.graph;
    this.muted = false;
    passed.fill(0);
    since.fill(0);
    for (const c of counts.values()) c.filtered = c.late = c.errors = 0;
    this.ingest.outside.fill(0);
  }

  private settle(): void {
    if (this.muted) {
      this.ingest.begin();
      return;
    }
    const { rows } = this.graph;
    for (let h = 0; h < this.hashed.length; h++) {
      const { node, hashes } = this.hashed[h];
      const { frame, n, sel } = rows[node.edge];
      if (n === 0) continue;
      hashes[0].add(frame.ts, n, sel);
      hashes[1].addKeys(frame.key, frame.keys, n, sel);
      for (let c = 0; c < node.slots.length; c++) hashes[c + 2].add(frame.cols[node.slots[c]], n, sel);
    }
    for (let t = 0; t < this.taps.length; t++) {
      const { node, slots, write } = this.taps[t];
      const { frame, n, sel } = rows[node.edge];
      if (n === 0) continue;
      const out = this.taps[t].rows as Writable<Observed>;
      out.n = n;
      out.sel = sel;
      out.seq = frame.seq;
      out.ts = frame.ts;
      out.key = frame.key;
      out.cols = slots.map((s) => frame.cols[s]);
      write(out);
    }
    this.ingest.begin();
  }

  private fault(f: RowFault): void {
    const policy = this.plan.nodes.find((n) => n.id === f.node)?.onError ?? 'stop';
    if (policy === 'skip') return;
    if (policy === 'dead_letter') {
      if (!this.muted) this.options.onDeadLetter?.(f);
      return;
    }
    const what = f.error instanceof Error ? f.error.message : String(f.error);
    throw new Refusal('E801', `node \`${f.node}\` failed at ${f.symbol}, ${formatTime(f.ts)} (row ${f.seq}): ${what}`, {
      cause: f.error,
      help: ['on_error: skip leaves such rows out, on_error: dead_letter keeps them; both count them'],
    });
  }

  /** Exact accounting per node since the start (or since the start of the run that the snapshot is of). */
  report(): Record<string, NodeReport> {
    const out: Record<string, NodeReport> = {};
    for (const node of this.plan.nodes) out[node.id] = this.nodeReport(node);
    return out;
  }

  private nodeReport(node: PlanNode): NodeReport {
    const { passed, since, counts } = this.graph;
    const c = counts.get(node.id);
    const source = this.plan.sources.findIndex((s) => s.id === node.id);
    const found = this.hashed.find((h) => h.node === node);
    const hash = found === undefined ? {} : { hash: combine(found.hashes.map((h) => h.digest())) };
    const rows = passed[node.edge];
    if (source >= 0) {
      const filtered = this.ingest.outside[source];
      return { in: rows + filtered, out: rows, filtered, late: 0, errors: c?.errors ?? 0, folded: 0, ...hash };
    }
    if (node.kind === 'branch' && this.portEdges.has(node.edge)) {
      return { in: rows, out: rows, filtered: 0, late: 0, errors: 0, folded: 0, ...hash };
    }
    if (this.lateEdges.has(node.edge)) {
      // Late rows of a second input have other columns, and none of them can be shown here.
      const late = counts.get(node.inputs[0])?.late ?? 0;
      return { in: late, out: rows, filtered: late - rows, late: 0, errors: 0, folded: 0, ...hash };
    }
    const before = node.inputs.some((id) => this.node(id).edge === node.edge) ? 0 : since[node.edge];
    const input = node.inputs.reduce((sum, id) => sum + passed[this.node(id).edge], -before);
    const [late, errors] = [c?.late ?? 0, c?.errors ?? 0];
    const sameRows = this.plan.edges[node.edge].frame === this.plan.edges[this.node(node.inputs[0]).edge].frame;
    const filtered = sameRows ? input - rows - late - errors : (c?.filtered ?? 0);
    const folded = sameRows || node.kind === 'branch' ? 0 : input - filtered - late - errors;
    return { in: input, out: rows, filtered, late, errors, folded, ...hash };
  }

  /** One hash over all nodes that are hashed. */
  hash(ids: readonly string[]): string {
    return combine(this.hashed.filter((h) => ids.includes(h.node.id)).map((h) => `${h.node.id} ${h.hashes.map((x) => x.digest()).join()}`));
  }

  /** The same for every plan that makes the same rows, see `planHash`; the symbols that may pass are in it. */
  get planHash(): string {
    return this.description.plan;
  }

  private get description(): Description {
    return (this.described ??= describe(this.plan, this.graph, this.options.universe ?? null));
  }

  /** Everything the run has become, as plain data. Call it between two epochs. */
  save(): Snapshot {
    const { ingest, graph, hashed } = this;
    return this.snapshot(structuredClone({ ingest: ingest.save(), graph: graph.save(), hashes: saveHashes(hashed) }));
  }

  /** The same as bytes, without a copy in between. */
  freeze(): Uint8Array {
    const { ingest, graph, hashed } = this;
    return freeze(this.snapshot({ ingest: ingest.save(), graph: graph.view(), hashes: saveHashes(hashed) }));
  }

  private snapshot(state: Pick<Snapshot, 'ingest' | 'graph' | 'hashes'>): Snapshot {
    const { plan, layout, parts } = this.description;
    return { format: FORMAT, plan, layout, parts, ...state };
  }

  /** Goes on from a snapshot of the same plan; another plan is refused (E820). */
  load(saved: Snapshot): void {
    checkFormat(saved);
    this.restore(structuredClone(saved));
  }

  /** Goes on from what `freeze` gave. */
  thaw(bytes: Uint8Array): void {
    this.restore(snapshotOf(bytes));
  }

  /** Takes the snapshot for its own. */
  private restore(s: Snapshot): void {
    const { plan, layout } = this.description;
    if (s.layout !== layout) {
      if (s.plan !== plan) throw otherPlan(s.plan, plan);
      // The same rows from another order of nodes, or from the unfused form.
      const { dropped, fresh } = this.takeOver(s);
      if (dropped.length + fresh.length > 0) throw otherPlan(s.plan, plan);
      return;
    }
    this.graph.load(s.graph);
    this.ingest.load(s.ingest);
    loadHashes(this.hashed, s.hashes);
  }

  /**
   * Goes on from a snapshot of another plan: state that both have is carried over, to the bit; the rest begins blank. Call it before
   * anything is taken. What cannot be carried is said at `adopt` in src/graph/adopt.ts.
   */
  adopt(saved: Snapshot): Adoption {
    checkFormat(saved);
    if (this.ingest.rowsTaken.some((n) => n > 0)) throw new TypeError('an engine that has taken rows adopts nothing');
    return this.takeOver(structuredClone(saved));
  }

  private takeOver(s: Snapshot): Adoption {
    const { identities, manifest } = this.description;
    const from = JSON.parse(s.parts) as PartsOfRun;
    const adoption = this.graph.adopt(s.graph, from.graph, identities);
    this.ingest.adopt(s.ingest, from, manifest);
    adoptHashes(this.hashed, s.hashes, from.nodes, identities.nodes);
    return adoption;
  }

  async close(): Promise<void> {
    await this.graph.close();
  }
}
