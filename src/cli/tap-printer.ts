import { writerFor } from '../connect/open.ts';
import type { OutputRows, OutputWriter } from '../core/connector.ts';
import type { Column } from '../core/frame.ts';
import { KeyTable } from '../core/keys.ts';
import type { Field, Schema } from '../core/types.ts';
import type { TapNode, TapRows } from '../server/tap-protocol.ts';
import type { Call } from './verb.ts';

const PLAIN: readonly string[] = ['f64', 'i64', 'bool', 'text', 'time', 'duration'];

interface Shown {
  readonly schema: Schema;
  readonly writer: OutputWriter;
  left: number;
  fresh: boolean;
}

/** Rows of a live tap on standard output, in the same form as those of a replay. What came over the bus is checked before it is shown. */
export class TapPrinter {
  /** Messages that did not fit what was opened. */
  unreadable = 0;
  shown = 0;
  private readonly call: Call;
  private readonly limit: number;
  private readonly format: string;
  private readonly nodes = new Map<string, Shown>();
  private readonly keys = new KeyTable();

  constructor(call: Call, { rows, format }: { readonly rows: number; readonly format: string }) {
    this.call = call;
    this.limit = rows;
    this.format = format;
  }

  get full(): boolean {
    return this.nodes.size > 0 && [...this.nodes.values()].every((n) => n.left <= 0);
  }

  open(nodes: readonly TapNode[]): void {
    for (const { id, schema } of Array.isArray(nodes) ? nodes : []) {
      if (this.nodes.has(id) || !isSchema(schema)) continue;
      const writer = writerFor('stdout', { id, pipeline: '', schema, base: '.', args: { format: this.format } },
        { stdout: this.call.terminal.out, bus: null });
      this.nodes.set(id, { schema, writer, left: this.limit, fresh: false });
    }
  }

  rows(message: TapRows): void {
    const node = this.nodes.get(message.node);
    const rows = node === undefined ? null : this.read(message, node.schema);
    if (node === undefined || rows === null) {
      this.unreadable += 1;
      return;
    }
    const n = Math.min(rows.n, node.left);
    if (n === 0) return;
    node.left -= n;
    node.fresh = true;
    this.shown += n;
    node.writer.write({ ...rows, n });
  }

  async flush(): Promise<void> {
    const { terminal } = this.call;
    for (const [id, node] of this.nodes) {
      if (!node.fresh) continue;
      node.fresh = false;
      if (this.nodes.size > 1) terminal.say(terminal.paint.bold(`${this.clean(id)}:`));
      await node.writer.flush();
    }
  }

  private read({ seq, ts, symbol, cols }: TapRows, schema: Schema): OutputRows | null {
    if (![seq, ts, symbol, cols].every(Array.isArray) || cols.length !== schema.length) return null;
    const n = seq.length;
    if (ts.length !== n || symbol.length !== n || !cols.every((c) => Array.isArray(c) && c.length === n)) return null;
    return {
      n, sel: null, seq: Float64Array.from(seq), ts: Float64Array.from(ts), keys: this.keys,
      key: Int32Array.from(symbol, (s) => this.keys.intern(this.clean(String(s)))),
      cols: cols.map((c, i): Column => (schema[i].type === 'text' ? c.map((x) => (x === null ? null : this.clean(String(x))))
        : Float64Array.from(c, (x) => (typeof x === 'number' ? x : NaN)))),
    };
  }

  /** Text that goes to a screen must not steer it. */
  private clean(text: string): string {
    return this.format === 'text' ? text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?') : text;
  }
}

const isField = (f: Partial<Field> | null): boolean => {
  if (typeof f?.name !== 'string' || !/^[A-Za-z_]\w*$/.test(f.name)) return false;
  const { type } = f;
  return typeof type === 'string' ? PLAIN.includes(type) : type?.kind === 'enum' && Array.isArray(type.values)
    && type.values.every((v) => typeof v === 'string');
};

const isSchema = (schema: unknown): schema is Schema => Array.isArray(schema) && schema.every((f) => isField(f as Partial<Field> | null));
