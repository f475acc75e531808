import { crc32 } from 'node:zlib';

/**
 * One record of a sidecar (`trades.000001.sums`), 80 bytes, little-endian. It is appended after the bytes that it describes: a record that
 * is there and whole promises that they were written, and its checksums say whether they still are what was written.
 *
 * Sidecar rather than inside the Arrow file: the file stays one that every tool opens, a seek reads 80 bytes per chunk and nothing of the
 * data, and a flipped bit in one of the two cannot forge the other.
 */
export interface Sums {
  readonly kind: SumsKind;
  /** Place of the record in its sidecar. */
  readonly index: number;
  readonly rows: number;
  /** Place and length of the bytes in the data file. */
  readonly offset: number;
  readonly length: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly minTs: number;
  readonly maxTs: number;
  /** Bytes of the Arrow message's metadata; its body follows. */
  readonly metaLength: number;
  readonly crc: number;
}

/** `head`: magic, schema and dictionaries. `rows`: one record batch. `foot`: the footer, after which the file is closed. */
export type SumsKind = 'head' | 'rows' | 'foot';

export const SUMS_BYTES = 80;
const MAGIC = 0x4d_52_53_31;
const KINDS: readonly SumsKind[] = ['head', 'rows', 'foot'];

export function encodeSums(s: Sums): Buffer {
  const b = Buffer.alloc(SUMS_BYTES);
  b.writeUInt32LE(MAGIC, 0);
  b.writeUInt32LE(KINDS.indexOf(s.kind), 4);
  b.writeUInt32LE(s.index, 8);
  b.writeUInt32LE(s.rows, 12);
  b.writeDoubleLE(s.offset, 16);
  b.writeDoubleLE(s.length, 24);
  b.writeDoubleLE(s.firstSeq, 32);
  b.writeDoubleLE(s.lastSeq, 40);
  b.writeDoubleLE(s.minTs, 48);
  b.writeDoubleLE(s.maxTs, 56);
  b.writeUInt32LE(s.metaLength, 64);
  b.writeUInt32LE(0, 68);
  b.writeUInt32LE(s.crc, 72);
  b.writeUInt32LE(crc32(b.subarray(0, 76)), 76);
  return b;
}

/** The record at a place of a sidecar, or null when its bytes are not what was written. */
export function decodeSums(bytes: Buffer, at: number): Sums | null {
  if (at + SUMS_BYTES > bytes.length) return null;
  const b = bytes.subarray(at, at + SUMS_BYTES);
  if (b.readUInt32LE(0) !== MAGIC || crc32(b.subarray(0, 76)) !== b.readUInt32LE(76)) return null;
  const kind = KINDS[b.readUInt32LE(4)];
  if (kind === undefined) return null;
  return {
    kind, index: b.readUInt32LE(8), rows: b.readUInt32LE(12), offset: b.readDoubleLE(16), length: b.readDoubleLE(24),
    firstSeq: b.readDoubleLE(32), lastSeq: b.readDoubleLE(40), minTs: b.readDoubleLE(48), maxTs: b.readDoubleLE(56),
    metaLength: b.readUInt32LE(64), crc: b.readUInt32LE(72),
  };
}
