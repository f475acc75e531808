import type { Column } from '../core/frame.ts';
import type { Block, ByteSink, TableEncoder } from '../core/table.ts';
import { TimeRenderer } from '../core/time.ts';
import type { Schema, Type } from '../core/types.ts';

/** The text of a cell or null: the shortest number that reads back as the same double, words by name, times in ISO-8601. */
function cellText(col: Column, i: number, type: Type, times: TimeRenderer): string | null {
  const value = col[i];
  if (value === null || typeof value === 'string') return value;
  if (value !== value) return null;
  if (typeof type === 'object') return type.values[value] ?? null;
  if (type === 'bool') return value === 1 ? 'true' : 'false';
  if (type === 'time') return times.render(value);
  return Object.is(value, -0) ? '-0' : String(value);
}

/** What needs quotes: delimiters and breaks, blanks at the ends that a reader may trim, and the empty text, which is no null. */
const SPECIAL = /[",\r\n]|^\s|\s$|^$|^\ufeff/;

const quoted = (text: string): string => (SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** CSV (RFC 4180, with LF): a line of names, then the rows. Null is an empty field, the empty text is `""`. */
export class CsvEncoder implements TableEncoder {
  private readonly schema: Schema;
  private readonly out: ByteSink;
  private readonly times: readonly TimeRenderer[];

  constructor(schema: Schema, out: ByteSink) {
    this.schema = schema;
    this.out = out;
    this.times = schema.map(() => new TimeRenderer());
    out.text(`${schema.map((f) => quoted(f.name)).join(',')}\n`);
  }

  write({ n, cols }: Block): void {
    const { schema, times } = this;
    for (let i = 0; i < n; i++) {
      let line = '';
      for (let c = 0; c < cols.length; c++) {
        const { type } = schema[c];
        const cell = cellText(cols[c], i, type, times[c]);
        if (c > 0) line += ',';
        if (cell !== null) line += type === 'text' || typeof type === 'object' ? quoted(cell) : cell;
      }
      this.out.text(`${line}\n`);
    }
  }

  finish(): void {}
}

const isBare = (type: Type): boolean => type === 'f64' || type === 'i64' || type === 'bool' || type === 'duration';

/** One JSON object a line. JSON has no infinite numbers: they are null there. */
export class JsonlEncoder implements TableEncoder {
  private readonly schema: Schema;
  private readonly out: ByteSink;
  private readonly names: readonly string[];
  private readonly times: readonly TimeRenderer[];

  constructor(schema: Schema, out: ByteSink) {
    this.schema = schema;
    this.out = out;
    this.times = schema.map(() => new TimeRenderer());
    this.names = schema.map((f, i) => `${i === 0 ? '{' : ','}${JSON.stringify(f.name)}:`);
  }

  write({ n, cols }: Block): void {
    const { schema, names, times } = this;
    for (let i = 0; i < n; i++) {
      let line = '';
      for (let c = 0; c < cols.length; c++) {
        const { type } = schema[c];
        const cell = cellText(cols[c], i, type, times[c]);
        const bare = isBare(type);
        line += names[c] + (cell === null || (bare && cell.endsWith('Infinity')) ? 'null' : bare ? cell : JSON.stringify(cell));
      }
      this.out.text(`${line}}\n`);
    }
  }

  finish(): void {}
}
