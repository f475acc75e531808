import type { OutputContext, OutputRows, OutputWriter } from '../core/connector.ts';
import { TimeRenderer } from '../core/time.ts';
import { FileSink } from './file-sink.ts';
import { isBare, renderCell } from './render.ts';

/** Renders a row as one JSON object: `{"ts":"2024-01-02T09:30:00Z","symbol":"AAPL","price":184.2}`. */
export class JsonRenderer {
  private readonly schema: OutputContext['schema'];
  private readonly names: readonly string[];
  private readonly times = new TimeRenderer();
  private readonly symbols: string[] = [];

  constructor(schema: OutputContext['schema']) {
    this.schema = schema;
    this.names = schema.map((f) => `,${JSON.stringify(f.name)}:`);
  }

  row(rows: OutputRows, r: number): string {
    return this.rowAt(rows, rows.sel === null ? r : rows.sel[r]);
  }

  /** Row `i` of the frame. */
  rowAt(rows: OutputRows, i: number): string {
    const key = rows.key[i];
    if (key < 0) return `{"heartbeat":"${this.times.render(rows.ts[i])}"}`;
    let line = `{"ts":"${this.times.render(rows.ts[i])}","symbol":${(this.symbols[key] ??= JSON.stringify(rows.keys.symbols[key]))}`;
    for (let c = 0; c < rows.cols.length; c++) {
      const type = this.schema[c].type;
      const cell = renderCell(rows.cols[c], i, type, this.times);
      line += this.names[c] + (cell === null ? 'null' : isBare(type) ? cell : JSON.stringify(cell));
    }
    return `${line}}`;
  }
}

export class JsonlWriter implements OutputWriter {
  private readonly sink: FileSink;
  private readonly renderer: JsonRenderer;

  constructor(ctx: OutputContext) {
    this.renderer = new JsonRenderer(ctx.schema);
    this.sink = new FileSink(ctx);
  }

  write(rows: OutputRows): void {
    for (let r = 0; r < rows.n; r++) this.sink.text(`${this.renderer.row(rows, r)}\n`);
  }

  async flush(): Promise<void> {
    this.sink.flush();
  }

  async close(): Promise<void> {
    this.sink.close();
  }
}
