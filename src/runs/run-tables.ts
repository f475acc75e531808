import type { EquityCurve, FillRow, OrderRow, TradeRow } from '../backtest/model.ts';
import type { Block, Cell } from '../core/table.ts';
import type { Field, Schema, Type } from '../core/types.ts';

/** A column of a table of rows that are objects: what it is called in files, its type, and whether it may be null. */
interface RunColumn<R> {
  readonly key: keyof R & string;
  readonly name: string;
  readonly type: Type;
  readonly nullable: boolean;
}

type Entry<R> = readonly [key: keyof R & string, type: Type, nullable?: 'null'];

/** Names in files are those of the language: `avgPrice` is `avg_price`. */
const snake = (key: string): string => key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

const columns = <R>(...entries: readonly Entry<R>[]): readonly RunColumn<R>[] =>
  entries.map(([key, type, nullable]) => ({ key, name: snake(key), type, nullable: nullable === 'null' }));

/** Rows of a run's table as objects, and as cells in the order of its schema. */
export class RowTable<R> {
  readonly schema: Schema;
  private readonly columns: readonly RunColumn<R>[];

  constructor(of: readonly RunColumn<R>[]) {
    this.columns = of;
    this.schema = of.map(({ name, type }): Field => ({ name, type }));
  }

  cells(row: R): Cell[] {
    return this.columns.map(({ key, type }) => (type === 'bool' ? Number(row[key]) : row[key] as Cell));
  }

  /** The rows of a block. A number that has to be there and is not is NaN. */
  rows({ n, cols }: Block): R[] {
    return Array.from({ length: n }, (_, i) => Object.fromEntries(this.columns.map(({ key, type, nullable }, c) => {
      const cell = cols[c][i];
      if (type === 'bool') return [key, cell === 1];
      return [key, cell !== cell && nullable ? null : cell];
    })) as R);
  }
}

export const ORDERS = new RowTable<OrderRow>(columns<OrderRow>(
  ['ts', 'time'], ['symbol', 'text'], ['id', 'i64'], ['updated', 'time'], ['side', 'text'], ['type', 'text'], ['quantity', 'f64'],
  ['limit', 'f64', 'null'], ['stop', 'f64', 'null'], ['tif', 'text'], ['status', 'text'], ['filled', 'f64'], ['avgPrice', 'f64', 'null'],
  ['parent', 'i64', 'null'], ['reason', 'text'], ['code', 'text', 'null'],
));

export const FILLS = new RowTable<FillRow>(columns<FillRow>(
  ['ts', 'time'], ['symbol', 'text'], ['order', 'i64'], ['side', 'text'], ['quantity', 'f64'], ['price', 'f64'], ['commission', 'f64'],
  ['slippage', 'f64'], ['liquidity', 'text'],
));

export const TRADES = new RowTable<TradeRow>(columns<TradeRow>(
  ['entryTs', 'time'], ['exitTs', 'time'], ['symbol', 'text'], ['side', 'text'], ['quantity', 'f64'], ['entryPrice', 'f64'],
  ['exitPrice', 'f64'], ['pnl', 'f64'], ['commission', 'f64'], ['return', 'f64'], ['bars', 'i64'], ['mae', 'f64'], ['mfe', 'f64'],
  ['entryReason', 'text'], ['exitReason', 'text'], ['open', 'bool'],
));

const CURVE = ['ts', 'equity', 'cash', 'gross', 'net', 'benchmark'] as const satisfies readonly (keyof EquityCurve)[];

/** Account values, one row a moment; `benchmark` is null where there is none. */
export const EQUITY: Schema = Object.freeze(CURVE.map((name): Field => ({ name, type: name === 'ts' ? 'time' : 'f64' })));

export const curveBlock = (curve: EquityCurve): Block => ({ n: curve.ts.length, cols: CURVE.map((name) => curve[name]) });

/** Blocks of an equity table joined to a curve. */
export function curveOf(blocks: readonly Block[]): EquityCurve {
  const rows = blocks.reduce((sum, b) => sum + b.n, 0);
  return Object.fromEntries(CURVE.map((name, c) => {
    const out = new Float64Array(rows);
    let at = 0;
    for (const { n, cols } of blocks) {
      out.set((cols[c] as Float64Array).subarray(0, n), at);
      at += n;
    }
    return [name, out];
  })) as unknown as EquityCurve;
}
