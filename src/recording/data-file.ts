import { crc32 } from 'node:zlib';
import type { Disk } from './disk.ts';
import type { RowEncoder } from './encode.ts';
import { IpcWriter, type Bytes } from './ipc.ts';
import { sumsPath } from './names.ts';
import type { RowBuffer } from './row-buffer.ts';
import { encodeSums, SUMS_BYTES, type SumsKind } from './sums.ts';

interface Range {
  readonly rows: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly minTs: number;
  readonly maxTs: number;
}

const NO_ROWS: Range = { rows: 0, firstSeq: 0, lastSeq: 0, minTs: 0, maxTs: 0 };

/** A data file that is being written, and its sidecar: every piece is there whole, or not at all. */
export class DataFile {
  readonly path: string;
  chunks = 0;
  rows = 0;
  bytes = 0;
  private records = 0;
  private readonly disk: Disk;
  private readonly ipc = new IpcWriter();
  private readonly encoder: RowEncoder;
  private readonly data: number;
  private readonly sums: number;

  constructor(path: string, encoder: RowEncoder, disk: Disk) {
    this.path = path;
    this.disk = disk;
    this.encoder = encoder;
    this.data = disk.open(path);
    try {
      this.sums = disk.open(sumsPath(path));
    } catch (error) {
      disk.close(this.data);
      throw error;
    }
    this.add('head', this.ipc.head(encoder.arrow, encoder.empty), NO_ROWS);
  }

  /** Writes the rows as one chunk; the place of the column whose type does not hold them, or -1 when they are written. */
  write(rows: RowBuffer): number {
    const batch = this.encoder.encode(rows);
    if (typeof batch === 'number') return batch;
    this.add('rows', this.ipc.rows(batch), rangeOf(rows));
    this.chunks++;
    this.rows += rows.n;
    return -1;
  }

  sync(): void {
    this.disk.sync(this.data);
    this.disk.sync(this.sums);
  }

  /** Writes the footer, after which other tools open the file. */
  close(): void {
    try {
      this.add('foot', this.ipc.foot(), NO_ROWS);
    } finally {
      this.release();
    }
  }

  /** Closes the files as they are; the valid prefix can be read, and repaired. */
  release(): void {
    this.disk.close(this.data);
    this.disk.close(this.sums);
  }

  private add(kind: SumsKind, { parts, offset, length, metaLength }: Bytes, range: Range): void {
    try {
      this.disk.append(this.data, parts);
      let crc = 0;
      for (const part of parts) crc = crc32(part, crc);
      this.disk.append(this.sums, [encodeSums({ kind, index: this.records, offset, length, metaLength, crc, ...range })]);
    } catch (error) {
      this.backTo(offset);
      throw error;
    }
    this.records++;
    this.bytes = offset + length;
  }

  /** Takes back what was written of a piece that could not be written whole. */
  private backTo(length: number): void {
    try {
      this.disk.truncate(this.data, length);
      this.disk.truncate(this.sums, this.records * SUMS_BYTES);
    } catch {
      // Without it the readers cut the torn piece off.
    }
  }
}

function rangeOf({ n, seq, ts }: RowBuffer): Range {
  let minTs = ts[0];
  let maxTs = ts[0];
  for (let i = 1; i < n; i++) {
    if (ts[i] < minTs) minTs = ts[i];
    else if (ts[i] > maxTs) maxTs = ts[i];
  }
  return { rows: n, firstSeq: seq[0], lastSeq: seq[n - 1], minTs, maxTs };
}
