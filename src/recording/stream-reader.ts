import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { BadRow, SourceReader } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { TextColumn } from '../core/frame.ts';
import type { KeyTable } from '../core/keys.ts';
import { ChunkDecoder, type RecordedChunk } from './decode.ts';
import type { Damage, FileScan, StreamScan } from './scan.ts';
import type { Sums } from './sums.ts';

/** Which rows of a stream are wanted. */
export interface Seek {
  /** Event time from, and before. */
  readonly from?: number | null;
  readonly to?: number | null;
  /** First and last seq. */
  readonly fromSeq?: number | null;
  readonly toSeq?: number | null;
}

export interface ReadOptions extends Seek {
  /** Skips what is damaged and counts it, instead of refusing to go on. */
  readonly allowGaps?: boolean;
}

export const damaged = (d: Damage): Refusal =>
  new Refusal('E783', `${d.path} is damaged at byte ${d.offset}: ${d.what}`, {
    exit: 7, help: ['everything before it was read', '--allow-gaps skips it and goes on, and says how much is missing'],
  });

interface Piece {
  readonly file: FileScan;
  readonly sums: Sums;
  readonly index: number;
}

/** What has been left out so far. */
export interface Missing {
  chunks: number;
  rows: number;
  readonly damage: Damage[];
  /** Bytes at the end of an unclosed file that are no whole chunk: what a killed process leaves. */
  torn: number;
}

/**
 * Rows of one recorded stream in order, a chunk at a time: while one is worked on, the next is being read. Every chunk's length and
 * checksum are verified before a row of it is used.
 */
export class StreamReader implements SourceReader {
  readonly total: number | null;
  readonly bad: { count: number; readonly first: BadRow[] } = { count: 0, first: [] };
  readonly missing: Missing = { chunks: 0, rows: 0, damage: [], torn: 0 };
  /** The seq at which the source ended, null where it had not when the recording did. */
  readonly endedAt: number | null;
  private readonly scan: StreamScan;
  private readonly options: ReadOptions;
  private readonly decoder: ChunkDecoder;
  private readonly pieces: readonly Piece[];
  /** Damage that stands before a piece, by its place. */
  private readonly breaks: ReadonlyMap<number, readonly Damage[]>;
  private readonly bounded: boolean;
  private at = 0;
  private handle: FileHandle | null = null;
  private handleOf: FileScan | null = null;
  private readonly buffers = [Buffer.alloc(0), Buffer.alloc(0)];
  private ahead: { readonly index: number; readonly bytes: Promise<Buffer> } | null = null;

  constructor(scan: StreamScan, keys: KeyTable, options: ReadOptions = {}) {
    this.scan = scan;
    this.options = options;
    this.decoder = new ChunkDecoder(scan.info.schema, keys);
    const { from = null, to = null, fromSeq = null, toSeq = null } = options;
    this.bounded = [from, to, fromSeq, toSeq].some((x) => x !== null);
    this.endedAt = toSeq !== null || to !== null ? null : scan.info.ended;
    const breaks = new Map<number, Damage[]>();
    const pieces: Piece[] = [];
    for (const file of scan.files) {
      let next = 0;
      const due = file.damage.slice();
      for (const [index, sums] of file.chunks.entries()) {
        while (due.length > 0 && due[0].chunk <= next) push(breaks, pieces.length, due.shift() as Damage);
        next++;
        if (this.wants(sums)) pieces.push({ file, sums, index });
      }
      for (const d of due) push(breaks, pieces.length, d);
      if (!file.closed) this.missing.torn += file.tornBytes;
    }
    for (const d of scan.damage) if (!scan.files.some((f) => f.damage.includes(d))) push(breaks, 0, d);
    this.pieces = pieces;
    this.breaks = breaks;
    this.total = this.bounded ? null : pieces.reduce((sum, p) => sum + p.sums.rows, 0);
  }

  async next(): Promise<RecordedChunk | null> {
    for (;;) {
      this.cross(this.at);
      if (this.at >= this.pieces.length) return null;
      const piece = this.pieces[this.at++];
      const bytes = await this.bytesOf(this.at - 1);
      if (this.at < this.pieces.length && this.pieces[this.at].file === piece.file) this.readAhead(this.at);
      const chunk = bytes === null ? null : this.decoder.decode(bytes, piece.sums, piece.file.head!.schema);
      if (chunk === null) {
        if (bytes === null && (await this.isTorn(piece))) return this.cut(piece);
        this.skip(piece, bytes === null ? 'its bytes are not what was written' : 'its columns are not those of the recording');
        continue;
      }
      const rows = this.bounded ? this.within(chunk) : chunk;
      if (rows.n > 0) return rows;
    }
  }

  async close(): Promise<void> {
    await this.ahead?.bytes.catch(() => undefined);
    this.ahead = null;
    await this.handle?.close();
    this.handle = null;
    this.handleOf = null;
    this.at = this.pieces.length;
  }

  private wants(s: Sums): boolean {
    const { from, to, fromSeq, toSeq } = this.options;
    return !((from ?? -Infinity) > s.maxTs || (to ?? Infinity) <= s.minTs || (fromSeq ?? -Infinity) > s.lastSeq
      || (toSeq ?? Infinity) < s.firstSeq);
  }

  /** Damage in the sidecar in front of the next piece. */
  private cross(at: number): void {
    for (const d of this.breaks.get(at) ?? []) this.note(d);
  }

  private note(d: Damage): void {
    if (this.missing.damage.includes(d)) return;
    if (this.options.allowGaps !== true) throw damaged(d);
    this.missing.damage.push(d);
  }

  private skip({ file, sums, index }: Piece, what: string): void {
    this.note({ path: file.path, offset: sums.offset, what, chunk: index });
    this.missing.chunks++;
    this.missing.rows += sums.rows;
  }

  /** The bytes of a piece, or null when they are not what its checksum says. */
  private async bytesOf(at: number): Promise<Buffer | null> {
    const piece = this.pieces[at];
    const bytes = this.ahead?.index === at ? await this.ahead.bytes : await this.read(at);
    this.ahead = null;
    return piece.file.head !== null && bytes.length === piece.sums.length && crc32(bytes) === piece.sums.crc ? bytes : null;
  }

  private readAhead(at: number): void {
    const bytes = this.read(at);
    // A failure shows where the bytes are wanted.
    bytes.catch(() => undefined);
    this.ahead = { index: at, bytes };
  }

  private async read(at: number): Promise<Buffer> {
    const { file, sums } = this.pieces[at];
    if (this.handleOf !== file) {
      await this.handle?.close();
      this.handle = await open(file.path, 'r');
      this.handleOf = file;
    }
    if (this.buffers[at % 2].length < sums.length) this.buffers[at % 2] = Buffer.from(new ArrayBuffer(sums.length + (sums.length >> 3)));
    const into = this.buffers[at % 2];
    let got = 0;
    while (got < sums.length) {
      const { bytesRead } = await (this.handle as FileHandle).read(into, got, sums.length - got, sums.offset + got);
      if (bytesRead === 0) break;
      got += bytesRead;
    }
    return into.subarray(0, got);
  }

  /** A bad chunk is a torn end when the file was not closed, nothing came after it, and no later chunk of it is whole. */
  private async isTorn({ file, index }: Piece): Promise<boolean> {
    if (file.closed || !file.last || this.scan.info.files.some((f) => f.file === file.file)) return false;
    if (file.head === null) return false;
    for (const sums of file.chunks.slice(index + 1)) {
      const bytes = Buffer.alloc(sums.length);
      await (this.handle as FileHandle).read(bytes, 0, sums.length, sums.offset);
      if (crc32(bytes) === sums.crc) return false;
    }
    return true;
  }

  private cut({ file, sums }: Piece): null {
    this.missing.torn += file.end - sums.offset;
    this.at = this.pieces.length;
    return null;
  }

  private within(chunk: RecordedChunk): RecordedChunk {
    const { from, to, fromSeq, toSeq } = this.options;
    const kept: number[] = [];
    for (let i = 0; i < chunk.n; i++) {
      const [ts, seq] = [chunk.ts[i], chunk.seq[i]];
      if (ts >= (from ?? -Infinity) && ts < (to ?? Infinity) && seq >= (fromSeq ?? -Infinity) && seq <= (toSeq ?? Infinity)) kept.push(i);
    }
    return kept.length === chunk.n ? chunk : pick(chunk, kept);
  }
}

function push(map: Map<number, Damage[]>, at: number, d: Damage): void {
  const list = map.get(at);
  if (list === undefined) map.set(at, [d]);
  else list.push(d);
}

const pick = (c: RecordedChunk, rows: readonly number[]): RecordedChunk => {
  const numbers = (a: Float64Array): Float64Array => Float64Array.from(rows, (i) => a[i]);
  return {
    n: rows.length, seq: numbers(c.seq), received: numbers(c.received), ts: numbers(c.ts), key: Int32Array.from(rows, (i) => c.key[i]),
    cols: c.cols.map((col) => (col instanceof Float64Array ? numbers(col) : rows.map((i) => (col as TextColumn)[i]))),
  };
};
