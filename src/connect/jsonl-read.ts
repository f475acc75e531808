import { basename } from 'node:path';
import type { Chunk, SourceContext } from '../core/connector.ts';
import { BadRows } from './bad-rows.ts';
import { CHUNK_ROWS, ChunkBuffer } from './chunk-buffer.ts';
import { openBlocks, resolvePaths, stemOf } from './files.ts';
import type { ByteBlocks } from './files.ts';
import type { RawReader } from './ordered.ts';
import { RecordDecoder, parseRecord } from './record-decode.ts';

const LF = 10;

/** Rows of files with one JSON object a line; `{"heartbeat": time}` moves event time and carries no row. */
export class JsonlReader implements RawReader {
  readonly bad = new BadRows();
  private readonly ctx: SourceContext;
  private readonly paths: readonly string[];
  private readonly decoder: RecordDecoder;
  private readonly out: ChunkBuffer;
  private file = -1;
  private blocks: ByteBlocks | null = null;
  private rest: Buffer = Buffer.alloc(0);
  private pos = 0;
  private line = 0;
  private stem = '';

  constructor(ctx: SourceContext, rows = CHUNK_ROWS) {
    this.ctx = ctx;
    this.paths = resolvePaths(ctx.args.path, ctx.base);
    this.decoder = new RecordDecoder(ctx, this.bad, this.paths.map((p) => basename(p)).join(', '));
    this.out = new ChunkBuffer(ctx.schema, rows);
  }

  get symbols(): readonly string[] {
    return this.decoder.table.texts;
  }

  async close(): Promise<void> {
    await this.blocks?.close();
    this.blocks = null;
    this.file = this.paths.length;
  }

  async next(): Promise<Chunk | null> {
    this.out.n = 0;
    while (!this.out.full) {
      if (this.blocks === null && !(await this.openNext())) break;
      this.lines();
      if (this.out.full) break;
      const block = await this.blocks!.next();
      if (block === null) {
        if (this.pos < this.rest.length) this.take(this.rest.toString('utf8', this.pos));
        this.rest = Buffer.alloc(0);
        this.pos = 0;
        await this.blocks!.close();
        this.blocks = null;
      } else {
        this.rest = Buffer.concat([this.rest.subarray(this.pos), block]);
        this.pos = 0;
      }
    }
    return this.out.n === 0 ? null : this.out;
  }

  private lines(): void {
    while (!this.out.full) {
      const end = this.rest.indexOf(LF, this.pos);
      if (end < 0) return;
      const text = this.rest.toString('utf8', this.pos, end);
      this.pos = end + 1;
      this.take(text);
    }
  }

  private take(raw: string): void {
    this.line++;
    const text = (this.line === 1 && raw.startsWith('\ufeff') ? raw.slice(1) : raw).trim();
    if (text === '') return;
    const record = parseRecord(text);
    if (record === null) this.bad.add(this.line, 'E757', 'the line is no JSON object', text);
    else this.decoder.add(this.out, record, this.line, this.stem);
  }

  private async openNext(): Promise<boolean> {
    if (++this.file >= this.paths.length) return false;
    const path = this.paths[this.file];
    this.blocks = await openBlocks(path);
    this.decoder.restart();
    this.line = 0;
    this.stem = this.ctx.args.symbol === undefined ? stemOf(path) : String(this.ctx.args.symbol);
    return true;
  }
}
