import { KeyTable } from '../../core/keys.ts';
import { Engine, type Observed } from '../../engine/engine.ts';
import { ancestors, ownColumns } from './lineage.ts';
import { introduce, readTape, take, type OpenSources, type Plan, type Rows, type Tape } from './tape.ts';

export interface WarmUpOptions {
  readonly order?: 'time' | 'seq';
  readonly universe?: readonly string[] | null;
  readonly limit?: number;
  /** Later beginnings, 8 unless told. */
  readonly starts?: number;
}

/** Multiples of the declared warm-up that are looked at. */
export const MULTIPLES = Object.freeze([1, 2, 5, 10]);
/** Relative differences that are looked for: none at all, a millionth, a thousandth. */
export const TOLERANCES = Object.freeze([0, 1e-6, 1e-3]);

export interface ColumnWarmUp {
  readonly node: string;
  readonly column: string;
  /** Rows of the node's own clock that it declares. */
  readonly declared: number;
  /** Values compared, and the most rows that any of them had behind it. */
  readonly compared: number;
  readonly rows: number;
  /** By entry of `MULTIPLES`: largest relative difference from so many times the declared rows on; null where there is no such row. */
  readonly differences: readonly (number | null)[];
  /** By entry of `TOLERANCES`: rows from which on no value differs by more; null where it did not come to that. */
  readonly needed: readonly (number | null)[];
}

export interface SignalWarmUp {
  readonly node: string;
  readonly declared: number;
  /** Signals of either run behind the declared warm-up of the shorter one. */
  readonly compared: number;
  /** Of them, those behind which another side stands in the two runs. */
  readonly differ: number;
  /** Rows of its clock from which on none differs; null where it did not come to that. */
  readonly needed: number | null;
  readonly first: { readonly key: string; readonly ts: number; readonly rows: number; readonly only: 'long' | 'short' | null } | null;
}

export interface WarmUpReport {
  readonly pipeline: string;
  /** Source rows of the longest run, and how many fewer each of the others had. */
  readonly rows: number;
  readonly later: readonly number[];
  readonly whole: boolean;
  readonly columns: readonly ColumnWarmUp[];
  readonly signals: readonly SignalWarmUp[];
}

/** The second half of the rows is compared, but no more than so many. */
const ZONE = 100_000;
const EPOCH = 4096;

/** Rows of one node from one run. */
interface Kept {
  readonly seq: number[];
  readonly ts: number[];
  readonly key: string[];
  /** Rows of the node's clock that its key had by then. */
  readonly rank: number[];
  readonly cols: number[][];
}

interface Run {
  readonly nodes: ReadonlyMap<string, Kept>;
  /** By frame: rank of a clock's row, by `idOf`. Only frames with signals. */
  readonly ranks: ReadonlyMap<number, ReadonlyMap<string, number>>;
  /** By frame and key: event times of the rows of the clock, the first that counts first. */
  readonly clocks: ReadonlyMap<number, ReadonlyMap<string, readonly number[]>>;
}

const idOf = (seq: number, ts: number, key: string): string => `${seq} ${ts} ${key}`;

/**
 * Begins the same rows at several moments and compares every number of every node, row by row, with the run that has the longest history.
 * Rows are counted on the node's own clock, per key; the first row of a clock that closes by time is half a window and does not count.
 * The plan must have been made with every column observed.
 */
export async function checkWarmUp(plan: Plan, open: OpenSources, options: WarmUpOptions = {}): Promise<WarmUpReport> {
  const keys = new KeyTable();
  const tape = numbered(await readTape(plan, open, keys, { order: options.order ?? 'time', limit: options.limit ?? 2_000_000 }));
  const zone = tape.n - Math.min(Math.ceil(tape.n / 2), ZONE);
  const count = options.starts ?? 8;
  const at = (k: number): number => between(tape, zone + Math.floor(((tape.n - zone) * 0.8 * k) / count));
  const starts = [...new Set(Array.from({ length: count }, (_, k) => at(k)))];
  const long = await run(plan, tape, 0, zone, options);
  const found = new Findings(plan, long);
  const used = starts.filter((s) => s > 0 && s < tape.n);
  for (const start of used) found.add(await run(plan, tape, start, start, options), start);
  return { pipeline: plan.name, rows: tape.n, later: used, whole: tape.whole, ...found.result() };
}

/** The first row at or behind `at` whose moment begins with it. */
function between(tape: Rows, at: number): number {
  let i = at;
  while (i > 0 && i < tape.n && tape.ts[i] === tape.ts[i - 1]) i++;
  return i;
}

/** Gives every row its place on the tape as its seq, so that runs that begin elsewhere number it alike. */
function numbered(tape: Tape): Tape {
  const seqs = tape.chunks.map((c) => new Float64Array(c.n));
  for (let i = 0; i < tape.n; i++) seqs[tape.source[i]][tape.row[i]] = i + 1;
  return { ...tape, chunks: tape.chunks.map((c, s) => ({ ...c, seq: seqs[s] })) };
}

/** Streams of trading groups. */
const accountEdges = (plan: Plan): ReadonlySet<number> => new Set(plan.stages.flatMap((s) =>
  (s.form === 'timed' && s.operator.name === 'trading' ? [s.edge, ...s.ports.map((p) => p.edge)] : [])));

const frameOf = (plan: Plan, id: string): number => plan.edges[(plan.nodes.find((n) => n.id === id) as Plan['nodes'][number]).edge].frame;

/** Runs the tape from row `start` on, and keeps what comes from row `keep` on. */
async function run(plan: Plan, tape: Tape, start: number, keep: number, options: WarmUpOptions): Promise<Run> {
  const engine = new Engine(plan, { universe: options.universe ?? null });
  introduce(engine, tape.keys);
  const nodes = new Map<string, Kept>();
  const ranks = new Map<number, Map<string, number>>();
  const clocks = new Map<number, Map<string, number[]>>();
  const rankOf = new Map<number, Int32Array>();
  for (const n of plan.nodes) if (n.operator === 'signal') ranks.set(frameOf(plan, n.id), new Map());
  for (const node of plan.nodes) {
    const frame = frameOf(plan, node.id);
    const kept: Kept = { seq: [], ts: [], key: [], rank: [], cols: node.schema.map(() => []) };
    nodes.set(node.id, kept);
    const first = !clocks.has(frame);
    if (first) clocks.set(frame, new Map());
    const clock = clocks.get(frame) as Map<string, number[]>;
    engine.tap(node.id, (rows) => {
      const at = first ? count(rows, clock, node.kind === 'source', ranks.get(frame), keep) : rankOf.get(frame) as Int32Array;
      if (first) rankOf.set(frame, at);
      // Which side a signal has left standing is told by the last one, however long ago.
      if (node.kind !== 'source') gather(rows, kept, at, node.operator === 'signal' ? 0 : keep);
    });
  }
  for (let at = start; at < tape.n; at += EPOCH) {
    take(engine, tape, at, Math.min(tape.n, at + EPOCH));
    await engine.epoch();
  }
  await engine.close();
  return { nodes, ranks, clocks };
}

/** Counts the rows of a clock, key by key; returns the rank of each row of the frame. */
function count(rows: Observed, clock: Map<string, number[]>, source: boolean, ranks: Map<string, number> | undefined,
  keep: number): Int32Array {
  let size = 0;
  for (let j = 0; j < rows.n; j++) size = Math.max(size, (rows.sel === null ? j : rows.sel[j]) + 1);
  const out = new Int32Array(size);
  for (let j = 0; j < rows.n; j++) {
    const i = rows.sel === null ? j : rows.sel[j];
    const key = rows.keys.names[rows.key[i]];
    let times = clock.get(key);
    if (times === undefined) clock.set(key, (times = source ? [] : [NaN]));
    else if (!source && Number.isNaN(times[0])) times.length = 0;
    if (!Number.isNaN(times[0])) times.push(rows.ts[i]);
    out[i] = Number.isNaN(times[0]) ? 0 : times.length;
    if (rows.seq[i] > keep) ranks?.set(idOf(rows.seq[i], rows.ts[i], key), out[i]);
  }
  return out;
}

function gather(rows: Observed, kept: Kept, rank: Int32Array, keep: number): void {
  for (let j = 0; j < rows.n; j++) {
    const i = rows.sel === null ? j : rows.sel[j];
    if (rows.seq[i] <= keep) continue;
    kept.seq.push(rows.seq[i]);
    kept.ts.push(rows.ts[i]);
    kept.key.push(rows.keys.names[rows.key[i]]);
    kept.rank.push(rank[i]);
    rows.cols.forEach((c, k) => { if (c instanceof Float64Array) kept.cols[k].push(c[i]); });
  }
}

interface Tally {
  compared: number;
  rows: number;
  readonly worst: (number | null)[];
  /** Largest rank at which values differ by more than each tolerance. */
  readonly last: number[];
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const difference = (a: number, b: number): number =>
  (Object.is(a, b) || a === b ? 0 : a !== a || b !== b ? Infinity : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b)));

/** Where a bound was reached, with as much again behind it as shows that it holds. */
const reached = (last: number, most: number): number | null => (most > 0 && last < 0.9 * most ? last + 1 : null);

class Findings {
  private readonly plan: Plan;
  private readonly long: Run;
  private readonly tallies = new Map<string, Tally>();
  private readonly signals = new Map<string, Writable<SignalWarmUp> & { last: number; most: number }>();
  private readonly index = new Map<string, ReadonlyMap<string, number>>();

  constructor(plan: Plan, long: Run) {
    this.plan = plan;
    this.long = long;
    for (const node of plan.nodes) {
      const { seq, ts, key } = long.nodes.get(node.id) as Kept;
      this.index.set(node.id, new Map(seq.map((s, i) => [idOf(s, ts[i], key[i]), i])));
      for (const c of ownColumns(plan, node)) {
        this.tallies.set(`${node.id}.${c}`, { compared: 0, rows: 0, worst: MULTIPLES.map(() => null), last: TOLERANCES.map(() => 0) });
      }
      if (node.operator === 'signal') {
        const none = { compared: 0, differ: 0, needed: null, first: null, last: 0, most: 0 };
        this.signals.set(node.id, { node: node.id, declared: node.warmup, ...none });
      }
    }
  }

  add(short: Run, start: number): void {
    for (const node of this.plan.nodes) {
      if (node.kind === 'source') continue;
      const ready = readyAt(this.plan, node.id, short);
      this.columns(node, short, ready);
      if (node.operator === 'signal') this.signal(node, short, start, ready);
    }
  }

  private columns(node: Plan['nodes'][number], short: Run, ready: (key: string) => number): void {
    const own = ownColumns(this.plan, node);
    const a = this.long.nodes.get(node.id) as Kept;
    const b = short.nodes.get(node.id) as Kept;
    const index = this.index.get(node.id) as ReadonlyMap<string, number>;
    for (let j = 0; j < b.seq.length; j++) {
      const i = index.get(idOf(b.seq[j], b.ts[j], b.key[j]));
      const rank = b.rank[j];
      if (i === undefined || rank === 0) continue;
      const isReady = b.ts[j] >= ready(b.key[j]);
      for (const c of own) {
        const d = difference(a.cols[c][i], b.cols[c][j]);
        const t = this.tallies.get(`${node.id}.${c}`) as Tally;
        t.compared += 1;
        if (rank > t.rows) t.rows = rank;
        TOLERANCES.forEach((tolerance, k) => { if (d > tolerance && rank > t.last[k]) t.last[k] = rank; });
        MULTIPLES.forEach((m, k) => { if (isReady && rank >= m * node.warmup) t.worst[k] = Math.max(t.worst[k] ?? 0, d); });
      }
    }
  }

  /**
   * A rule that speaks when its side changes says again what a longer history has said before: what counts is the side that stands after
   * a row on which either of the two has a signal.
   */
  private signal(node: Plan['nodes'][number], short: Run, start: number, ready: (key: string) => number): void {
    const s = this.signals.get(node.id) as Writable<SignalWarmUp> & { last: number; most: number };
    const a = this.long.nodes.get(node.id) as Kept;
    const b = short.nodes.get(node.id) as Kept;
    const ranks = short.ranks.get(frameOf(this.plan, node.id)) as ReadonlyMap<string, number>;
    const side = node.schema.findIndex((f) => f.name === 'side');
    const standing = [new Map<string, number>(), new Map<string, number>()] as const;
    for (let i = 0, j = 0; i < a.seq.length || j < b.seq.length;) {
      const onlyLong = j === b.seq.length || a.seq[i] < b.seq[j];
      const onlyShort = i === a.seq.length || b.seq[j] < a.seq[i];
      const same = !onlyLong && !onlyShort && a.key[i] === b.key[j] && a.ts[i] === b.ts[j];
      const [rows, at, only] = same ? [a, i, null] as const : onlyShort ? [b, j, 'short'] as const : [a, i, 'long'] as const;
      if (only !== 'short') standing[0].set(a.key[i], a.cols[side][i++]);
      if (only !== 'long') standing[1].set(b.key[j], b.cols[side][j++]);
      const key = rows.key[at];
      const rank = rows.seq[at] > start ? ranks.get(idOf(rows.seq[at], rows.ts[at], key)) ?? 0 : 0;
      if (rank === 0) continue;
      if (rank > s.most) s.most = rank;
      const isReady = rows.ts[at] >= ready(key);
      if (isReady) s.compared += 1;
      if (standing[0].get(key) === standing[1].get(key)) continue;
      if (rank > s.last) s.last = rank;
      if (!isReady) continue;
      s.differ += 1;
      s.first ??= { key, ts: rows.ts[at], rows: rank, only };
    }
  }

  result(): Pick<WarmUpReport, 'columns' | 'signals'> {
    // An account depends on all that came before: where its data begins is no question of warm-up.
    const accounts = accountEdges(this.plan);
    const nodes = this.plan.nodes.filter((node) => !accounts.has(node.edge));
    const columns = nodes.flatMap((node) => ownColumns(this.plan, node).map((c): ColumnWarmUp => {
      const t = this.tallies.get(`${node.id}.${c}`) as Tally;
      return {
        node: node.id, column: node.schema[c].name, declared: node.warmup, compared: t.compared, rows: t.rows, differences: t.worst,
        needed: t.last.map((last) => reached(last, t.rows)),
      };
    }));
    const signals = [...this.signals.values()].map(({ last, most, ...s }): SignalWarmUp => ({ ...s, needed: reached(last, most) }));
    return { columns, signals };
  }
}

/** The event time from which on a node and all that it reads have had the rows that they declare, by key. */
function readyAt(plan: Plan, id: string, short: Run): (key: string) => number {
  const known = new Map<string, number>();
  const above = ancestors(plan);
  const mine = above.get(id) as ReadonlySet<string>;
  const across = plan.stages.flatMap((s) => (s.form === 'timed' && s.operator.acrossKeys === true && mine.has(s.node) ? [s.node] : []));
  const wanted = [...mine].map((a) => {
    const { warmup } = plan.nodes.find((n) => n.id === a) as Plan['nodes'][number];
    const clock = short.clocks.get(frameOf(plan, a)) ?? new Map<string, readonly number[]>();
    // Behind rows made of several keys, all keys count.
    return { warmup, clock, all: across.some((x) => x !== a && above.get(x)?.has(a) === true) };
  });
  return (key) => {
    let at = known.get(key);
    if (at === undefined) {
      at = Math.max(...wanted.map(({ warmup, clock, all }) => timeOf(clock, all ? null : key, warmup)));
      known.set(key, at);
    }
    return at;
  };
}

/** When a key has had so many rows; with null, or for a key that this clock does not have, when all that get there have. */
function timeOf(clock: ReadonlyMap<string, readonly number[]>, key: string | null, rows: number): number {
  const own = key === null ? undefined : clock.get(key);
  if (own !== undefined) return own[rows - 1] ?? Infinity;
  const times = [...clock.values()].flatMap((all) => (all.length >= rows ? [all[rows - 1]] : []));
  return times.length === 0 ? Infinity : times.reduce((most, t) => Math.max(most, t));
}
