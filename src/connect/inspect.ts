import type { BadRow, Chunk, SourceReader } from '../core/connector.ts';
import type { KeyTable } from '../core/keys.ts';
import type { Schema, Type } from '../core/types.ts';
import { Gaps } from './gaps.ts';
import { contextOf } from './infer.ts';
import type { FileOptions } from './infer.ts';
import { readerFor } from './open.ts';

export interface SymbolCheck {
  readonly symbol: string;
  readonly rows: number;
  readonly first: number;
  readonly last: number;
  /** Usual distance of rows in microseconds, or null where there is none, as for trades. */
  readonly every: number | null;
  /** Pauses within a session that are longer than usual, and the rows that fit into them where rows are regular. */
  readonly gaps: number;
  readonly missing: number;
  readonly longest: { readonly from: number; readonly to: number } | null;
  /** Rows equal to the one before them of the same symbol in every column. */
  readonly duplicates: number;
  /** Rows earlier than one before them of the same symbol. */
  readonly outOfOrder: number;
  /** Rows whose price leaps by far more than is usual for the symbol. */
  readonly outliers: number;
  readonly worst: { readonly ts: number; readonly from: number; readonly to: number } | null;
}

/** What was found in rows, wherever they came from. */
export interface RowsCheck {
  readonly rows: number;
  readonly bad: { readonly count: number; readonly first: readonly BadRow[] };
  /** Rows earlier than one before them, whatever the symbol: `order: time` sorts them. */
  readonly outOfOrder: number;
  readonly columns: readonly { readonly name: string; readonly type: Type; readonly nulls: number }[];
  readonly symbols: readonly SymbolCheck[];
}

export interface FileCheck extends RowsCheck {
  readonly path: string;
}

/** Columns that a price may stand in, best first. */
const PRICES = ['price', 'close', 'px', 'last', 'bid', 'ask_close', 'bid_close', 'value'];
/** A leap counts as an outlier beyond this multiple of the usual one, and never below two percent. */
const LEAP = 15;
const LEAST = 0.02;
const WARM = 20;

class SymbolState {
  rows = 0;
  first = NaN;
  last = -Infinity;
  price = NaN;
  duplicates = 0;
  outOfOrder = 0;
  outliers = 0;
  worst: SymbolCheck['worst'] = null;
  readonly gaps = new Gaps();
  readonly row: (number | string | null)[];
  private usual = 0;
  private worstLeap = 0;

  constructor(width: number) {
    this.row = new Array<number | string | null>(width).fill(null);
  }

  add(chunk: Chunk, i: number, price: number): void {
    const ts = chunk.ts[i];
    if (this.rows === 0) this.first = ts;
    if (ts < this.last) this.outOfOrder++;
    else if (this.rows > 0) {
      if (ts === this.last && this.repeats(chunk, i)) this.duplicates++;
      this.gaps.add(this.last, ts);
    }
    for (let c = 0; c < this.row.length; c++) this.row[c] = chunk.cols[c][i];
    if (price === price) this.leap(price, ts);
    this.first = Math.min(this.first, ts);
    this.last = Math.max(this.last, ts);
    this.rows++;
  }

  private repeats(chunk: Chunk, i: number): boolean {
    for (let c = 0; c < this.row.length; c++) if (!Object.is(this.row[c], chunk.cols[c][i])) return false;
    return true;
  }

  private leap(price: number, ts: number): void {
    const r = this.price === 0 ? 0 : Math.abs(price / this.price - 1);
    const before = this.price;
    this.price = price;
    if (!Number.isFinite(r)) return;
    if (this.rows > WARM && r > Math.max(LEAST, LEAP * this.usual)) {
      this.outliers++;
      if (r > this.worstLeap) this.worst = { ts, from: before, to: price };
      this.worstLeap = Math.max(this.worstLeap, r);
      return;
    }
    this.usual += (r - this.usual) * Math.max(0.02, 1 / (this.rows + 1));
  }
}

class Inspection {
  rows = 0;
  outOfOrder = 0;
  readonly nulls: number[];
  readonly states: SymbolState[] = [];
  private readonly schema: Schema;
  private readonly price: number;
  private last = -Infinity;

  constructor(schema: Schema) {
    this.schema = schema;
    this.nulls = schema.map(() => 0);
    const found = PRICES.map((name) => schema.findIndex((f) => f.name === name)).find((c) => c >= 0);
    this.price = found ?? schema.findIndex((f) => f.type === 'f64');
  }

  add(chunk: Chunk): void {
    for (let i = 0; i < chunk.n; i++) {
      if (chunk.key[i] < 0) continue;
      if (chunk.ts[i] < this.last) this.outOfOrder++;
      else this.last = chunk.ts[i];
      this.rows++;
      const state = (this.states[chunk.key[i]] ??= new SymbolState(this.schema.length));
      state.add(chunk, i, this.price < 0 ? NaN : Number(chunk.cols[this.price][i] ?? NaN));
    }
    chunk.cols.forEach((col, c) => {
      for (let i = 0; i < chunk.n; i++) {
        const x = col[i];
        if ((x === null || x !== x) && chunk.key[i] >= 0) this.nulls[c]++;
      }
    });
  }

  symbols(keys: KeyTable): SymbolCheck[] {
    return this.states.map((s, key) => ({
      symbol: keys.symbols[key], rows: s.rows, first: s.first, last: s.last, ...s.gaps.result(),
      duplicates: s.duplicates, outOfOrder: s.outOfOrder, outliers: s.outliers, worst: s.worst,
    }));
  }
}

/** Reads a file in its own order and reports what a backtest would stumble over. */
export async function checkFile(path: string, o: FileOptions & { readonly onRows?: (rows: number) => void } = {}): Promise<FileCheck> {
  const { connector, ctx } = await contextOf(path, { ...o, order: 'arrival' });
  const reader = readerFor(ctx, connector);
  try {
    return { path, ...await inspectRows(reader, ctx.schema, ctx.keys, o.onRows) };
  } finally {
    await reader.close();
  }
}

/** Reads rows to their end and reports what a backtest would stumble over. */
export async function inspectRows(reader: SourceReader, schema: Schema, keys: KeyTable, onRows?: (rows: number) => void,
  onChunk?: (chunk: Chunk) => void): Promise<RowsCheck> {
  const found = new Inspection(schema);
  for (let chunk = await reader.next(); chunk !== null; chunk = await reader.next()) {
    found.add(chunk);
    onChunk?.(chunk);
    onRows?.(found.rows);
  }
  return {
    rows: found.rows, bad: reader.bad, outOfOrder: found.outOfOrder,
    columns: schema.map((f, c) => ({ name: f.name, type: f.type, nulls: found.nulls[c] })), symbols: found.symbols(keys),
  };
}
