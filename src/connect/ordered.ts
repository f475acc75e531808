import type { BadRow, Chunk, SourceContext, SourceReader } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { Column, TextColumn } from '../core/frame.ts';
import type { KeyTable } from '../core/keys.ts';
import type { Schema } from '../core/types.ts';
import { CHUNK_ROWS, ChunkBuffer, copyChunk } from './chunk-buffer.ts';
import { stableOrder } from './stable-order.ts';

/** Rows held to find out whether a source is in order; beyond them one that was in order so far is streamed. */
const HELD_ROWS = 8_000_000;

/** A reader in the order of its file, with symbols interned for itself alone. */
export interface RawReader {
  next(): Promise<Chunk | null>;
  /** Symbol by the chunk's key. */
  readonly symbols: readonly string[];
  readonly bad: { count: number; readonly first: BadRow[] };
  close(): Promise<void>;
}

/**
 * Puts rows into order of event time where they are not (`order: time`), and interns symbols as they leave: ids depend on the rows
 * alone, neither on the order of the file nor on its blocks.
 */
export class OrderedReader implements SourceReader {
  total: number | null = null;
  private readonly raw: RawReader;
  private readonly keys: KeyTable;
  private readonly schema: Schema;
  private readonly arrival: boolean;
  private readonly limit: number;
  private ids = new Int32Array(64).fill(-1);
  private held: Chunk[] | null = null;
  private sorted: Chunk | null = null;
  private order: Uint32Array | null = null;
  private at = 0;
  private last = -Infinity;
  private ended = false;
  private readonly out: ChunkBuffer;

  constructor(raw: RawReader, ctx: SourceContext, limit = HELD_ROWS) {
    this.raw = raw;
    this.keys = ctx.keys;
    this.schema = ctx.schema;
    this.arrival = ctx.args.order === 'arrival';
    this.limit = limit;
    this.out = new ChunkBuffer(ctx.schema, this.arrival ? 1 : CHUNK_ROWS);
  }

  get bad(): { count: number; readonly first: BadRow[] } {
    return this.raw.bad;
  }

  close(): Promise<void> {
    this.held = null;
    this.sorted = null;
    return this.raw.close();
  }

  async next(): Promise<Chunk | null> {
    try {
      return await this.advance();
    } catch (fault) {
      await this.raw.close();
      throw fault;
    }
  }

  private async advance(): Promise<Chunk | null> {
    if (this.arrival) return this.interned(await this.raw.next());
    if (this.held === null) await this.collect();
    if (this.order !== null) return this.interned(this.gather());
    if (this.at < this.held!.length) {
      const chunk = this.held![this.at];
      this.held![this.at++] = { n: 0, ts: new Float64Array(0), key: new Int32Array(0), cols: [] };
      return this.interned(chunk);
    }
    if (this.ended) return null;
    return this.interned(await this.inOrder());
  }

  /** Reads until the end, or until enough rows have come in order to trust the rest. */
  private async collect(): Promise<void> {
    const held: Chunk[] = [];
    this.held = held;
    let rows = 0;
    let inOrder = true;
    while (!(inOrder && rows >= this.limit)) {
      const chunk = await this.raw.next();
      if (chunk === null) {
        this.ended = true;
        this.total = rows;
        break;
      }
      inOrder &&= this.checks(chunk);
      rows += chunk.n;
      held.push(copyChunk(chunk));
    }
    if (!inOrder) this.sort(held, rows);
  }

  private checks(chunk: Chunk): boolean {
    let last = this.last;
    for (let i = 0; i < chunk.n; i++) {
      const t = chunk.ts[i];
      if (t < last) return false;
      last = t;
    }
    this.last = last;
    return true;
  }

  private async inOrder(): Promise<Chunk | null> {
    const chunk = await this.raw.next();
    if (chunk === null || this.checks(chunk)) return chunk;
    throw new Refusal('E709', `rows fall out of order after ${this.limit} rows in order`, {
      exit: 7, help: ['set `order: arrival` in the source to take them as they come',
        'or split the file by symbol or day, and list the parts under `path`'],
    });
  }

  private sort(held: Chunk[], rows: number): void {
    const all: Chunk = { n: rows, ts: new Float64Array(rows), key: new Int32Array(rows), cols: this.schema.map((f): Column =>
      f.type === 'text' ? new Array<string | null>(rows) : new Float64Array(rows)) };
    let at = 0;
    for (const chunk of held) {
      all.ts.set(chunk.ts, at);
      all.key.set(chunk.key, at);
      chunk.cols.forEach((col, c) => {
        const into = all.cols[c];
        if (into instanceof Float64Array) into.set(col as Float64Array, at);
        else for (let i = 0; i < chunk.n; i++) into[at + i] = col[i] as string | null;
      });
      at += chunk.n;
    }
    held.length = 0;
    this.sorted = all;
    this.order = stableOrder(all.ts);
  }

  private gather(): Chunk | null {
    const from = this.sorted!;
    const order = this.order!;
    const out = this.out;
    const n = Math.min(out.capacity, order.length - this.at);
    if (n === 0) return null;
    for (let i = 0; i < n; i++) {
      const r = order[this.at + i];
      out.ts[i] = from.ts[r];
      out.key[i] = from.key[r];
    }
    for (let c = 0; c < out.cols.length; c++) {
      const src = from.cols[c];
      const into = out.cols[c];
      if (into instanceof Float64Array) for (let i = 0; i < n; i++) into[i] = (src as Float64Array)[order[this.at + i]];
      else for (let i = 0; i < n; i++) into[i] = (src as TextColumn)[order[this.at + i]];
    }
    out.n = n;
    this.at += n;
    return out;
  }

  private interned(chunk: Chunk | null): Chunk | null {
    if (chunk === null) return null;
    const key = chunk.key;
    const symbols = this.raw.symbols;
    if (this.ids.length < symbols.length) {
      const ids = new Int32Array(Math.max(symbols.length, this.ids.length * 2)).fill(-1);
      ids.set(this.ids);
      this.ids = ids;
    }
    const ids = this.ids;
    for (let i = 0; i < chunk.n; i++) {
      const local = key[i];
      if (local < 0) continue;
      let id = ids[local];
      if (id < 0) id = ids[local] = this.keys.intern(symbols[local]);
      key[i] = id;
    }
    return chunk;
  }
}
