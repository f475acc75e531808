import type { OutputContext, OutputRows, OutputWriter } from '../core/connector.ts';
import type { BusPort } from './bus-port.ts';
import { OutputEncoder } from './message-encode.ts';

/** Rows as messages, by the output's codec: one for every row, or one for the rows that an epoch has for a subject. */
export class NatsWriter implements OutputWriter {
  private readonly bus: BusPort;
  private readonly encoder: OutputEncoder;
  private readonly groups = new Map<string, number[]>();
  private at = new Int32Array(1);
  private full: Promise<void>[] = [];

  constructor(ctx: OutputContext, bus: BusPort) {
    this.bus = bus;
    this.encoder = new OutputEncoder(ctx, bus.template(String(ctx.args.subject), 'output'));
  }

  write(rows: OutputRows): void {
    if (this.encoder.grouped) return this.writeGroups(rows);
    for (let r = 0; r < rows.n; r++) {
      const i = rows.sel === null ? r : rows.sel[r];
      this.at[0] = i;
      this.publish(this.encoder.subject(rows, i), rows, 1);
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

  private writeGroups(rows: OutputRows): void {
    const { encoder, groups } = this;
    for (let r = 0; r < rows.n; r++) {
      const i = rows.sel === null ? r : rows.sel[r];
      const subject = encoder.subject(rows, i);
      const group = groups.get(subject);
      if (group === undefined) groups.set(subject, [i]);
      else group.push(i);
    }
    for (const [subject, group] of groups) {
      for (let from = 0; from < group.length; from += encoder.most) {
        const n = Math.min(encoder.most, group.length - from);
        if (this.at.length < n) this.at = new Int32Array(encoder.most);
        for (let k = 0; k < n; k++) this.at[k] = group[from + k];
        this.publish(subject, rows, n);
      }
    }
    groups.clear();
  }

  private publish(subject: string, rows: OutputRows, n: number): void {
    const wait = this.bus.publish(subject, this.encoder.encode(rows, this.at, n), this.encoder.headers);
    if (wait === undefined) return;
    // Awaited in `flush`, which may be a while after a refusal has come.
    wait.catch(() => undefined);
    this.full.push(wait);
  }
}
