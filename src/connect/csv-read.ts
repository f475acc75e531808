import { basename } from 'node:path';
import type { Chunk, SourceContext } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import { BadRows } from './bad-rows.ts';
import { ByteTable } from './byte-table.ts';
import { CHUNK_ROWS, ChunkBuffer } from './chunk-buffer.ts';
import { CsvDecoder } from './csv-decode.ts';
import { BROKEN, CsvScanner, MORE, ROW } from './csv-scan.ts';
import { openBlocks, resolvePaths, stemOf } from './files.ts';
import type { ByteBlocks } from './files.ts';
import { planColumns } from './mapping.ts';
import type { RawReader } from './ordered.ts';
import { zoneOf } from './zone.ts';

/** The byte of a `delimiter:` setting. */
export function delimiterOf(value: unknown): number {
  const text = value === undefined ? ',' : value === 'tab' || value === '\\t' ? '\t' : String(value);
  if (text.length === 1 && text.charCodeAt(0) < 128 && !'"\r\n'.includes(text)) return text.charCodeAt(0);
  throw new Refusal('E708', `\`delimiter\` is \`${text}\``, { exit: 3, help: ['write one character such as "," or ";", or `tab`'] });
}

const BOM = [0xef, 0xbb, 0xbf];

/** Rows of CSV files, one after another, in file order and constant memory. */
export class CsvReader implements RawReader {
  readonly bad = new BadRows();
  private readonly ctx: SourceContext;
  private readonly paths: readonly string[];
  private readonly scanner: CsvScanner;
  private readonly table = new ByteTable();
  private readonly out: ChunkBuffer;
  private file = -1;
  private blocks: ByteBlocks | null = null;
  private decoder: CsvDecoder | null = null;

  constructor(ctx: SourceContext, rows = CHUNK_ROWS) {
    this.ctx = ctx;
    this.paths = resolvePaths(ctx.args.path, ctx.base);
    this.scanner = new CsvScanner(delimiterOf(ctx.args.delimiter));
    this.out = new ChunkBuffer(ctx.schema, rows);
  }

  get symbols(): readonly string[] {
    return this.table.texts;
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
      if (this.fill() === MORE) await this.feed();
      else if (!this.out.full) {
        await this.blocks?.close();
        this.blocks = null;
      }
    }
    return this.out.n === 0 ? null : this.out;
  }

  /** Decodes rows until the chunk is full, bytes are missing, or the file has ended. */
  private fill(): number {
    const { scanner, out } = this;
    const decoder = this.decoder!;
    while (out.n < out.capacity) {
      const found = scanner.scan();
      if (found === ROW) {
        if (scanner.fields === 1 && scanner.rowStart === scanner.rowEnd) continue;
        decoder.row(out);
      } else if (found === BROKEN) {
        this.bad.add(scanner.line, 'E758', `${this.placeOf()}quotes are not balanced`, scanner.rawRow());
      } else {
        return found;
      }
    }
    return ROW;
  }

  private async feed(): Promise<void> {
    const block = await this.blocks!.next();
    if (block === null) this.scanner.eof = true;
    else this.scanner.feed(block);
  }

  /** With several files, a bad row says which. */
  private placeOf(): string {
    return this.paths.length > 1 ? `${basename(this.paths[this.file])}: ` : '';
  }

  private async openNext(): Promise<boolean> {
    if (++this.file >= this.paths.length) return false;
    const path = this.paths[this.file];
    this.blocks = await openBlocks(path);
    this.scanner.reset();
    const names = await this.header(path);
    const plan = planColumns(names, this.ctx, basename(path));
    this.decoder = new CsvDecoder({
      plan, scanner: this.scanner, bad: this.bad, symbols: this.table, width: names.length, place: this.placeOf(),
      stem: this.ctx.args.symbol === undefined ? stemOf(path) : String(this.ctx.args.symbol), zone: zoneOf(this.ctx.time.timezone),
    });
    return true;
  }

  private async header(path: string): Promise<string[]> {
    const { scanner } = this;
    do await this.feed(); while (scanner.end < BOM.length && !scanner.eof);
    if (BOM.every((b, i) => scanner.end > i && scanner.buf[i] === b)) scanner.pos = BOM.length;
    for (;;) {
      const at = scanner.pos;
      const found = scanner.scan();
      if (found === ROW && scanner.rowStart === scanner.rowEnd) continue;
      if (found === ROW) {
        const names = Array.from({ length: scanner.fields }, (_, i) => scanner.text(i).trim());
        if (this.ctx.args.header !== false) return names;
        scanner.pos = at;
        scanner.unread();
        return names.map((_, i) => String(i + 1));
      }
      if (found !== MORE) {
        throw new Refusal('E703', `${basename(path)} ${found === BROKEN ? 'has a header with unbalanced quotes' : 'is empty'}`, {
          exit: 7, help: ['the first line names the columns, unless `header: false`'],
        });
      }
      await this.feed();
    }
  }
}
