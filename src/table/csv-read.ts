import { basename } from 'node:path';
import { CsvScanner, MORE, ROW } from '../connect/csv-scan.ts';
import { openBlocks, type ByteBlocks } from '../connect/files.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { Block, Cell, TableReader } from '../core/table.ts';
import { parseTime } from '../core/time.ts';
import type { Schema, Type } from '../core/types.ts';
import { BLOCK_ROWS, RowBlock } from './row-block.ts';

const COMMA = 44;

/** The value of a cell, or undefined where the text does not fit the type. */
function parse(text: string, isQuoted: boolean, type: Type): Cell | undefined {
  if (text === '' && !isQuoted) return null;
  if (type === 'text') return text;
  if (type === 'time') return parseTime(text) ?? (/^-?\d+$/.test(text) ? Number(text) : undefined);
  if (type === 'bool') return text === 'true' ? 1 : text === 'false' ? 0 : undefined;
  if (typeof type === 'object') {
    const at = type.values.indexOf(text);
    return at < 0 ? undefined : at;
  }
  const x = Number(text);
  return x === x && text.trim() === text && text !== '' ? x : undefined;
}

/** Reads a table that `CsvEncoder` wrote, its schema known, in blocks. Refused (E703) where the file is something else. */
export class CsvTableReader implements TableReader {
  readonly schema: Schema;
  private readonly path: string;
  private readonly scanner = new CsvScanner(COMMA);
  private readonly block: RowBlock;
  private readonly row: Cell[];
  private blocks: ByteBlocks | null = null;

  constructor(path: string, schema: Schema, blockRows = BLOCK_ROWS) {
    this.path = path;
    this.schema = schema;
    this.block = new RowBlock(schema, blockRows);
    this.row = schema.map(() => null);
  }

  async next(): Promise<Block | null> {
    if (this.blocks === null) {
      this.blocks = await openBlocks(this.path);
      if (!(await this.scan()) || this.schema.some((f, c) => this.scanner.text(c) !== f.name)) throw this.refuse('its columns are others');
    }
    this.block.n = 0;
    while (!this.block.full && (await this.scan())) this.take();
    return this.block.n === 0 ? null : this.block;
  }

  async close(): Promise<void> {
    await this.blocks?.close();
  }

  /** Moves on to the next row; false at the end. */
  private async scan(): Promise<boolean> {
    const { scanner } = this;
    for (;;) {
      const found = scanner.scan();
      if (found === ROW) {
        if (scanner.fields !== this.schema.length) throw this.refuse(`line ${scanner.line} has ${scanner.fields} fields`);
        return true;
      }
      if (found !== MORE) {
        if (scanner.eof && scanner.pos >= scanner.end) return false;
        throw this.refuse(`line ${scanner.line} has unbalanced quotes`);
      }
      const bytes = await (this.blocks as ByteBlocks).next();
      if (bytes === null) scanner.eof = true;
      else scanner.feed(bytes);
    }
  }

  private take(): void {
    const { scanner, schema, row } = this;
    for (let c = 0; c < schema.length; c++) {
      const text = scanner.text(c);
      const cell = parse(text, scanner.quoted[c] > 0, schema[c].type);
      if (cell === undefined) throw this.refuse(`line ${scanner.line}: \`${text.slice(0, 40)}\` does not fit \`${schema[c].name}\``);
      row[c] = cell;
    }
    this.block.push(row);
  }

  private refuse(what: string): Refusal {
    return new Refusal('E703', `${basename(this.path)} is not the table that was written: ${what}`, { exit: 7 });
  }
}
