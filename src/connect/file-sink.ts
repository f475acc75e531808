import { closeSync, existsSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { OutputContext } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';

const BLOCK = 1 << 20;

function write(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

/**
 * A file that rows are written to in blocks. Written synchronously: a slow disk holds the stream up instead of growing a queue. A `.gz`
 * file is made of members of a block each, and is complete only after `close`.
 */
export class FileSink {
  readonly path: string;
  /** True where `exists: append` found rows already. */
  readonly appended: boolean;
  private readonly fd: number;
  private readonly gzip: boolean;
  private parts: string[] = [];
  private held = 0;
  private closed = false;

  constructor(ctx: OutputContext) {
    this.path = resolve(ctx.base, String(ctx.args.path).replaceAll('{pipeline}', ctx.pipeline).replaceAll('{output}', ctx.id));
    this.gzip = this.path.endsWith('.gz');
    const there = existsSync(this.path);
    if (there && ctx.args.exists === 'refuse') {
      throw new Refusal('E710', `${this.path} exists already`, { exit: 7, help: ['remove it, write elsewhere, or set `exists: replace`'] });
    }
    this.appended = there && ctx.args.exists === 'append';
    try {
      mkdirSync(dirname(this.path), { recursive: true });
      this.fd = openSync(this.path, this.appended ? 'a' : 'w');
    } catch (cause) {
      throw new Refusal('E710', `cannot write ${this.path}: ${cause instanceof Error ? cause.message : String(cause)}`, { exit: 7, cause });
    }
  }

  text(text: string): void {
    this.parts.push(text);
    this.held += text.length;
    if (this.held >= BLOCK) this.drain();
  }

  bytes(bytes: Uint8Array): void {
    write(this.fd, bytes);
  }

  flush(): void {
    if (!this.gzip) this.drain();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.drain();
    closeSync(this.fd);
  }

  private drain(): void {
    if (this.held === 0) return;
    const bytes = Buffer.from(this.parts.join(''), 'utf8');
    write(this.fd, this.gzip ? gzipSync(bytes) : bytes);
    this.parts = [];
    this.held = 0;
  }
}
