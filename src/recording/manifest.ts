import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Refusal } from '../core/diagnostic.ts';
import type { Schema, Type } from '../core/types.ts';

export const MANIFEST = 'recording.json';
const FORMAT = 1;

/** A data file that nothing will be added to. */
export interface ClosedFile {
  readonly file: string;
  readonly chunks: number;
  readonly rows: number;
  readonly bytes: number;
}

/** A stream of a recording: what a source ingested, or what a node emitted. */
export interface StreamInfo {
  readonly id: string;
  readonly kind: 'source' | 'node';
  readonly schema: Schema;
  /** The seq that the end of the source had, where it ended while it was recorded. */
  readonly ended: number | null;
  readonly files: readonly ClosedFile[];
}

/** What `recording.json` says. Everything that grows with the rows is in the sidecars. */
export interface Manifest {
  readonly format: number;
  readonly pipeline: string;
  /** Hash of the compiled plan, where a pipeline was recorded. */
  readonly plan: string | null;
  /** Symbols that could pass, or null for all. */
  readonly universe: readonly string[] | null;
  readonly created: string;
  /** The process that writes it; null when it is closed. */
  readonly writer: { readonly pid: number; readonly host: string } | null;
  /** Null while it is recorded, and for good when the process ended without a word. */
  readonly closed: string | null;
  /** Nothing is missing at the end of any stream: false where a process was killed, a disk was full, or a repair had to cut. */
  readonly complete: boolean;
  readonly streams: readonly StreamInfo[];
}

export const newManifest = (m: Omit<Manifest, 'format' | 'closed' | 'complete' | 'writer'>): Manifest =>
  ({ format: FORMAT, ...m, writer: { pid: process.pid, host: hostname() }, closed: null, complete: false });

/** True while the process that writes the recording is alive on this machine. */
export function isBeingWritten({ writer, closed }: Manifest): boolean {
  if (writer === null || closed !== null || writer.host !== hostname() || writer.pid === process.pid) return false;
  try {
    process.kill(writer.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Written beside and renamed, so that it is always whole. */
export function writeManifest(folder: string, manifest: Manifest): void {
  const path = join(folder, MANIFEST);
  const fd = openSync(`${path}.new`, 'w');
  try {
    writeSync(fd, `${JSON.stringify(manifest, null, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.new`, path);
}

export const isRecording = (folder: string): boolean => existsSync(join(folder, MANIFEST));

const NAMED: readonly unknown[] = ['f64', 'i64', 'bool', 'text', 'time', 'duration'];

const isText = (x: unknown): x is string => typeof x === 'string';
const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;
const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);
const isListOf = <T>(x: unknown, is: (item: unknown) => item is T): x is T[] => Array.isArray(x) && x.every(is);

const isType = (x: unknown): x is Type => NAMED.includes(x)
  || (isObject(x) && x.kind === 'enum' && isText(x.name) && isListOf(x.values, isText) && x.values.length > 0);

const isField = (x: unknown): x is Schema[number] => isObject(x) && isText(x.name) && isType(x.type);

const isFile = (x: unknown): x is ClosedFile =>
  isObject(x) && isText(x.file) && !/[/\\]/.test(x.file) && isCount(x.chunks) && isCount(x.rows) && isCount(x.bytes);

const isStream = (x: unknown): x is StreamInfo =>
  isObject(x) && isText(x.id) && !/[/\\]|^\.*$/.test(x.id) && (x.kind === 'source' || x.kind === 'node') && isListOf(x.schema, isField)
  && (x.ended === null || isCount(x.ended)) && isListOf(x.files, isFile);

const isWriter = (x: unknown): boolean => isObject(x) && isCount(x.pid) && isText(x.host);

const isManifest = (x: unknown): x is Manifest =>
  isObject(x) && isText(x.pipeline) && (x.plan === null || isText(x.plan)) && (x.universe === null || isListOf(x.universe, isText))
  && isText(x.created) && (x.writer === null || isWriter(x.writer)) && (x.closed === null || isText(x.closed))
  && typeof x.complete === 'boolean' && isListOf(x.streams, isStream);

export function readManifest(folder: string): Manifest {
  const path = join(folder, MANIFEST);
  if (!existsSync(path)) {
    throw new Refusal('E782', `${folder} is no recording: it has no ${MANIFEST}`, {
      exit: 7, help: ['millrace record, millrace run --record and millrace data import make recordings'],
    });
  }
  let value: unknown = null;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Said below, with what a manifest must be.
  }
  if (isObject(value) && value.format !== FORMAT && isCount(value.format)) {
    throw new Refusal('E782', `${path} has format ${value.format}, this version reads ${FORMAT}`, {
      exit: 7, help: ['use the version of Millrace that made it'],
    });
  }
  if (isManifest(value)) return value;
  throw new Refusal('E782', `${path} is damaged: it does not say what the recording holds`, {
    exit: 7, help: ['the .arrow files beside it can still be read on their own: `millrace data check FILE.arrow`'],
  });
}
