import type { Chunk } from '../core/connector.ts';
import type { TextColumn } from '../core/frame.ts';
import type { KeyTable } from '../core/keys.ts';
import type { Graph } from '../graph/build.ts';
import type { Track } from '../graph/runner.ts';
import type { Plan } from '../plan/ir.ts';

/** Where ingestion stands between two epochs. */
export interface IngestState {
  readonly seq: number;
  readonly newest: readonly number[];
  readonly ended: readonly boolean[];
  readonly watermarks: readonly number[];
  /** Rows taken of each source, those outside the universe included: where to go on after a restore. */
  readonly taken: readonly number[];
  readonly outside: readonly number[];
}

/** What the places of an `IngestState` stand for. */
export interface IngestIds {
  readonly sources: readonly string[];
  readonly tracks: readonly string[];
}

/** Sees what is ingested as it is numbered: what a recording of the sources needs, heartbeats included. */
export interface IngestObserver {
  /** Rows from..to of a chunk have got the seqs from `seq` on. Valid during the call. */
  rows(source: number, chunk: Chunk, from: number, to: number, seq: number): void;
  /** The source has ended; its end has a seq of its own. */
  ended(source: number, seq: number): void;
}

/**
 * Gives arriving rows their total order (`seq`), moves the watermarks, and fills the source frames of the coming epoch. All of it row by
 * row, so that nothing depends on where an epoch begins or ends.
 */
export class Ingest {
  private seq = 0;
  /** Where the rows of the epoch came from: entry i of the row that has seq `base + 1 + i`, where the driver says so. */
  private origins = new Float64Array(0);
  private base = 0;
  private fresh = true;
  /** Newest event time of each source. */
  private readonly newest: number[];
  private readonly ended: boolean[];
  private readonly taken: number[];
  /** Rows of symbols outside the universe, per source. */
  readonly outside: number[];
  private readonly groupsOf: number[][];
  private readonly allowed: boolean[] = [];
  /** A row's key by the number that the readers have for its symbol; -1 when no row of it was taken yet. */
  private readonly own: number[] = [];
  private readonly universe: ReadonlySet<string> | null;
  private readonly plan: Plan;
  private readonly graph: Graph;
  private observer: IngestObserver | null = null;

  constructor(plan: Plan, graph: Graph, universe: readonly string[] | null) {
    this.plan = plan;
    this.graph = graph;
    this.universe = universe === null ? null : new Set(universe);
    this.newest = plan.sources.map(() => -Infinity);
    this.ended = plan.sources.map(() => false);
    this.taken = plan.sources.map(() => 0);
    this.outside = plan.sources.map(() => 0);
    this.groupsOf = plan.sources.map((_, s) => plan.tracks.flatMap((group, t) => (group.includes(s) ? [t] : [])));
  }

  get rowsTaken(): readonly number[] {
    return this.taken;
  }

  /** Newest event time of a source; -Infinity before its first row. */
  newestOf(source: number): number {
    return this.newest[source];
  }

  /** Seq of the newest row, heartbeat or end of a source. */
  get lastSeq(): number {
    return this.seq;
  }

  /** Leaves numbers out: the next row gets `last + 1`, as where a recording begins late or has a gap. */
  skipTo(last: number): void {
    if (last < this.seq) throw new RangeError(`rows up to ${this.seq} are numbered already`);
    this.seq = last;
  }

  observe(observer: IngestObserver | null): void {
    this.observer = observer;
  }

  /** Clears the source frames for the next epoch. */
  begin(): void {
    for (const s of this.plan.sources) {
      const rows = this.graph.rows[s.edge];
      rows.frame.n = 0;
      rows.n = 0;
    }
    for (const t of this.graph.tracks) {
      if (t.n > 0) t.before = t.wm[t.n - 1];
      t.n = 0;
    }
    this.fresh = true;
  }

  /** What `take` was told of the row with this seq, as long as no row of the next epoch has been taken. */
  originOf(seq: number): number {
    return this.origins[seq - this.base - 1];
  }

  /**
   * Takes rows from..to of a chunk. Rows that were numbered before (`chunk.seq`) keep their numbers, which must rise. `origins` says of
   * each row of the chunk which message it came in.
   */
  take(source: number, chunk: Chunk, from: number, to: number, origins: Float64Array | null = null): void {
    if (this.fresh) {
      this.fresh = false;
      this.base = this.seq;
    }
    if (origins !== null) this.noteOrigins(chunk, from, to, origins);
    const { edge, shift } = this.plan.sources[source];
    const rows = this.graph.rows[edge];
    const frame = rows.frame;
    frame.ensure(frame.n + to - from);
    const { ts, key, seq, cols } = frame;
    const { own } = this;
    const groups = this.groupsOf[source];
    const checked = this.universe !== null;
    // In locals, and watermarks only where a stage follows them: this loop runs for every row there is.
    const given = chunk.seq;
    const before = this.seq;
    let number = before;
    let newest = this.newest[source];
    let n = frame.n;
    const first = n;
    for (let i = from; i < to; i++) {
      const k = chunk.key[i];
      if (checked && k >= 0 && !this.isAllowed(k)) {
        this.outside[source] += 1;
        continue;
      }
      const t = chunk.ts[i] + shift;
      number = given === undefined ? number + 1 : given[i];
      if (k >= 0) {
        ts[n] = t;
        key[n] = k < own.length && own[k] >= 0 ? own[k] : this.intern(k, frame.keys);
        seq[n] = number;
        n += 1;
      }
      if (t > newest) newest = t;
      if (groups.length > 0) {
        this.newest[source] = newest;
        for (let g = 0; g < groups.length; g++) this.note(groups[g], number);
      }
    }
    this.seq = number;
    this.newest[source] = newest;
    if (n - first === to - from) {
      for (let c = 0; c < chunk.cols.length; c++) {
        if (frame.types[c] === 'text') copyText(chunk.cols[c] as TextColumn, from, to, cols[c] as TextColumn, first);
        else copyNumbers(chunk.cols[c] as Float64Array, from, to, cols[c] as Float64Array, first);
      }
    } else this.copyKept(chunk, from, to, cols, first);
    if (this.observer !== null) this.show(this.observer, source, chunk, from, to, before);
    this.taken[source] += to - from;
    frame.n = n;
    rows.n = n;
    rows.sel = null;
    this.graph.passed[edge] += n - first;
  }

  /** Apart from the loop that takes the rows: only durable runs ask. */
  private noteOrigins(chunk: Chunk, from: number, to: number, origins: Float64Array): void {
    let at = this.seq - this.base;
    if (at + to - from > this.origins.length) {
      const bigger = new Float64Array(Math.max(1024, 2 * this.origins.length, at + to - from));
      bigger.set(this.origins);
      this.origins = bigger;
    }
    for (let i = from; i < to; i++) {
      const k = chunk.key[i];
      if (k >= 0 && this.universe !== null && !this.isAllowed(k)) continue;
      this.origins[at++] = origins[i];
    }
  }

  /** Rows outside the universe have no seq: what is shown are the runs between them, and between numbers that were left out. */
  private show(observer: IngestObserver, source: number, chunk: Chunk, from: number, to: number, before: number): void {
    const given = chunk.seq;
    if (this.universe === null && given === undefined) {
      observer.rows(source, chunk, from, to, before + 1);
      return;
    }
    let next = before + 1;
    for (let i = from; i < to;) {
      if (chunk.key[i] >= 0 && this.universe !== null && !this.isAllowed(chunk.key[i])) {
        i++;
        continue;
      }
      const first = given === undefined ? next : given[i];
      let end = i + 1;
      while (end < to && (chunk.key[end] < 0 || this.universe === null || this.isAllowed(chunk.key[end]))
        && (given === undefined || given[end] - given[i] === end - i)) end++;
      observer.rows(source, chunk, i, end, first);
      next += end - i;
      i = end;
    }
  }

  private intern(symbol: number, keys: KeyTable): number {
    while (this.own.length <= symbol) this.own.push(-1);
    const { names, symbols } = this.graph.keys[0];
    return (this.own[symbol] = keys.intern(names[symbol], symbols[symbol]));
  }

  private copyKept(chunk: Chunk, from: number, to: number, cols: readonly (Float64Array | TextColumn)[], first: number): void {
    for (let c = 0; c < chunk.cols.length; c++) {
      let n = first;
      const target = cols[c];
      const source = chunk.cols[c];
      for (let i = from; i < to; i++) {
        const k = chunk.key[i];
        if (k < 0 || (this.universe !== null && !this.isAllowed(k))) continue;
        if (target instanceof Float64Array) target[n++] = source[i] as number;
        else target[n++] = (source as TextColumn)[i];
      }
    }
  }

  private isAllowed(key: number): boolean {
    let known = this.allowed[key];
    if (known === undefined) {
      known = (this.universe as ReadonlySet<string>).has(this.graph.keys[0].names[key]);
      this.allowed[key] = known;
    }
    return known;
  }

  /** No more rows of this source will come: it stops holding the watermark of others. */
  end(source: number): void {
    if (this.ended[source]) return;
    this.ended[source] = true;
    const s = ++this.seq;
    for (const t of this.groupsOf[source]) this.note(t, s);
    this.observer?.ended(source, s);
  }

  private note(group: number, seq: number): void {
    const track = this.graph.tracks[group];
    if (track.n === track.seq.length) grow(track);
    const last = track.n > 0 ? track.wm[track.n - 1] : track.before;
    const now = this.watermark(this.plan.tracks[group]);
    track.seq[track.n] = seq;
    track.wm[track.n] = now > last ? now : last;
    track.n += 1;
  }

  /** Event time that every live source of the group has passed. Infinity when all have ended. */
  private watermark(group: readonly number[]): number {
    if (group.length === 1) {
      const s = group[0];
      return this.ended[s] ? Infinity : this.newest[s] - this.plan.lateness - 1;
    }
    let newest = -Infinity;
    for (let g = 0; g < group.length; g++) newest = Math.max(newest, this.newest[group[g]]);
    let low = Infinity;
    let live = false;
    for (let g = 0; g < group.length; g++) {
      const s = group[g];
      if (this.ended[s]) continue;
      live = true;
      const idle = this.plan.idle !== null && newest - this.newest[s] > this.plan.idle && this.newest[s] > -Infinity;
      if (!idle && this.newest[s] < low) low = this.newest[s];
    }
    if (!live) return Infinity;
    return (low === Infinity ? newest : low) - this.plan.lateness - 1;
  }

  save(): IngestState {
    return {
      seq: this.seq, newest: this.newest.slice(), ended: this.ended.slice(), taken: this.taken.slice(), outside: this.outside.slice(),
      watermarks: this.graph.tracks.map((t) => (t.n > 0 ? t.wm[t.n - 1] : t.before)),
    };
  }

  /**
   * Takes over what is the same in another plan: sources by their ids, watermarks by the identity of their groups. A source that is new
   * begins at its first row, whatever the others have passed.
   */
  adopt(saved: IngestState, from: IngestIds, to: IngestIds): void {
    this.seq = saved.seq;
    to.sources.forEach((id, s) => {
      const old = from.sources.indexOf(id);
      if (old < 0) return;
      this.newest[s] = saved.newest[old];
      this.ended[s] = saved.ended[old];
      this.taken[s] = saved.taken[old];
      this.outside[s] = saved.outside[old];
    });
    to.tracks.forEach((id, t) => {
      const old = from.tracks.indexOf(id);
      if (old >= 0) this.graph.tracks[t].before = saved.watermarks[old];
    });
  }

  load(saved: IngestState): void {
    this.own.length = 0;
    this.seq = saved.seq;
    saved.newest.forEach((x, i) => { this.newest[i] = x; });
    saved.ended.forEach((x, i) => { this.ended[i] = x; });
    saved.taken.forEach((x, i) => { this.taken[i] = x; });
    saved.outside.forEach((x, i) => { this.outside[i] = x; });
    saved.watermarks.forEach((w, i) => {
      this.graph.tracks[i].n = 0;
      this.graph.tracks[i].before = w;
    });
  }
}

/** Below this many rows a loop is cheaper than making the view that `set` needs. */
const SHORT = 32;

function copyText(source: TextColumn, from: number, to: number, target: TextColumn, at: number): void {
  for (let i = from; i < to; i++) target[at + i - from] = source[i];
}

/** Apart from text, so that no number is ever boxed on the way. */
function copyNumbers(source: Float64Array, from: number, to: number, target: Float64Array, at: number): void {
  if (to - from > SHORT) target.set(source.subarray(from, to), at);
  else for (let i = from; i < to; i++) target[at + i - from] = source[i];
}

function grow(track: Track): void {
  const size = Math.max(64, track.seq.length * 2);
  const bigger = (a: Float64Array): Float64Array => {
    const b = new Float64Array(size);
    b.set(a);
    return b;
  };
  track.seq = bigger(track.seq);
  track.wm = bigger(track.wm);
}
