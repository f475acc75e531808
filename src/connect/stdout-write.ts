import type { OutputContext, OutputRows, OutputWriter } from '../core/connector.ts';
import { TimeRenderer } from '../core/time.ts';
import type { Schema } from '../core/types.ts';
import { CsvRenderer } from './csv-write.ts';
import { JsonRenderer } from './jsonl-write.ts';
import { renderCell } from './render.ts';

const DAY = 86_400_000_000;
const MARKS: Readonly<Record<string, string>> = { buy: '▲', sell: '▼', hold: '■' };

/** Up to six significant digits for reading; exact values are in the other formats. */
const short = (x: number): string => (Number.isInteger(x) && Math.abs(x) < 1e15 ? String(x) : String(Number(x.toPrecision(6))));

/** Rows as text for people: a line of the date whenever it changes, then aligned rows. */
export class TextRenderer {
  private readonly schema: Schema;
  private readonly times = new TimeRenderer();
  private readonly side: number;
  private readonly reason: number;
  private readonly strengths: readonly number[];
  private readonly widths: number[];
  private symbolWidth = 5;
  private day = NaN;
  private subSecond = false;

  constructor(schema: Schema) {
    this.schema = schema;
    const at = (name: string): number => schema.findIndex((f) => f.name === name);
    this.side = at('side') >= 0 && at('reason') >= 0 ? at('side') : -1;
    this.reason = at('reason');
    this.strengths = [at('confidence'), at('strength')].filter((c) => c >= 0);
    this.widths = schema.map(() => 1);
  }

  row(rows: OutputRows, r: number): string {
    const i = rows.sel === null ? r : rows.sel[r];
    const ts = rows.ts[i];
    const day = Math.floor(ts / DAY);
    const header = day === this.day ? '' : `${this.times.render(ts).slice(0, 10)}\n`;
    this.day = day;
    const symbol = rows.keys.symbols[rows.key[i]] ?? '';
    this.symbolWidth = Math.max(this.symbolWidth, symbol.length);
    const body = this.side >= 0 ? this.signal(rows, i) : this.pairs(rows, i);
    return `${header}${this.clock(ts)}  ${symbol.padEnd(this.symbolWidth)} ${body}`.trimEnd() + '\n';
  }

  private clock(ts: number): string {
    const text = this.times.render(ts).slice(11, -1);
    this.subSecond ||= text.length > 8;
    return this.subSecond ? (text.length > 8 ? text.slice(0, 12) : `${text}.000`) : text;
  }

  private signal(rows: OutputRows, i: number): string {
    const side = renderCell(rows.cols[this.side], i, this.schema[this.side].type, this.times) ?? '';
    const strength = this.strengths.map((c) => rows.cols[c][i] as number).find((x) => x === x);
    const reason = renderCell(rows.cols[this.reason], i, 'text', this.times) ?? '';
    return `${MARKS[side] ?? ' '} ${side.padEnd(4)}  ${(strength === undefined ? '' : strength.toFixed(2)).padEnd(4)}   ${reason}`;
  }

  private pairs(rows: OutputRows, i: number): string {
    let line = '';
    for (let c = 0; c < rows.cols.length; c++) {
      const { name, type } = this.schema[c];
      const value = rows.cols[c][i];
      const isNumber = (type === 'f64' || type === 'i64') && typeof value === 'number' && value - value === 0;
      const cell = isNumber ? short(value) : (renderCell(rows.cols[c], i, type, this.times) ?? '–');
      this.widths[c] = Math.max(this.widths[c], cell.length);
      line += ` ${name} ${isNumber ? cell.padStart(this.widths[c]) : cell.padEnd(this.widths[c])} `;
    }
    return line;
  }
}

/** Rows on standard output, handed over in one write per flush. */
export class StdoutWriter implements OutputWriter {
  private readonly stream: NodeJS.WritableStream;
  private readonly render: (rows: OutputRows, r: number) => string;
  private parts: string[] = [];

  constructor(ctx: OutputContext, stream: NodeJS.WritableStream) {
    this.stream = stream;
    const { format } = ctx.args;
    if (format === 'csv') {
      const csv = new CsvRenderer(ctx.schema);
      this.parts.push(csv.header());
      this.render = (rows, r) => csv.row(rows, r);
    } else if (format === 'jsonl') {
      const json = new JsonRenderer(ctx.schema);
      this.render = (rows, r) => `${json.row(rows, r)}\n`;
    } else {
      const text = new TextRenderer(ctx.schema);
      this.render = (rows, r) => text.row(rows, r);
    }
  }

  write(rows: OutputRows): void {
    for (let r = 0; r < rows.n; r++) this.parts.push(this.render(rows, r));
  }

  flush(): Promise<void> {
    if (this.parts.length === 0) return Promise.resolve();
    const text = this.parts.join('');
    this.parts = [];
    return new Promise((resolve, reject) => {
      this.stream.write(text, (fault?: Error | null) => (fault === undefined || fault === null ? resolve() : reject(fault)));
    });
  }

  /** The stream belongs to the process and stays open. */
  close(): Promise<void> {
    return this.flush();
  }
}
