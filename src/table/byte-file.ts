import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Refusal } from '../core/diagnostic.ts';
import type { ByteSink, FileFacts } from '../core/table.ts';

/** Text is gathered up to this many characters before it is written. */
export const HELD_TEXT = 1 << 18;

export const unwritable = (path: string, cause: unknown): Refusal =>
  new Refusal('E710', `cannot write ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { exit: 7, cause });

/** The name that a file has until it is whole. */
export const partOf = (path: string): string => join(dirname(path), `.${basename(path)}.${process.pid}.part`);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Takes away what processes that were killed while they wrote this file have left beside it. */
export function removeStale(path: string): void {
  const own = `.${basename(path)}.`;
  for (const name of readdirSync(dirname(path))) {
    const pid = name.startsWith(own) ? /^(\d+)\.part(-\w+)?$/.exec(name.slice(own.length))?.[1] : undefined;
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(dirname(path), name), { force: true });
  }
}

/**
 * A file that has its name only once it is whole: bytes go to a name beside it, `commit` renames that one. Written synchronously, so that
 * a slow disk holds the rows up instead of growing a queue.
 */
export class ByteFile implements ByteSink {
  readonly path: string;
  private readonly part: string;
  private readonly fd: number;
  private readonly digest = createHash('sha256');
  private parts: string[] = [];
  private length = 0;
  private written = 0;
  private facts: FileFacts | null = null;

  constructor(path: string) {
    this.path = path;
    this.part = partOf(path);
    try {
      mkdirSync(dirname(path), { recursive: true });
      removeStale(path);
      this.fd = openSync(this.part, 'w');
    } catch (cause) {
      throw unwritable(path, cause);
    }
  }

  /** Characters that wait to be written. */
  get held(): number {
    return this.length;
  }

  text(text: string): void {
    this.parts.push(text);
    this.length += text.length;
    if (this.length >= HELD_TEXT) this.drain();
  }

  bytes(bytes: Uint8Array): void {
    this.drain();
    this.put(bytes);
  }

  /** Writes what is held and closes the file, which keeps its other name. */
  finish(): FileFacts {
    if (this.facts === null) {
      this.drain();
      closeSync(this.fd);
      this.facts = { bytes: this.written, sha256: this.digest.digest('hex') };
    }
    return this.facts;
  }

  commit(): void {
    this.finish();
    renameSync(this.part, this.path);
  }

  discard(): void {
    if (this.facts === null) closeSync(this.fd);
    this.facts = { bytes: 0, sha256: '' };
    rmSync(this.part, { force: true });
  }

  private drain(): void {
    if (this.length === 0) return;
    const text = this.parts.join('');
    this.parts = [];
    this.length = 0;
    this.put(Buffer.from(text, 'utf8'));
  }

  private put(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.fd, bytes, at);
    } catch (cause) {
      throw unwritable(this.path, cause);
    }
    this.digest.update(bytes);
    this.written += bytes.length;
  }
}
