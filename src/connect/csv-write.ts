import type { OutputContext, OutputRows, OutputWriter } from '../core/connector.ts';
import { TimeRenderer } from '../core/time.ts';
import { delimiterOf } from './csv-read.ts';
import { FileSink } from './file-sink.ts';
import { renderCell } from './render.ts';

/** Renders rows as CSV (RFC 4180, LF): null is an empty field, an empty text is `""`. */
export class CsvRenderer {
  private readonly schema: OutputContext['schema'];
  private readonly delimiter: string;
  private readonly special: RegExp;
  private readonly times = new TimeRenderer();

  constructor(schema: OutputContext['schema'], delimiter = ',') {
    this.schema = schema;
    this.delimiter = delimiter;
    this.special = new RegExp(`["\\r\\n${delimiter.replace(/[\\\]^-]/g, '\\$&')}]|^ | $|^$`);
  }

  header(): string {
    return `${['ts', 'symbol', ...this.schema.map((f) => f.name)].map((name) => this.quoted(name)).join(this.delimiter)}\n`;
  }

  row(rows: OutputRows, r: number): string {
    const i = rows.sel === null ? r : rows.sel[r];
    const symbol = rows.key[i] < 0 ? '' : this.quoted(rows.keys.symbols[rows.key[i]]);
    let line = `${this.times.render(rows.ts[i])}${this.delimiter}${symbol}`;
    for (let c = 0; c < rows.cols.length; c++) {
      const type = this.schema[c].type;
      const cell = renderCell(rows.cols[c], i, type, this.times);
      line += cell === null ? this.delimiter : this.delimiter + (type === 'text' ? this.quoted(cell) : cell);
    }
    return `${line}\n`;
  }

  private quoted(text: string): string {
    return this.special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }
}

export class CsvWriter implements OutputWriter {
  private readonly sink: FileSink;
  private readonly renderer: CsvRenderer;

  constructor(ctx: OutputContext) {
    this.renderer = new CsvRenderer(ctx.schema, String.fromCharCode(delimiterOf(ctx.args.delimiter)));
    this.sink = new FileSink(ctx);
    if (!this.sink.appended) this.sink.text(this.renderer.header());
  }

  write(rows: OutputRows): void {
    for (let r = 0; r < rows.n; r++) {
      // CSV has no form for a heartbeat.
      if (rows.key[rows.sel === null ? r : rows.sel[r]] >= 0) this.sink.text(this.renderer.row(rows, r));
    }
  }

  async flush(): Promise<void> {
    this.sink.flush();
  }

  async close(): Promise<void> {
    this.sink.close();
  }
}
