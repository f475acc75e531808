import { closeSync, fsyncSync, ftruncateSync, openSync, readSync, rmSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { KeyTable } from '../core/keys.ts';
import { ChunkDecoder, type RecordedChunk } from './decode.ts';
import { DISK } from './disk.ts';
import { IpcWriter, type Block } from './ipc.ts';
import { readManifest, writeManifest, type ClosedFile, type StreamInfo } from './manifest.ts';
import { filesOf, sumsPath } from './names.ts';
import { scanStream, type FileScan, type StreamScan } from './scan.ts';
import type { Resume } from './stream-writer.ts';
import { encodeSums, SUMS_BYTES, type Sums } from './sums.ts';

export interface Repaired {
  readonly path: string;
  readonly chunks: number;
  readonly rows: number;
  /** Bytes behind the last whole chunk, which were cut off. */
  readonly cut: number;
  /** Chunks in the middle that are not what was written: they stay where they are, and the footer leaves them out. */
  readonly left: number;
}

function bytesOf(fd: number, { offset, length }: Sums): Buffer {
  const bytes = Buffer.from(new ArrayBuffer(length));
  for (let at = 0; at < length;) {
    const got = readSync(fd, bytes, at, length - at, offset + at);
    if (got === 0) break;
    at += got;
  }
  return bytes;
}

/** Cuts a file back to its last whole chunk and writes the footer, so that every tool opens it; null where nothing was to be done. */
function repairFile(file: FileScan, info: StreamInfo): Repaired | null {
  if (file.closed && file.damage.length === 0 && file.tornBytes === 0) return null;
  const promised = info.files.some((f) => f.file === file.file);
  const fd = openSync(file.path, 'r+');
  try {
    const whole = file.head === null ? [] : file.chunks.filter((s) => crc32(bytesOf(fd, s)) === s.crc);
    const last = whole.at(-1);
    if (file.head === null || (last === undefined && !promised)) {
      // Without a head there is nothing to read; a file that nobody has closed and that holds no rows is what a kill at its birth leaves.
      if (promised || file.chunks.length > 0) return null;
      rmSync(file.path);
      rmSync(sumsPath(file.path), { force: true });
      return { path: file.path, chunks: 0, rows: 0, cut: file.size, left: 0 };
    }
    // Chunks that fail at the very end were torn; those in front of a whole one are damage, which is not for a repair to hide.
    const kept = promised ? file.chunks : file.chunks.filter((s) => last !== undefined && s.index <= last.index);
    const tail = kept.at(-1);
    const end = tail === undefined ? file.end : tail.offset + tail.length;
    const records = tail === undefined ? 1 : tail.index + 1;
    writeFoot(file, whole, end, records, fd);
    return {
      path: file.path, chunks: whole.length, rows: whole.reduce((sum, s) => sum + s.rows, 0), cut: Math.max(0, file.size - end),
      left: kept.length - whole.length,
    };
  } finally {
    closeSync(fd);
  }
}

function writeFoot(file: FileScan, whole: readonly Sums[], end: number, records: number, fd: number): void {
  const ipc = new IpcWriter();
  const blocks = whole.map((s): Block => ({ offset: s.offset, metaDataLength: s.metaLength, bodyLength: s.length - s.metaLength }));
  ipc.resume(file.head!, blocks, end);
  const foot = ipc.foot();
  ftruncateSync(fd, end);
  const data = openSync(file.path, 'a');
  const sums = openSync(sumsPath(file.path), 'a');
  try {
    ftruncateSync(sums, records * SUMS_BYTES);
    DISK.append(data, foot.parts);
    let crc = 0;
    for (const part of foot.parts) crc = crc32(part, crc);
    fsyncSync(data);
    DISK.append(sums, [encodeSums({
      kind: 'foot', index: records, rows: 0, offset: end, length: foot.length, firstSeq: 0, lastSeq: 0, minTs: 0, maxTs: 0, metaLength: 0,
      crc,
    })]);
    fsyncSync(sums);
  } finally {
    closeSync(data);
    closeSync(sums);
  }
}

export function repairStream(folder: string, info: StreamInfo): Repaired[] {
  return scanStream(folder, info).files.map((f) => repairFile(f, info)).filter((r) => r !== null);
}

const closedFiles = (scan: StreamScan): ClosedFile[] => scan.files.filter((f) => f.closed).map((f) => ({
  file: f.file, chunks: f.chunks.length, rows: f.chunks.reduce((sum, c) => sum + c.rows, 0), bytes: f.size,
}));

/** Repairs every file of a recording and writes down that it is closed. Nobody may be writing to it. */
export function repairRecording(folder: string): Repaired[] {
  const manifest = readManifest(folder);
  const done = manifest.streams.flatMap((info) => repairStream(folder, info));
  const streams = manifest.streams.map((info) => {
    const promised = new Map(info.files.map((f) => [f.file, f]));
    const files = closedFiles(scanStream(folder, info)).map((f) => promised.get(f.file) ?? f);
    return { ...info, files };
  });
  writeManifest(folder, { ...manifest, streams, writer: null, closed: manifest.closed ?? new Date().toISOString() });
  return done;
}

/** Where a stream goes on that was recorded (and repaired) before; null when it has no rows and no files. */
export function resumeOf(folder: string, info: StreamInfo): Resume | null {
  const scan = scanStream(folder, info);
  const nextFile = (filesOf(folder, info.id).at(-1)?.number ?? 0) + 1;
  let seq = 0;
  let rows = 0;
  for (const file of scan.files.slice().reverse()) {
    for (const sums of file.chunks.slice().reverse()) {
      const chunk = decodeOne(file, sums, info);
      if (chunk === null) continue;
      if (rows === 0) seq = sums.lastSeq;
      for (let i = chunk.n - 1; i >= 0; i--) {
        if (chunk.seq[i] !== seq) return { seq, rows, nextFile };
        rows++;
      }
    }
  }
  return { seq, rows, nextFile };
}

function decodeOne(file: FileScan, sums: Sums, info: StreamInfo): RecordedChunk | null {
  const fd = openSync(file.path, 'r');
  try {
    const bytes = bytesOf(fd, sums);
    if (file.head === null || crc32(bytes) !== sums.crc) return null;
    return new ChunkDecoder(info.schema, new KeyTable()).decode(bytes, sums, file.head.schema);
  } finally {
    closeSync(fd);
  }
}
