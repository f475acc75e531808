import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Chunk, OutputRows } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { TextColumn } from '../core/frame.ts';
import type { KeyTable } from '../core/keys.ts';
import { DataFile } from './data-file.ts';
import { DISK, type Disk } from './disk.ts';
import { RowEncoder } from './encode.ts';
import type { ClosedFile, StreamInfo } from './manifest.ts';
import { dataName } from './names.ts';
import { RowBuffer } from './row-buffer.ts';

export interface WriteOptions {
  /** A new file when one has reached so many bytes. */
  readonly rotateBytes?: number;
  /** A new file when one is so many milliseconds old. */
  readonly rotateMs?: number;
  /** Waits for the disk after every flush: what was flushed survives a loss of power. */
  readonly fsync?: boolean;
  readonly disk?: Disk;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number;
}

/** Where a stream goes on that was recorded before: rows up to there are left out. */
export interface Resume {
  readonly seq: number;
  /** How many rows with that seq are there. */
  readonly rows: number;
  readonly nextFile: number;
}

const PER_FILE = 4 * 1024 ** 3;

/** Writes one stream of a recording: buffers rows, writes chunks, begins new files. A failure to write is a Refusal (E784). */
export class StreamWriter {
  readonly info: Omit<StreamInfo, 'ended' | 'files'>;
  readonly closed: ClosedFile[];
  /** Rows written or waiting. */
  rows = 0;
  bytes = 0;
  private readonly folder: string;
  private readonly options: WriteOptions;
  private readonly disk: Disk;
  private readonly now: () => number;
  private readonly buffer: RowBuffer;
  private readonly loose = new Set<number>();
  private encoder: RowEncoder | null = null;
  private file: DataFile | null = null;
  private opened = 0;
  private number: number;
  private resume: { seq: number; rows: number } | null;
  /** Numbers that the encoder has for symbols, by the keys of the rows. */
  private ids: Int32Array = new Int32Array(64).fill(-1);
  private readonly onFile: () => void;

  constructor(folder: string, info: StreamWriter['info'], options: WriteOptions, resume: Resume | null = null,
    closed: readonly ClosedFile[] = [], onFile: () => void = () => undefined) {
    this.folder = folder;
    this.info = info;
    this.options = options;
    this.disk = options.disk ?? DISK;
    this.now = options.now ?? (() => performance.now());
    this.buffer = new RowBuffer(info.schema);
    this.number = resume?.nextFile ?? 1;
    this.resume = resume === null ? null : { seq: resume.seq, rows: resume.rows };
    this.closed = [...closed];
    this.onFile = onFile;
  }

  /** Rows from..to of a chunk, which have the seqs from `seq` on. */
  addRun(chunk: Chunk, from: number, to: number, seq: number, received: number, keys: KeyTable): void {
    for (let at = from + this.skipped(seq, to - from); at < to;) {
      const n = Math.min(to - at, this.buffer.room);
      this.copyRun(chunk, at, n, seq + at - from, received, keys);
      at += n;
      if (this.buffer.room === 0) this.emit();
    }
  }

  /** Rows of a node, as a tap shows them. */
  addRows(rows: OutputRows, received: number): void {
    const { buffer } = this;
    for (let r = 0; r < rows.n; r++) {
      const i = rows.sel === null ? r : rows.sel[r];
      if (this.resume !== null && this.isThere(rows.seq[i])) continue;
      buffer.reserve(1);
      const n = buffer.n++;
      buffer.seq[n] = rows.seq[i];
      buffer.received[n] = received;
      buffer.ts[n] = rows.ts[i];
      buffer.symbol[n] = this.idOf(rows.key[i], rows.keys);
      for (let c = 0; c < buffer.cols.length; c++) {
        const from = rows.cols[c];
        const to = buffer.cols[c];
        if (to instanceof Float64Array) to[n] = from[i] as number;
        else to[n] = from[i] as string | null;
      }
      this.rows++;
      if (buffer.room === 0) this.emit();
    }
  }

  /** Writes what is waiting, so that the end of the process loses nothing of it. */
  flush(): void {
    if (this.buffer.n > 0) this.emit();
    else if (this.file !== null && this.isOld()) this.guard(() => this.rotate());
  }

  close(): void {
    if (this.buffer.n > 0) this.emit();
    // A stream without rows has a file too, which says its columns.
    if (this.file === null && this.closed.length === 0) this.guard(() => this.open());
    if (this.file !== null) this.guard(() => this.rotate());
  }

  /** After a failure: keeps what is there, with a footer where there is room for one. */
  abandon(): void {
    this.buffer.n = 0;
    const file = this.file;
    this.file = null;
    if (file === null) return;
    try {
      file.close();
      this.addClosed(file);
    } catch {
      // The valid prefix stays.
    }
  }

  private copyRun(chunk: Chunk, at: number, n: number, seq: number, received: number, keys: KeyTable): void {
    const { buffer } = this;
    buffer.reserve(n);
    const to = buffer.n;
    for (let i = 0; i < n; i++) {
      buffer.seq[to + i] = seq + i;
      buffer.symbol[to + i] = this.idOf(chunk.key[at + i], keys);
    }
    buffer.received.fill(received, to, to + n);
    buffer.ts.set(chunk.ts.subarray(at, at + n), to);
    for (let c = 0; c < buffer.cols.length; c++) {
      const target = buffer.cols[c];
      const source = chunk.cols[c];
      if (target instanceof Float64Array) target.set((source as Float64Array).subarray(at, at + n), to);
      else for (let i = 0; i < n; i++) target[to + i] = (source as TextColumn)[at + i];
    }
    // A heartbeat carries no values; what its columns hold is left over from other rows.
    for (let i = 0; i < n; i++) if (chunk.key[at + i] < 0) buffer.blank(to + i);
    buffer.n += n;
    this.rows += n;
  }

  private skipped(seq: number, n: number): number {
    if (this.resume === null) return 0;
    let k = 0;
    while (k < n && this.resume !== null && this.isThere(seq + k)) k++;
    return k;
  }

  /** True for a row that an earlier run has recorded; the first other one ends the asking. */
  private isThere(seq: number): boolean {
    const r = this.resume!;
    if (seq < r.seq || (seq === r.seq && r.rows-- > 0)) return true;
    this.resume = null;
    return false;
  }

  private idOf(key: number, keys: KeyTable): number {
    if (key < 0) return -1;
    if (key >= this.ids.length) {
      const ids = new Int32Array(Math.max(key + 1, this.ids.length * 2)).fill(-1);
      ids.set(this.ids);
      this.ids = ids;
    }
    const known = this.ids[key];
    return known >= 0 ? known : (this.ids[key] = this.makeEncoder().symbols.id(keys.symbols[key]));
  }

  private makeEncoder(): RowEncoder {
    const { id, kind, schema } = this.info;
    return (this.encoder ??= new RowEncoder(schema, this.loose, { stream: id, kind, schema }));
  }

  private emit(): void {
    this.guard(() => {
      for (;;) {
        const file = this.file ?? this.open();
        const unfit = file.write(this.buffer);
        if (unfit < 0) break;
        // The column needs doubles from here on: a new file, whose schema says so.
        this.loose.add(unfit);
        const old = this.encoder as RowEncoder;
        this.rotate();
        this.encoder = null;
        this.makeEncoder().symbols.take(old.symbols);
      }
      this.buffer.n = 0;
      const file = this.file as DataFile;
      if (this.options.fsync === true) file.sync();
      if (file.bytes >= (this.options.rotateBytes ?? PER_FILE) || this.isOld()) this.rotate();
    });
  }

  private isOld(): boolean {
    return this.options.rotateMs !== undefined && this.now() - this.opened >= this.options.rotateMs;
  }

  private open(): DataFile {
    let path = join(this.folder, dataName(this.info.id, this.number));
    // Whatever a file of that name holds, it is not ours to write over.
    while (existsSync(path)) path = join(this.folder, dataName(this.info.id, ++this.number));
    this.file = new DataFile(path, this.makeEncoder(), this.disk);
    this.number++;
    this.opened = this.now();
    return this.file;
  }

  private rotate(): void {
    const file = this.file as DataFile;
    this.file = null;
    file.close();
    this.addClosed(file);
    this.onFile();
  }

  private addClosed(file: DataFile): void {
    this.bytes += file.bytes;
    const name = file.path.slice(file.path.lastIndexOf('/') + 1);
    this.closed.push({ file: name, chunks: file.chunks, rows: file.rows, bytes: file.bytes });
  }

  private guard(work: () => void): void {
    try {
      work();
    } catch (cause) {
      if (cause instanceof Refusal || (cause as NodeJS.ErrnoException).code === undefined) throw cause;
      throw cannotWrite(this.folder, cause);
    }
  }
}

/** What the file system refused, as something the caller can turn into an alarm. */
export function cannotWrite(folder: string, cause: unknown): Refusal {
  const { code } = cause as NodeJS.ErrnoException;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const what = full ? 'the disk is full' : cause instanceof Error ? cause.message : String(cause);
  return new Refusal('E784', `cannot record into ${folder}: ${what}`, {
    exit: 7, cause, help: ['what was recorded before is whole and can be replayed',
      ...(full ? ['make room, then record again with --append, or elsewhere'] : [])],
  });
}
