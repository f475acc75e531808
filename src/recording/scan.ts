import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { readHead, type Head } from './ipc.ts';
import type { ClosedFile, StreamInfo } from './manifest.ts';
import { filesOf, sumsPath } from './names.ts';
import { decodeSums, SUMS_BYTES, type Sums } from './sums.ts';

/** Something that is not as it was written: where, and how many bytes and rows it concerns as far as that is known. */
export interface Damage {
  readonly path: string;
  readonly offset: number;
  readonly what: string;
  /** Index of the chunk from which on it counts. */
  readonly chunk: number;
}

/** What can be read of one data file by what its sidecar promises; the chunks' own bytes are checked when they are read. */
export interface FileScan {
  readonly path: string;
  readonly file: string;
  /** Chunks that are promised and fit into the file, in order. */
  readonly chunks: readonly Sums[];
  readonly head: Head | null;
  /** Has its footer: nothing is missing unless it is damaged. */
  readonly closed: boolean;
  /** Nothing was written after it in its stream: a torn end is what a killed process leaves. */
  readonly last: boolean;
  /** End of the last piece that fits; what lies behind it was torn. */
  readonly end: number;
  readonly size: number;
  /** Records of the sidecar that are whole and chained. */
  readonly records: number;
  readonly tornBytes: number;
  readonly damage: readonly Damage[];
}

export interface StreamScan {
  readonly info: StreamInfo;
  readonly files: readonly FileScan[];
  readonly rows: number;
  readonly damage: readonly Damage[];
}

/** Reads the sidecars of a stream: some kilobytes for millions of rows, and nothing of the data but the heads. */
export function scanStream(folder: string, info: StreamInfo): StreamScan {
  const found = filesOf(folder, info.id);
  const files = found.map((f, i) =>
    scanFile(f.path, f.file, i === found.length - 1, info.files.find((c) => c.file === f.file) ?? null));
  const missing = info.files.filter((c) => !found.some((f) => f.file === c.file)).map((c): Damage =>
    ({ path: `${folder}/${c.file}`, offset: 0, what: `the file is missing, with ${c.rows} rows`, chunk: 0 }));
  return {
    info, files, rows: files.reduce((sum, f) => sum + f.chunks.reduce((s, c) => s + c.rows, 0), 0),
    damage: [...missing, ...files.flatMap((f) => f.damage)],
  };
}

function scanFile(path: string, file: string, last: boolean, promised: ClosedFile | null): FileScan {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const bytes = existsSync(sumsPath(path)) ? readFileSync(sumsPath(path)) : Buffer.alloc(0);
    const walk = walkSums(path, bytes, size);
    const first = walk.records[0];
    const head = first?.kind === 'head' ? headOf(fd, first) : null;
    const chunks = walk.records.filter((r) => r.kind === 'rows');
    const closed = walk.records.at(-1)?.kind === 'foot';
    const damage = [...walk.damage];
    if (head === null && first !== undefined) damage.unshift({ path, offset: 0, what: 'its head is not what was written', chunk: 0 });
    // In a file that nothing was to be added to, an end that does not fit is no torn one.
    const cut = walk.torn && (!last || promised !== null || closed);
    if (cut && damage.length === 0) damage.push({ path, offset: walk.end, what: 'its end is missing', chunk: chunks.length });
    if (promised !== null && chunks.length < promised.chunks && damage.length === 0) {
      damage.push({ path, offset: walk.end, what: `it had ${promised.chunks} chunks and has ${chunks.length}`, chunk: chunks.length });
    }
    return {
      path, file, chunks, head, closed, last, end: walk.end, size, records: walk.records.length, tornBytes: size - walk.end, damage,
    };
  } finally {
    closeSync(fd);
  }
}

interface Walk {
  readonly records: Sums[];
  readonly end: number;
  readonly torn: boolean;
  readonly damage: Damage[];
}

/** Follows the records while each begins where the one before it ended; one that cannot be read is damage when others follow it. */
function walkSums(path: string, bytes: Buffer, size: number): Walk {
  const records: Sums[] = [];
  const damage: Damage[] = [];
  const count = Math.floor(bytes.length / SUMS_BYTES);
  let end = 0;
  let torn = bytes.length % SUMS_BYTES !== 0;
  let pending: Damage | null = null;
  for (let i = 0; i < count; i++) {
    const s = decodeSums(bytes, i * SUMS_BYTES);
    const fits = s !== null && s.index === i && (pending === null ? s.offset === end : s.offset >= end) && (i > 0) === (s.kind !== 'head');
    if (!fits) {
      pending ??= { path: sumsPath(path), offset: i * SUMS_BYTES, what: 'a record of the sidecar is not what was written',
        chunk: records.filter((r) => r.kind === 'rows').length };
      continue;
    }
    if (s.offset + s.length > size) {
      torn = true;
      break;
    }
    if (pending !== null) damage.push(pending);
    pending = null;
    records.push(s);
    end = s.offset + s.length;
  }
  return { records, end, torn: torn || pending !== null || end < size, damage };
}

function headOf(fd: number, s: Sums): Head | null {
  const bytes = Buffer.alloc(s.length);
  readSync(fd, bytes, 0, s.length, s.offset);
  return crc32(bytes) === s.crc ? readHead(bytes) : null;
}
