import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import type { LogMessage } from '../../core/log.ts';

/** Where a source log has been read to, and what says that it is still the same log with the same history. */
export interface SourcePosition {
  readonly name: string;
  readonly created: string;
  /** Sequence of the last message taken; 0 when none was. */
  readonly seq: number;
  /** Of the message at `seq`; empty when none was taken. */
  readonly fingerprint: string;
  /** First sequence ever wanted: where a start without any checkpoint begins again. */
  readonly origin: number;
  /** Merge key of the last message, where several logs are merged by event time. */
  readonly key: number;
}

/** What an output log had stored when the checkpoint was written: never less than what came out before the cut. */
export interface OutputPosition {
  readonly name: string;
  readonly created: string;
  readonly seq: number;
  readonly id: string;
  /** Sequence of the last message before the cut, where the log is this run's alone; -1 where it cannot be told. */
  readonly exact: number;
}

export interface Checkpoint {
  readonly plan: string;
  readonly partition: number;
  /** Lease under which it was written. */
  readonly epoch: number;
  readonly sources: readonly SourcePosition[];
  /** Messages taken from all logs together. */
  readonly messages: number;
  readonly outputs: readonly OutputPosition[];
  readonly engine: Uint8Array;
}

const MAGIC = 'MRCK';
const FORMAT = 1;
const HEAD = 4 + 4 + 32;

/** A checkpoint as bytes: magic, format, SHA-256 of the rest, the rest. */
export function encodeCheckpoint(c: Checkpoint): Uint8Array {
  const body = serialize(c);
  const out = Buffer.alloc(HEAD + body.length);
  out.write(MAGIC, 0, 'latin1');
  out.writeUInt32LE(FORMAT, 4);
  createHash('sha256').update(body).digest().copy(out, 8);
  body.copy(out, HEAD);
  return out;
}

/** The checkpoint in bytes, or why it cannot be used. Nothing is decoded before the hash is right. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint | string {
  const b = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (b.length < HEAD || b.toString('latin1', 0, 4) !== MAGIC) return 'it is no checkpoint';
  const format = b.readUInt32LE(4);
  if (format !== FORMAT) return `it has format ${format}, this version reads ${FORMAT}`;
  const body = b.subarray(HEAD);
  if (!createHash('sha256').update(body).digest().equals(b.subarray(8, HEAD))) return 'its hash is wrong: it is torn or corrupt';
  return deserialize(body) as Checkpoint;
}

/** Bytes at either end of a payload that its fingerprint covers: all of an ordinary message. */
const COVERED = 1024;

/** What is needed of a message to know it again, kept beyond its life. */
export interface Remembered {
  readonly subject: string;
  readonly time: number;
  readonly size: number;
  readonly ends: Uint8Array;
}

export function remember(m: Pick<LogMessage, 'subject' | 'time' | 'payload'>): Remembered {
  const { payload: p } = m;
  const ends = p.length <= 2 * COVERED ? p.slice() : Buffer.concat([p.subarray(0, COVERED), p.subarray(p.length - COVERED)]);
  return { subject: m.subject, time: m.time, size: p.length, ends };
}

export const fingerprint = (m: Remembered): string =>
  createHash('sha256').update(`${m.subject}\n${m.time}\n${m.size}\n`).update(m.ends).digest('hex').slice(0, 32);
