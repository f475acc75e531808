import type { OutputContext, OutputRows, OutputWriter } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { BusPort, BusTemplate } from './bus-port.ts';
import { JsonRenderer } from './jsonl-write.ts';
import { TimeRenderer, renderCell } from './render.ts';

/** A message for every row, its subject filled from the row. */
export class NatsWriter implements OutputWriter {
  private readonly ctx: OutputContext;
  private readonly bus: BusPort;
  private readonly template: BusTemplate;
  private readonly renderer: JsonRenderer;
  private readonly times = new TimeRenderer();
  /** Subjects by key, where nothing but the symbol and the pipeline fills them. */
  private readonly subjects: string[] | null;
  private full: Promise<void>[] = [];

  constructor(ctx: OutputContext, bus: BusPort) {
    this.ctx = ctx;
    this.bus = bus;
    this.template = bus.template(String(ctx.args.subject), 'output');
    this.renderer = new JsonRenderer(ctx.schema);
    const known = ['pipeline', 'output', 'symbol', ...ctx.schema.map((f) => f.name)];
    const unknown = this.template.holes.find((hole) => !known.includes(hole));
    if (unknown !== undefined) {
      throw new Refusal('E712', `subject \`${String(ctx.args.subject)}\` has \`{${unknown}}\`, which nothing fills`, {
        exit: 3, help: [`these can: ${known.map((k) => `{${k}}`).join(' ')}`],
      });
    }
    this.subjects = this.template.holes.every((hole) => known.indexOf(hole) < 3) ? [] : null;
  }

  write(rows: OutputRows): void {
    for (let r = 0; r < rows.n; r++) {
      const i = rows.sel === null ? r : rows.sel[r];
      const subject = this.subjects === null ? this.subjectOf(rows, i) : (this.subjects[rows.key[i]] ??= this.subjectOf(rows, i));
      const wait = this.bus.publish(subject, this.renderer.row(rows, r));
      if (wait === undefined) continue;
      // Awaited in `flush`, which may be a while after a refusal has come.
      wait.catch(() => undefined);
      this.full.push(wait);
    }
  }

  async flush(): Promise<void> {
    if (this.full.length === 0) return;
    const waiting = this.full;
    this.full = [];
    await Promise.all(waiting);
  }

  close(): Promise<void> {
    return this.flush();
  }

  private subjectOf(rows: OutputRows, i: number): string {
    return this.template.fill((hole) => {
      if (hole === 'pipeline') return this.ctx.pipeline;
      if (hole === 'output') return this.ctx.id;
      if (hole === 'symbol') return rows.keys.symbols[rows.key[i]] ?? '';
      const c = this.ctx.schema.findIndex((f) => f.name === hole);
      return renderCell(rows.cols[c], i, this.ctx.schema[c].type, this.times) ?? '';
    });
  }
}
