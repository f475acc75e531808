import { basename } from 'node:path';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { RecordBatch } from 'apache-arrow';
import { RecordBatchReader } from 'apache-arrow';
import type { Chunk, SourceContext } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { TextColumn } from '../core/frame.ts';
import { CodeColumn, TimeColumn, fillNumbers, fillTexts } from './arrow-decode.ts';
import { BadRows } from './bad-rows.ts';
import { ByteTable } from './byte-table.ts';
import { CHUNK_ROWS, ChunkBuffer } from './chunk-buffer.ts';
import { resolvePaths, stemOf } from './files.ts';
import { planColumns } from './mapping.ts';
import type { ColumnPlan } from './mapping.ts';
import type { RawReader } from './ordered.ts';
import { NO_SYMBOL, rowFault } from './row-gate.ts';
import { decodeWord } from './words.ts';
import { zoneOf } from './zone.ts';

interface OpenFile {
  readonly handle: FileHandle;
  readonly batches: AsyncIterator<RecordBatch>;
  readonly plan: ColumnPlan;
  readonly names: readonly string[];
  /** Position of the event time; -1 until a first row decides. */
  timeAt: number;
  time: TimeColumn | null;
  readonly symbol: CodeColumn;
  readonly words: readonly (CodeColumn | TimeColumn | null)[];
  readonly stem: string;
}

/** Rows of Arrow IPC files and streams, read from the typed arrays of their record batches. */
export class ArrowReader implements RawReader {
  readonly bad = new BadRows();
  private readonly ctx: SourceContext;
  private readonly paths: readonly string[];
  private readonly table = new ByteTable();
  private readonly out: ChunkBuffer;
  private file = -1;
  private open: OpenFile | null = null;
  private batch: RecordBatch | null = null;
  private at = 0;
  private row = 0;

  constructor(ctx: SourceContext, rows = CHUNK_ROWS) {
    this.ctx = ctx;
    this.paths = resolvePaths(ctx.args.path, ctx.base);
    this.out = new ChunkBuffer(ctx.schema, rows);
  }

  get symbols(): readonly string[] {
    return this.table.texts;
  }

  async close(): Promise<void> {
    await this.open?.handle.close();
    this.open = null;
    this.file = this.paths.length;
  }

  async next(): Promise<Chunk | null> {
    for (;;) {
      if (this.open === null && !(await this.openNext())) return null;
      if (this.batch === null) {
        const { done, value } = await this.guard(() => this.open!.batches.next());
        if (done === true) {
          await this.open!.handle.close();
          this.open = null;
          continue;
        }
        this.batch = value as RecordBatch;
        this.at = 0;
      }
      this.take(this.batch);
      if (this.at >= this.batch.numRows) this.batch = null;
      if (this.out.n > 0) return this.out;
    }
  }

  private async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof Refusal) throw cause;
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new Refusal('E703', `cannot read ${this.paths[this.file]}: ${text}`, {
        exit: 7, cause, help: [/codec|compress/i.test(text) ? 'write the file without compression'
          : 'it must be an Arrow IPC file or stream (Feather version 2)'],
      });
    }
  }

  private async openNext(): Promise<boolean> {
    if (++this.file >= this.paths.length) return false;
    const path = this.paths[this.file];
    const handle = await open(path, 'r');
    try {
      this.open = await this.start(path, handle);
    } catch (fault) {
      await handle.close();
      throw fault;
    }
    this.row = 0;
    return true;
  }

  private async start(path: string, handle: FileHandle): Promise<OpenFile> {
    const reader = await this.guard(async () => (await RecordBatchReader.from(handle)).open());
    const names = (reader.schema?.fields ?? []).map((f) => f.name);
    if (names.length === 0) throw new Refusal('E703', `${basename(path)} is no Arrow file`,
      { exit: 7, help: ['convert it with `millrace data convert`'] });
    const plan = planColumns(names, this.ctx, basename(path));
    const zone = zoneOf(this.ctx.time.timezone);
    return {
      handle, plan, names, timeAt: -1, time: null,
      batches: reader[Symbol.asyncIterator]() as AsyncIterator<RecordBatch>,
      symbol: new CodeColumn('symbol', new ByteTable(), (text) => this.table.lookupText(text)),
      words: plan.columns.map(({ name, type, inverted, unit }) =>
        type === 'time' ? new TimeColumn(name, unit, zone)
          : typeof type === 'object' || type === 'bool' ? new CodeColumn(name, new ByteTable(), (text) => decodeWord(text, type, inverted))
            : null),
      stem: this.ctx.args.symbol === undefined ? stemOf(path) : String(this.ctx.args.symbol),
    };
  }

  private take(batch: RecordBatch): void {
    const o = this.open!;
    const { out } = this;
    const from = this.at;
    const n = Math.min(out.capacity, batch.numRows - from);
    const data = batch.data.children;
    this.at += n;
    out.n = n;
    if (n === 0) return;
    if (o.time === null) {
      const found = o.plan.time.find(({ index }) => data[index].nullCount === 0 || data[index].getValid(from)) ?? o.plan.time[0];
      o.timeAt = found.index;
      o.time = new TimeColumn(o.names[found.index], found.unit, zoneOf(this.ctx.time.timezone));
    }
    o.time.fill(data[o.timeAt], from, n, out.ts);
    if (o.plan.symbol < 0) out.key.fill(this.table.lookupText(o.stem), 0, n);
    else o.symbol.fill(data[o.plan.symbol], from, n, out.key, NO_SYMBOL);
    o.plan.columns.forEach(({ name, index }, c) => {
      const col = out.cols[c];
      const words = o.words[c];
      if (index < 0) col.fill(col instanceof Float64Array ? (NaN as never) : (null as never), 0, n);
      else if (!(col instanceof Float64Array)) fillTexts(data[index], from, n, col);
      else if (words instanceof TimeColumn) words.fill(data[index], from, n, col);
      else if (words instanceof CodeColumn) words.fill(data[index], from, n, col, NaN);
      else fillNumbers(name, data[index], from, n, col);
    });
    this.dropBad(n);
    this.row += n;
  }

  /** Closes the gaps of rows that lack what they need. */
  private dropBad(n: number): void {
    const { out } = this;
    let kept = 0;
    for (let i = 0; i < n; i++) {
      if (this.refuses(i)) continue;
      if (kept !== i) {
        out.ts[kept] = out.ts[i];
        out.key[kept] = out.key[i];
        for (const col of out.cols) (col as TextColumn)[kept] = (col as TextColumn)[i];
      }
      kept++;
    }
    out.n = kept;
  }

  private refuses(i: number): boolean {
    const { out } = this;
    const fault = rowFault(out, i, this.open!.plan.columns);
    return fault !== null && this.refuse(i, fault.code, fault.message);
  }

  private refuse(i: number, code: string, message: string): boolean {
    const place = this.paths.length > 1 ? `${basename(this.paths[this.file])}: ` : '';
    this.bad.add(this.row + i, code, place + message, this.bad.keeps ? this.out.cols.map((c) => String(c[i])).join(',') : '');
    return true;
  }
}
