import type { BadCount, Chunk, SourceReader } from '../../core/connector.ts';
import type { Column } from '../../core/frame.ts';
import type { KeyTable } from '../../core/keys.ts';
import type { Schema } from '../../core/types.ts';

/** Rows of one piece of a recording: 64 Ki rows of numbers drown the cost of a call and leave little unused at the end. */
const PIECE = 1 << 16;

/** Some rows of a source, every column on a `SharedArrayBuffer`: handing it to a thread copies nothing. */
export interface SharedPiece {
  readonly n: number;
  readonly ts: Float64Array;
  /** Place of the symbol in `SharedRecording.symbols`; -1 is a heartbeat. */
  readonly key: Int32Array;
  /** Numbers as they are; text as places in `SharedRows.words`, -1 for none. */
  readonly cols: readonly (Float64Array | Int32Array)[];
  readonly first: number;
  readonly last: number;
}

/** All rows of one source. */
export interface SharedRows {
  readonly rows: number;
  readonly pieces: readonly SharedPiece[];
  /** Different texts of each column, in order of appearance; null for a column of numbers. */
  readonly words: readonly (readonly string[] | null)[];
}

/**
 * The data of a search, read once and kept in memory: 8 bytes a number, 4 a text or a symbol, for each row. Its size is that of the data
 * alone, however many threads replay it.
 */
export interface SharedRecording {
  readonly symbols: readonly string[];
  readonly sources: readonly SharedRows[];
  readonly rows: number;
  readonly bytes: number;
}

const shared = {
  numbers: (n: number): Float64Array => new Float64Array(new SharedArrayBuffer(n * 8)),
  places: (n: number): Int32Array => new Int32Array(new SharedArrayBuffer(n * 4)),
};

/** Takes chunks of any length and cuts them into pieces. */
class Pieces {
  readonly done: SharedPiece[] = [];
  readonly words: (string[] | null)[];
  rows = 0;
  bytes = 0;
  private readonly numbers: readonly boolean[];
  private readonly known: readonly Map<string, number>[];
  private at = 0;
  private ts = shared.numbers(0);
  private key = shared.places(0);
  private cols: (Float64Array | Int32Array)[] = [];

  constructor(schema: Schema) {
    this.numbers = schema.map((f) => f.type !== 'text');
    this.words = schema.map((f) => (f.type === 'text' ? [] : null));
    this.known = schema.map(() => new Map<string, number>());
  }

  add(chunk: Chunk): void {
    for (let from = 0; from < chunk.n;) {
      if (this.at === this.ts.length) this.open();
      const n = Math.min(chunk.n - from, PIECE - this.at);
      this.ts.set(chunk.ts.subarray(from, from + n), this.at);
      this.key.set(chunk.key.subarray(from, from + n), this.at);
      chunk.cols.forEach((col, c) => this.copy(col, c, from, n));
      this.at += n;
      from += n;
      if (this.at === PIECE) this.close();
    }
  }

  /** Keeps what has come of the last piece, and no room behind it. */
  close(): void {
    const n = this.at;
    this.at = 0;
    if (n === 0) return;
    const fit = <T extends Float64Array | Int32Array>(all: T, room: (n: number) => T): T => {
      if (n === PIECE) return all;
      const out = room(n);
      out.set(all.subarray(0, n));
      return out;
    };
    const ts = fit(this.ts, shared.numbers);
    let [first, last] = [Infinity, -Infinity];
    for (let i = 0; i < n; i++) {
      if (ts[i] < first) first = ts[i];
      if (ts[i] > last) last = ts[i];
    }
    const cols = this.cols.map((c) => (c instanceof Float64Array ? fit(c, shared.numbers) : fit(c, shared.places)));
    this.done.push({ n, ts, key: fit(this.key, shared.places), cols, first, last });
    this.rows += n;
    this.bytes += 12 * n + cols.reduce((sum, c) => sum + c.byteLength, 0);
    this.ts = shared.numbers(0);
  }

  private open(): void {
    this.ts = shared.numbers(PIECE);
    this.key = shared.places(PIECE);
    this.cols = this.numbers.map((is) => (is ? shared.numbers(PIECE) : shared.places(PIECE)));
  }

  private copy(col: Column, c: number, from: number, n: number): void {
    const target = this.cols[c];
    if (col instanceof Float64Array) {
      target.set(col.subarray(from, from + n), this.at);
      return;
    }
    for (let i = 0; i < n; i++) target[this.at + i] = this.placeOf(col[from + i], c);
  }

  private placeOf(text: string | null, c: number): number {
    if (text === null) return -1;
    const known = this.known[c].get(text);
    if (known !== undefined) return known;
    const words = this.words[c] as string[];
    this.known[c].set(text, words.length);
    return words.push(text) - 1;
  }
}

/** Reads sources to their end, one after another, and closes them. `keys` is the table that they number symbols by. */
export async function shareRows(
  readers: readonly SourceReader[], schemas: readonly Schema[], keys: KeyTable, signal?: AbortSignal,
): Promise<SharedRecording> {
  const sources: SharedRows[] = [];
  let [rows, bytes] = [0, 0];
  for (const [i, reader] of readers.entries()) {
    const pieces = new Pieces(schemas[i]);
    try {
      for (let chunk = await reader.next(); chunk !== null; chunk = await reader.next()) {
        signal?.throwIfAborted();
        pieces.add(chunk);
      }
      pieces.close();
    } finally {
      await reader.close();
    }
    sources.push({ rows: pieces.rows, pieces: pieces.done, words: pieces.words });
    rows += pieces.rows;
    bytes += pieces.bytes;
  }
  return { symbols: keys.names.slice(), sources, rows, bytes };
}

/** Different event times of all rows in [from, to), rising. `shifts` says how long after its time each source's row is known. */
export function timesOf({ sources }: SharedRecording, shifts: readonly number[], from = -Infinity, to = Infinity): Float64Array {
  const all = new Float64Array(sources.reduce((sum, s) => sum + s.rows, 0));
  let n = 0;
  sources.forEach(({ pieces }, s) => {
    for (const { ts } of pieces) {
      for (let i = 0; i < ts.length; i++) {
        const t = ts[i] + shifts[s];
        if (t >= from && t < to) all[n++] = t;
      }
    }
  });
  const sorted = all.subarray(0, n).sort();
  return sorted.filter((t, i) => i === 0 || t !== sorted[i - 1]);
}

/** First and last event time; an empty recording has none, and gives Infinity and -Infinity. */
export function extentOf({ sources }: SharedRecording, shifts: readonly number[]): readonly [first: number, last: number] {
  let [first, last] = [Infinity, -Infinity];
  sources.forEach(({ pieces }, s) => {
    for (const p of pieces) [first, last] = [Math.min(first, p.first + shifts[s]), Math.max(last, p.last + shifts[s])];
  });
  return [first, last];
}

/** Replays a source of a shared recording: the rows before `to`, in the order in which they were read. */
export class SharedReader implements SourceReader {
  readonly bad: BadCount = { count: 0, first: [] };
  readonly total = null;
  private readonly rows: SharedRows;
  private readonly to: number;
  /** Number of each recorded symbol in the table of who reads; null where it is the same. */
  private readonly ids: Int32Array | null;
  private at = 0;

  constructor(recording: SharedRecording, source: number, keys: KeyTable, to = Infinity) {
    this.rows = recording.sources[source];
    this.to = to;
    const ids = Int32Array.from(recording.symbols, (s) => keys.intern(s));
    this.ids = ids.every((id, i) => id === i) ? null : ids;
  }

  async next(): Promise<Chunk | null> {
    const { pieces } = this.rows;
    while (this.at < pieces.length) {
      const piece = pieces[this.at++];
      if (piece.last < this.to) return this.chunkOf(piece);
      if (piece.first >= this.to) continue;
      return this.chunkOf(before(piece, this.to));
    }
    return null;
  }

  async close(): Promise<void> {
    this.at = this.rows.pieces.length;
  }

  private chunkOf({ n, ts, key, cols }: Pick<SharedPiece, 'n' | 'ts' | 'key' | 'cols'>): Chunk {
    const { ids } = this;
    return {
      n, ts, key: ids === null ? key : key.map((k) => (k < 0 ? k : ids[k])),
      cols: cols.map((col, c): Column => {
        const words = this.rows.words[c];
        return words === null ? col as Float64Array : Array.from(col, (place) => (place < 0 ? null : words[place]));
      }),
    };
  }
}

/** The rows of a piece before a time: its first ones where it is in order, else those that are. */
function before(piece: SharedPiece, to: number): Pick<SharedPiece, 'n' | 'ts' | 'key' | 'cols'> {
  const { ts, key, cols } = piece;
  const kept = (_: number, i: number): boolean => ts[i] < to;
  const early = ts.filter(kept);
  const cut = cols.map((c) => (c instanceof Float64Array ? c.filter(kept) : c.filter(kept)));
  return { n: early.length, ts: early, key: key.filter(kept), cols: cut };
}
