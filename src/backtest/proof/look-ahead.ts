import { Refusal } from '../../core/diagnostic.ts';
import { KeyTable } from '../../core/keys.ts';
import { Random } from '../../core/random.ts';
import { Engine, type NodeReport, type Snapshot } from '../../engine/engine.ts';
import { replay } from '../../engine/replay.ts';
import { Capture, firstDifference, type Captured, type Difference } from './capture.ts';
import { firstCome } from './lineage.ts';
import { cutAt, futureOf, FUTURES, type Cut, type FutureKind } from './future.ts';
import { introduce, readTape, rowsWithNulls, take, type OpenSources, type Plan, type Rows, type Tape } from './tape.ts';

export interface LookAheadOptions {
  /** Cut points, 200 unless told. */
  readonly cuts?: number;
  readonly seed?: number;
  /** How rows of several sources are merged, as in the replay that is checked. */
  readonly order?: 'time' | 'seq';
  readonly universe?: readonly string[] | null;
  /** Most rows of a source that are held in memory. */
  readonly limit?: number;
  /** Hashes of a run made before over the same rows to their end, by node: a run that remembers it would be another one. */
  readonly earlier?: Readonly<Record<string, Pick<NodeReport, 'hash'>>>;
  /** Cut points with a finding after which the search ends, 12 unless told. */
  readonly enough?: number;
  readonly onProgress?: (done: number, of: number) => void;
  readonly signal?: AbortSignal;
}

/** A value that changed with rows that came after it. */
export interface Leak extends Difference {
  /** First node in the order of the graph that differs: what it reads agrees. */
  readonly node: string;
  /** `future`: it depends on later rows. `memory`: it is another one each time that the same rows are run. */
  readonly kind: 'future' | 'memory';
  /** Rows that were kept, and the event time of the last of them; null for a whole run beside another. */
  readonly cut: { readonly rows: number; readonly ts: number; readonly future: FutureKind } | null;
  /** Nodes that differ too, because they read this one. */
  readonly also: readonly string[];
}

export interface LookAheadReport {
  readonly pipeline: string;
  readonly seed: number;
  readonly cuts: number;
  /** Runs over another future, and rows of nodes that were compared. */
  readonly futures: number;
  readonly compared: number;
  /** Source rows that cut points were chosen from; `whole` is false where there are more. */
  readonly rows: number;
  readonly whole: boolean;
  /** One for each node at fault, in the order of the graph. */
  readonly leaks: readonly Leak[];
  /** Futures that an operator failed in, so that nothing could be compared. */
  readonly failed: number;
  /** Nodes of which rows that come after a cut are compared only under other values, see `firstCome`. */
  readonly firstCome: readonly string[];
}

/** Cuts that run everything in one epoch, before and behind. */
const LARGE_EVERY = 25;
const LARGE_ROWS = 20_000;
const EPOCH = 4096;
/** Short epochs cost as much as long ones: so many at most on either side of a cut. */
const EPOCHS = 24;

/** A whole number between the two, spread over the orders of magnitude. */
const spread = (random: Random, low: number, high: number): number =>
  Math.min(high, Math.floor(low * Math.exp(random.next() * Math.log((high + 1) / low))));

interface Trial {
  readonly cut: Cut;
  /** First row that runs again, from the state of the engine before it. */
  readonly from: number;
  readonly epoch: number;
}

/**
 * Searches for values that depend on later rows. At every cut point the rows before it run on from one state into four futures: the true
 * one, none, one with other values, one with other rows. Whatever the rows up to the cut have caused, and whatever is stamped before the
 * future begins, must be the same to the bit in all of them. Epochs lie across the cut, so that the future is in the same batch. The end
 * of the stream is told in none: what is open stays open. The plan must have been made with every column observed.
 */
export async function checkLookAhead(plan: Plan, open: OpenSources, options: LookAheadOptions = {}): Promise<LookAheadReport> {
  const keys = new KeyTable();
  const tape = await readTape(plan, open, keys, { order: options.order ?? 'time', limit: options.limit ?? 2_000_000 });
  const search = new Search(plan, tape, options);
  try {
    if (options.earlier !== undefined) await search.again(open, options.earlier);
    return await search.go();
  } finally {
    await search.close();
  }
}

class Search {
  private readonly plan: Plan;
  private readonly tape: Tape;
  private readonly options: LookAheadOptions;
  private readonly seed: number;
  private readonly random: Random;
  /** Goes through the tape once, and gives the state before every cut. */
  private readonly main: Engine;
  private fork: Engine;
  private capture: Capture;
  private readonly found = new Map<string, Leak>();
  private readonly firstCome: ReadonlySet<string>;
  private futures = 0;
  private compared = 0;
  private failed = 0;

  constructor(plan: Plan, tape: Tape, options: LookAheadOptions) {
    // What an operator throws at noise is its own business: such rows are left out in every run alike.
    this.plan = { ...plan, nodes: plan.nodes.map((n) => ({ ...n, onError: 'skip' as const })) };
    this.tape = tape;
    this.options = options;
    this.seed = options.seed ?? 1;
    this.random = new Random(this.seed);
    this.main = this.engine();
    this.fork = this.engine();
    this.capture = new Capture(this.fork);
    this.firstCome = new Set(firstCome(plan));
  }

  private engine(): Engine {
    const engine = new Engine(this.plan, { universe: this.options.universe ?? null });
    introduce(engine, this.tape.keys);
    return engine;
  }

  async close(): Promise<void> {
    await this.main.close();
    await this.fork.close();
  }

  /** The whole run once more: it must be what it was. */
  async again(open: OpenSources, earlier: Readonly<Record<string, Pick<NodeReport, 'hash'>>>): Promise<void> {
    const engine = new Engine(this.plan, { universe: this.options.universe ?? null, hash: 'all' });
    const readers = open(engine.graph.keys[0]);
    try {
      await replay(engine, readers, { order: this.options.order ?? 'time' });
      const now = engine.report();
      const differ = this.plan.nodes.filter((n) => now[n.id].hash !== earlier[n.id]?.hash).map((n) => n.id);
      if (differ.length === 0) return;
      this.found.set(differ[0], {
        node: differ[0], kind: 'memory', cut: null, also: differ.slice(1), row: 0, ts: NaN, key: '', seq: NaN, columns: [], only: null,
      });
    } finally {
      for (const r of readers) await r.close();
      await engine.close();
    }
  }

  async go(): Promise<LookAheadReport> {
    const trials = this.trials();
    let at = 0;
    let hits = 0;
    let done = 0;
    for (const t of trials) {
      if (this.options.signal?.aborted === true || hits >= (this.options.enough ?? 12)) break;
      while (at < t.from) {
        const to = Math.min(t.from, at + EPOCH);
        take(this.main, this.tape, at, to);
        await this.main.epoch();
        at = to;
      }
      if (await this.tryOut(t, this.main.save())) hits += 1;
      done += 1;
      this.options.onProgress?.(done, trials.length);
    }
    const order = this.plan.nodes.map((n) => n.id);
    return {
      pipeline: this.plan.name, seed: this.seed, cuts: done, futures: this.futures, compared: this.compared, rows: this.tape.n,
      whole: this.tape.whole, failed: this.failed, firstCome: [...this.firstCome],
      leaks: [...this.found.values()].sort((a, b) => order.indexOf(a.node) - order.indexOf(b.node)),
    };
  }

  /**
   * Cut points, most of them between two moments and some within one, in the order in which the tape reaches their states. Some lie just
   * behind a row with a null, which is what is filled from behind.
   */
  private trials(): Trial[] {
    const { tape, random, plan } = this;
    const out: Trial[] = [];
    if (tape.n < 2) return out;
    const cuts = this.options.cuts ?? 200;
    const gaps = rowsWithNulls(tape);
    for (let k = 0; k < cuts; k++) {
      let past = k % 5 === 1 && gaps.length > 0 ? gaps[random.int(0, gaps.length - 1)] : random.int(0, tape.n - 2);
      if (random.next() < 0.7) while (past < tape.n - 2 && tape.ts[past + 1] === tape.ts[past]) past++;
      const large = k % LARGE_EVERY === 0;
      const u = random.next();
      const epoch = large || u < 0.6 ? Infinity : u < 0.92 ? spread(random, 2, 256) : 1;
      const behind = large ? LARGE_ROWS : Math.min(epoch * EPOCHS, spread(random, 1, 1024));
      const ahead = large ? LARGE_ROWS : Math.min(epoch * EPOCHS, spread(random, 16, 2048));
      const cut = cutAt(tape, past, Math.min(tape.n, past + 1 + ahead), plan.lateness);
      out.push({ cut, from: Math.max(0, past + 1 - behind), epoch });
    }
    return out.sort((a, b) => a.from - b.from);
  }

  private async run(t: Trial, saved: Snapshot, future: Rows): Promise<{ readonly nodes: Map<string, Captured>; readonly seq: number }> {
    const { fork, capture, tape } = this;
    fork.load(saved);
    capture.seq = Infinity;
    capture.ts = t.cut.settled;
    const last = t.cut.past + 1;
    const n = last - t.from + future.n;
    for (let done = 0; done < n;) {
      const to = Math.min(n, done + t.epoch);
      const kept = last - t.from;
      if (done < kept) {
        take(fork, tape, t.from + done, t.from + Math.min(to, kept));
        if (to >= kept) capture.seq = fork.ingest.lastSeq;
      }
      if (to > kept) take(fork, future, Math.max(0, done - kept), to - kept);
      await fork.epoch();
      done = to;
    }
    return { nodes: capture.release(), seq: capture.seq };
  }

  /** A timer may fail at noise: it ends the engine, and says nothing of the past. */
  private async tryFuture(t: Trial, saved: Snapshot, kind: FutureKind): Promise<Awaited<ReturnType<Search['run']>> | null> {
    try {
      return await this.run(t, saved, futureOf(kind, this.tape, this.plan, t.cut, this.random));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.failed += 1;
      await this.fork.close();
      this.fork = this.engine();
      this.capture = new Capture(this.fork);
      return null;
    }
  }

  /** Runs a cut into its futures; true where something differs. */
  private async tryOut(t: Trial, saved: Snapshot): Promise<boolean> {
    const before = this.capture.rows;
    const truth = await this.run(t, saved, futureOf('as it was', this.tape, this.plan, t.cut, this.random));
    this.compared += this.capture.rows - before;
    let differs = false;
    for (const kind of FUTURES) {
      if (kind === 'as it was') continue;
      const other = await this.tryFuture(t, saved, kind);
      if (other === null) continue;
      this.futures += 1;
      const found = this.compare(truth, other.nodes, kind);
      if (found.length === 0) continue;
      differs = true;
      const [node, difference] = found[0];
      const also = found.slice(1).map(([id]) => id);
      const known = this.found.get(node);
      if (known !== undefined) {
        this.found.set(node, { ...known, also: [...new Set([...known.also, ...also])] });
        continue;
      }
      const again = await this.run(t, saved, futureOf('as it was', this.tape, this.plan, t.cut, this.random));
      const blame = this.compare(truth, again.nodes, 'as it was').some(([id]) => id === node) ? 'memory' : 'future';
      this.found.set(node, {
        ...difference, node, kind: blame, also,
        cut: { rows: t.cut.past + 1, ts: this.tape.ts[t.cut.past], future: kind },
      });
    }
    return differs;
  }

  /** Nodes that differ, in the order of the graph. */
  private compare(truth: { readonly nodes: ReadonlyMap<string, Captured>; readonly seq: number },
    other: ReadonlyMap<string, Captured>, kind: FutureKind): [string, Difference][] {
    const sameMoments = kind === 'other values' || kind === 'as it was';
    return this.plan.nodes.flatMap((n): [string, Difference][] => {
      const seq = !sameMoments && this.firstCome.has(n.id) ? truth.seq : Infinity;
      const d = firstDifference(n.schema.map((f) => f.name), truth.nodes.get(n.id) as Captured, other.get(n.id) as Captured, seq);
      return d === null ? [] : [[n.id, d]];
    });
  }
}
