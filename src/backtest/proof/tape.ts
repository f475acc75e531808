import type { Chunk, SourceReader } from '../../core/connector.ts';
import type { Column } from '../../core/frame.ts';
import type { KeyTable } from '../../core/keys.ts';
import type { Engine } from '../../engine/engine.ts';

export type Plan = Engine['plan'];

/** Opens the sources of a plan, in its order, from their beginning; symbols get their numbers from `keys`. */
export type OpenSources = (keys: KeyTable) => readonly SourceReader[];

/** Rows of several sources in the order in which a replay takes them. */
export interface Rows {
  readonly n: number;
  /** Columns by source. */
  readonly chunks: readonly Chunk[];
  /** Of each row: its source, its place in the source's chunk, and its event time after the shift of the source. */
  readonly source: Int32Array;
  readonly row: Int32Array;
  readonly ts: Float64Array;
}

/** The rows that a check works on. */
export interface Tape extends Rows {
  readonly keys: KeyTable;
  /** False where there are more rows than the check may hold. */
  readonly whole: boolean;
}

/** A symbol that no data has. */
export const STRANGER = '~new';

/** Rows of others between two heartbeats of a source that has ended. */
const BEAT = 64;

/** Rows gathered one after another. */
export class Gathered {
  n = 0;
  ts = new Float64Array(256);
  key = new Int32Array(256);
  seq: Float64Array | null;
  readonly cols: Column[];

  constructor(types: readonly unknown[], numbered = false) {
    this.seq = numbered ? new Float64Array(256) : null;
    this.cols = types.map((t) => (t === 'text' ? [] : new Float64Array(256)));
  }

  private room(n: number): void {
    if (n <= this.ts.length) return;
    const size = Math.max(n, 2 * this.ts.length);
    const grown = (a: Float64Array): Float64Array<ArrayBuffer> => {
      const b = new Float64Array(size);
      b.set(a);
      return b;
    };
    this.ts = grown(this.ts);
    const key = new Int32Array(size);
    key.set(this.key);
    this.key = key;
    if (this.seq !== null) this.seq = grown(this.seq);
    this.cols.forEach((c, i) => { if (c instanceof Float64Array) this.cols[i] = grown(c); });
  }

  /** Appends a row whose columns are written by the caller, at the place that is returned. A key of -1 is a heartbeat. */
  push(ts: number, key: number): number {
    this.room(this.n + 1);
    this.ts[this.n] = ts;
    this.key[this.n] = key;
    if (key < 0) for (const c of this.cols) c[this.n] = c instanceof Float64Array ? NaN : null;
    return this.n++;
  }

  append(chunk: Chunk): void {
    const { n } = this;
    this.room(n + chunk.n);
    this.ts.set(chunk.ts.subarray(0, chunk.n), n);
    this.key.set(chunk.key.subarray(0, chunk.n), n);
    if (this.seq !== null) this.seq.set((chunk.seq as Float64Array).subarray(0, chunk.n), n);
    chunk.cols.forEach((from, c) => {
      const to = this.cols[c];
      if (to instanceof Float64Array) to.set((from as Float64Array).subarray(0, chunk.n), n);
      else for (let i = 0; i < chunk.n; i++) to[n + i] = (from as (string | null)[])[i];
    });
    this.n += chunk.n;
  }

  chunk(): Chunk {
    return { n: this.n, ts: this.ts, key: this.key, cols: this.cols, ...(this.seq === null ? {} : { seq: this.seq }) };
  }
}

/** The order of rows that are being merged. */
export class Order {
  readonly source: number[] = [];
  readonly row: number[] = [];
  readonly ts: number[] = [];

  push(source: number, row: number, ts: number): void {
    this.source.push(source);
    this.row.push(row);
    this.ts.push(ts);
  }

  rows(chunks: readonly Chunk[]): Rows {
    const { source, row, ts } = this;
    return { n: ts.length, chunks, source: Int32Array.from(source), row: Int32Array.from(row), ts: Float64Array.from(ts) };
  }
}

export interface TapeOptions {
  /** As in a replay. */
  readonly order: 'time' | 'seq';
  /** Most rows of one source that are held. */
  readonly limit: number;
}

interface Held {
  readonly rows: Gathered;
  readonly whole: boolean;
}

async function hold(reader: SourceReader, types: readonly unknown[], o: TapeOptions): Promise<Held> {
  const rows = new Gathered(types, o.order === 'seq');
  for (let chunk = await reader.next(); chunk !== null; chunk = await reader.next()) {
    rows.append(chunk);
    if (rows.n >= o.limit) return { rows, whole: false };
  }
  return { rows, whole: true };
}

/**
 * Reads the sources of a plan and merges them as `replay` does. The end of a source is told nowhere: a source that ends before the others
 * goes on with heartbeats, so that time moves and nothing is closed.
 */
export async function readTape(plan: Plan, open: OpenSources, keys: KeyTable, o: TapeOptions): Promise<Tape> {
  const readers = open(keys);
  const held: Held[] = [];
  try {
    for (let s = 0; s < readers.length; s++) held.push(await hold(readers[s], plan.sources[s].schema.map((f) => f.type), o));
  } finally {
    for (const r of readers) await r.close();
  }
  keys.intern(STRANGER);
  return { ...merged(plan, held, o.order), keys, whole: held.every((h) => h.whole) };
}

function merged(plan: Plan, held: readonly Held[], by: 'time' | 'seq'): Rows {
  const at = held.map(() => 0);
  const lengths = held.map((h) => h.rows.n);
  const beats = held.map(() => 0);
  const order = new Order();
  const place = (s: number): number => {
    const { rows } = held[s];
    return by === 'seq' ? (rows.seq as Float64Array)[at[s]] : rows.ts[at[s]] + plan.sources[s].shift;
  };
  for (;;) {
    let best = -1;
    for (let s = 0; s < held.length; s++) if (at[s] < lengths[s] && (best < 0 || place(s) < place(best))) best = s;
    if (best < 0) break;
    const i = at[best]++;
    const ts = held[best].rows.ts[i] + plan.sources[best].shift;
    order.push(best, i, ts);
    for (let s = 0; s < held.length; s++) {
      if (s === best || at[s] < lengths[s] || beats[s]++ % BEAT !== 0) continue;
      const { rows } = held[s];
      const beat = rows.push(ts - plan.sources[s].shift, -1);
      if (rows.seq !== null) rows.seq[beat] = (held[best].rows.seq as Float64Array)[i] + 0.5;
      order.push(s, beat, ts);
    }
    // Rows that were not read would come next: beyond them the order is not known.
    if (at[best] === lengths[best] && !held[best].whole) break;
  }
  return order.rows(held.map((h) => h.rows.chunk()));
}

/** Gives rows from..to of a tape to an engine, in stretches of one source. */
export function take(engine: Engine, rows: Rows, from: number, to: number): void {
  const { source, row, chunks } = rows;
  for (let i = from; i < to;) {
    const s = source[i];
    const first = row[i];
    let end = i + 1;
    while (end < to && source[end] === s && row[end] === first + end - i) end++;
    engine.take(s, chunks[s], first, first + end - i);
    i = end;
  }
}

/** Gives the symbols of a tape the numbers in an engine that they have on the tape. */
export function introduce(engine: Engine, keys: KeyTable): void {
  keys.names.forEach((name, i) => engine.graph.keys[0].intern(name, keys.symbols[i]));
}

/** Rows, but the last, that lack a number. */
export function rowsWithNulls({ n, source, row, chunks }: Rows): number[] {
  const out: number[] = [];
  for (let i = 0; i < n - 1; i++) {
    const { key, cols } = chunks[source[i]];
    const r = row[i];
    if (key[r] >= 0 && cols.some((c) => c instanceof Float64Array && c[r] !== c[r])) out.push(i);
  }
  return out;
}
