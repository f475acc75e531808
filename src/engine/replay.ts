import type { Chunk, SourceReader } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import { Random } from '../core/random.ts';
import type { Engine } from './engine.ts';

export interface ReplayOptions {
  /** Rows per epoch, or random numbers of 1 to 4096 from a seed. Results do not depend on it. */
  readonly batch?: number | { readonly seed: number };
  /** Event time over wall time: 60 plays an hour in a minute. Infinity, the default, waits for nothing. */
  readonly speed?: number;
  /**
   * `time` merges by (event time, source, row), as sources that know nothing of each other must be. `seq` repeats the order in which a
   * recording was ingested: every row gets the seq that it had, and a source ends only where it ended then.
   */
  readonly order?: 'time' | 'seq';
  /** Called some times a second with the rows taken and the newest event time. */
  readonly onProgress?: (rows: number, ts: number) => void;
  /** Called after epochs, at least every 4096 rows: the place to hand output on and to wait for slow takers. */
  readonly settle?: () => Promise<void> | void;
  /**
   * The first row at or after this event time, and whatever comes out behind it, is shown and counted; the rows before it warm the graph
   * up, as fast as they can be read.
   */
  readonly from?: number | null;
  /** When it fires, the epoch is finished and nothing more is taken; windows that are open stay open. */
  readonly signal?: AbortSignal;
}

export interface ReplayResult {
  readonly rows: number;
  readonly seconds: number;
  /** Rows before `from`, which are in neither of the two. */
  readonly warmupRows: number;
  /** True when it was stopped before the end of the sources. */
  readonly aborted: boolean;
}

const LARGEST = 4096;
/** Longest that the event loop, hence a signal, has to wait. */
const TURN_MS = 40;
/** Longest sleep of a paced replay, so that a stop is noticed soon. */
const NAP_MS = 50;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const nap = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One source being merged: its current chunk and the next row of it. Without a chunk, what is next is its end. */
interface Head {
  readonly reader: SourceReader;
  readonly source: number;
  readonly shift: number;
  chunk: Chunk | null;
  at: number;
}

const notRepeated = (id: string, seq: number, last: number): Refusal =>
  new Refusal('E787', `source \`${id}\`: the row recorded as ${seq} comes after ${last}`, {
    exit: 7, help: ['the streams of the recording do not fit together: they were not recorded by one run'],
  });

/** Runs bounded sources through an engine, merged by `order`; the end of each is told where it comes. */
export async function replay(engine: Engine, readers: readonly SourceReader[], options: ReplayOptions = {}): Promise<ReplayResult> {
  return new Replay(engine, readers, options).go();
}

class Replay {
  private readonly engine: Engine;
  private readonly options: ReplayOptions;
  private readonly heads: Head[];
  private readonly live: Head[] = [];
  private readonly random: Random | null;
  private rows = 0;
  private newest = -Infinity;
  /** Rows taken since the last epoch, and how many make one. */
  private pending = 0;
  private room: number;
  private unsettled = 0;
  private lastTurn = performance.now();
  private readonly pace: Pace | null;
  private readonly bySeq: boolean;
  /** Event time that is waited for, without showing anything; null when it has come. */
  private silentUntil: number | null;
  private warmupRows = 0;
  private begun = performance.now();

  constructor(engine: Engine, readers: readonly SourceReader[], options: ReplayOptions) {
    this.engine = engine;
    this.options = options;
    this.heads = readers.map((reader, source) => ({ reader, source, shift: engine.plan.sources[source].shift, chunk: null, at: 0 }));
    const { batch = LARGEST, speed = Infinity } = options;
    this.bySeq = options.order === 'seq';
    this.silentUntil = options.from ?? null;
    this.random = typeof batch === 'object' ? new Random(batch.seed) : null;
    this.room = this.batch();
    this.pace = Number.isFinite(speed) ? new Pace(speed) : null;
  }

  private batch(): number {
    const { batch = LARGEST } = this.options;
    return this.random === null ? Math.max(1, batch as number) : this.random.int(1, LARGEST);
  }

  private get stopped(): boolean {
    return this.options.signal?.aborted === true;
  }

  async go(): Promise<ReplayResult> {
    if (this.silentUntil !== null) this.engine.mute();
    for (const head of this.heads) if (await this.fetch(head)) this.live.push(head);
    while (this.live.length > 0 && !this.stopped) {
      const head = this.first();
      if (head.chunk === null) {
        this.end(head);
        continue;
      }
      if (this.silentUntil !== null && this.time(head) >= this.silentUntil) await this.warm();
      let to = this.reach(head);
      if (this.silentUntil !== null) to = this.before(head, to, this.silentUntil);
      else if (this.pace !== null) {
        to = await this.due(head, to);
        if (this.stopped) break;
      }
      this.take(head, to);
      if (head.at === head.chunk.n && !(await this.fetch(head))) this.live.splice(this.live.indexOf(head), 1);
      if (this.pending === this.room) await this.epoch();
    }
    const aborted = this.live.length > 0;
    if (!aborted || this.pending > 0) await this.epoch();
    if (this.silentUntil !== null) await this.warm();
    await this.options.settle?.();
    this.options.onProgress?.(this.rows, this.newest);
    return { rows: this.rows, seconds: (performance.now() - this.begun) / 1000, warmupRows: this.warmupRows, aborted };
  }

  /** The graph has seen all rows before `from`: from here on it is shown. An epoch ends here, whatever its size. */
  private async warm(): Promise<void> {
    if (this.pending > 0) await this.epoch();
    this.engine.listen();
    this.silentUntil = null;
    this.warmupRows = this.rows;
    this.rows = 0;
    this.begun = performance.now();
  }

  /** Up to which row of a chunk times are before `until`. */
  private before(head: Head, to: number, until: number): number {
    const { ts } = head.chunk as Chunk;
    let end = head.at + 1;
    while (end < to && ts[end] + head.shift < until) end++;
    return end;
  }

  /**
   * The next chunk of a source; false when it has nothing more. At its end the engine is told at once, so that the place does not depend
   * on the epochs; the end of a recorded source is one more thing to come, at the seq that it had.
   */
  private async fetch(head: Head): Promise<boolean> {
    do head.chunk = await head.reader.next(); while (head.chunk !== null && head.chunk.n === 0);
    head.at = 0;
    if (head.chunk !== null) return true;
    if (this.bySeq) return typeof head.reader.endedAt === 'number';
    this.engine.end(head.source);
    return false;
  }

  private end(head: Head): void {
    const seq = this.place(head, 0);
    this.isNext(head, seq);
    this.engine.ingest.skipTo(seq - 1);
    this.engine.end(head.source);
    this.live.splice(this.live.indexOf(head), 1);
  }

  private isNext(head: Head, seq: number): void {
    const last = this.engine.ingest.lastSeq;
    if (seq <= last) throw notRepeated(this.engine.plan.sources[head.source].id, seq, last);
  }

  private time(head: Head): number {
    return (head.chunk as Chunk).ts[head.at] + head.shift;
  }

  /** Where row `at` of the source stands in the order that is merged by. */
  private place(head: Head, at: number): number {
    const { chunk } = head;
    if (!this.bySeq) return (chunk as Chunk).ts[at] + head.shift;
    return chunk === null ? (head.reader.endedAt as number) : (chunk.seq as Float64Array)[at];
  }

  private first(): Head {
    let best = this.live[0];
    for (let i = 1; i < this.live.length; i++) {
      const head = this.live[i];
      const [a, b] = [this.place(head, head.at), this.place(best, best.at)];
      if (a < b || (a === b && head.source < best.source)) best = head;
    }
    return best;
  }

  /** Up to which row of its chunk a source goes on before another one's turn, or the end of the epoch. */
  private reach(head: Head): number {
    const chunk = head.chunk as Chunk;
    const most = Math.min(chunk.n, head.at + this.room - this.pending);
    let bound = Infinity;
    let tied = true;
    for (const other of this.live) {
      if (other === head) continue;
      const t = this.place(other, other.at);
      const wins = head.source < other.source;
      if (t < bound) [bound, tied] = [t, wins];
      else if (t === bound) tied &&= wins;
    }
    if (bound === Infinity) return most;
    let to = head.at + 1;
    if (this.bySeq) {
      const seq = chunk.seq as Float64Array;
      while (to < most && seq[to] < bound) to++;
      return to;
    }
    while (to < most && (chunk.ts[to] + head.shift < bound || (tied && chunk.ts[to] + head.shift === bound))) to++;
    return to;
  }

  private take(head: Head, to: number): void {
    const chunk = head.chunk as Chunk;
    if (this.bySeq) this.isNext(head, this.place(head, head.at));
    this.engine.take(head.source, chunk, head.at, to);
    this.rows += to - head.at;
    this.pending += to - head.at;
    const ts = chunk.ts[to - 1] + head.shift;
    if (ts > this.newest) this.newest = ts;
    head.at = to;
  }

  /** Of the rows up to `to`, those whose time has come, at least one; what is taken already does not wait for them. */
  private async due(head: Head, to: number): Promise<number> {
    const pace = this.pace as Pace;
    const { ts } = head.chunk as Chunk;
    for (let wait = pace.wait(this.time(head)); wait > 0 && !this.stopped; wait = pace.wait(this.time(head))) {
      if (this.pending > 0) await this.epoch();
      await nap(Math.min(wait, NAP_MS));
    }
    let end = head.at + 1;
    while (end < to && pace.wait(ts[end] + head.shift) <= 0) end++;
    return end;
  }

  private async epoch(): Promise<void> {
    const running = this.engine.epoch();
    if (running !== undefined) await running;
    this.unsettled += this.pending;
    this.pending = 0;
    this.room = this.batch();
    if (this.unsettled < LARGEST && this.pace === null) return;
    this.unsettled = 0;
    await this.options.settle?.();
    const now = performance.now();
    if (now - this.lastTurn < TURN_MS) return;
    this.options.onProgress?.(this.rows, this.newest);
    await turn();
    this.lastTurn = performance.now();
  }
}

/** When a row is due: the first one at once, others as far behind it as their event time says. */
class Pace {
  private readonly speed: number;
  private base = NaN;
  private start = 0;

  constructor(speed: number) {
    this.speed = speed;
  }

  /** Milliseconds until the row is due; not above 0 when it is. */
  wait(ts: number): number {
    if (Number.isNaN(this.base)) {
      this.base = ts;
      this.start = performance.now();
    }
    return this.start + (ts - this.base) / 1000 / this.speed - performance.now();
  }
}
