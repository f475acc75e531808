import { DAY } from '../core/time.ts';
import type { CostSplit, EquityCurve, FillRow, OrderRow, TradeRow } from './model.ts';
import { Orders } from './orders.ts';
import { numbers, wordsOf, type PortRows } from './port-rows.ts';

export type { PortRows } from './port-rows.ts';

/** Rows of equity that are kept one by one; a longer run keeps the last of every day. */
const MOST_ROWS = 20_000;
/** Runs no longer than this have a curve of rows. */
const SHORT = 3 * DAY;

/** Columns of a curve, in the order of `onEquity`. */
const WIDTH = 6;

/** Rows of numbers that grow. */
class Points {
  n = 0;
  private data = new Float64Array(WIDTH * 256);

  /** Writes row `at`, which is there already or the next one. */
  set(at: number, ts: number, equity: number, cash: number, gross: number, net: number, benchmark: number): void {
    const i = at * WIDTH;
    if (i + WIDTH > this.data.length) {
      const more = new Float64Array(this.data.length * 2);
      more.set(this.data);
      this.data = more;
    }
    const { data } = this;
    data[i] = ts;
    data[i + 1] = equity;
    data[i + 2] = cash;
    data[i + 3] = gross;
    data[i + 4] = net;
    data[i + 5] = benchmark;
    if (at >= this.n) this.n = at + 1;
  }

  column(c: number): Float64Array {
    return Float64Array.from({ length: this.n }, (_, i) => this.data[i * WIDTH + c]);
  }
}

/** The account at the end. */
export interface Closing {
  readonly equity: number;
  readonly costs: CostSplit;
  readonly traded: number;
  readonly exposure: number;
}

/**
 * Takes in the streams of a trading group while a backtest runs: orders in their last state, fills, trades, and the equity by day. Memory
 * grows with days and orders, not with rows.
 */
export class Collector {
  readonly fills: FillRow[] = [];
  readonly trades: TradeRow[] = [];
  readonly refused: Record<string, number> = {};
  /** Called for every moment of equity, in order. */
  onEquity: ((ts: number, equity: number, cash: number, gross: number, net: number, benchmark: number) => void) | null = null;
  private readonly orders = new Orders();
  private readonly days = new Points();
  private rows: Points | null = new Points();
  private day = NaN;
  private first = NaN;
  private last = NaN;
  private seen = 0;
  private held = 0;
  private readonly ended = { equity: NaN, commission: 0, slippage: 0, borrow: 0, funding: 0, interest: 0, traded: 0 };
  private readonly benchmark: (ts: number) => number;

  /** `benchmark` answers its value at a time that never goes back; NaN where there is none. */
  constructor(benchmark: (ts: number) => number) {
    this.benchmark = benchmark;
  }

  takeOrders(rows: PortRows): void {
    this.orders.take(rows);
  }

  takeFills(rows: PortRows): void {
    const { n, sel, ts, key, keys } = rows;
    const at = (name: string): Float64Array => numbers(rows, name);
    const [order, side, quantity, price, commission, slippage, maker] =
      ['order', 'side', 'quantity', 'price', 'commission', 'slippage', 'maker'].map(at);
    for (let j = 0; j < n; j++) {
      const i = sel === null ? j : sel[j];
      this.fills.push({
        order: order[i], ts: ts[i], symbol: keys.names[key[i]], side: side[i] === 1 ? 'buy' : 'sell', quantity: quantity[i],
        price: price[i], commission: commission[i], slippage: slippage[i], liquidity: maker[i] === 1 ? 'maker' : 'taker',
      });
    }
  }

  takeTrades(rows: PortRows): void {
    const { n, sel, ts, key, keys } = rows;
    const at = (name: string): Float64Array => numbers(rows, name);
    const [side, quantity, entryTime, entryPrice, exitPrice, pnl, commission] =
      ['side', 'quantity', 'entry_time', 'entry_price', 'exit_price', 'pnl', 'commission'].map(at);
    const [result, bars, mae, mfe, entryRole, exitRole, open] = ['return', 'bars', 'mae', 'mfe', 'entry_role', 'exit_role', 'open'].map(at);
    const roles = wordsOf(rows, 'entry_role');
    for (let j = 0; j < n; j++) {
      const i = sel === null ? j : sel[j];
      this.trades.push({
        symbol: keys.names[key[i]], side: side[i] === 1 ? 'long' : 'short', quantity: quantity[i], entryTs: entryTime[i], exitTs: ts[i],
        entryPrice: entryPrice[i], exitPrice: exitPrice[i], pnl: pnl[i], commission: commission[i], return: result[i], bars: bars[i],
        mae: mae[i], mfe: mfe[i], entryReason: roles[entryRole[i]],
        exitReason: open[i] === 1 ? '' : roles[exitRole[i]], open: open[i] === 1,
      });
    }
  }

  takeRefused(rows: PortRows): void {
    const code = rows.cols[rows.schema.findIndex((f) => f.name === 'code')] as readonly (string | null)[];
    for (let j = 0; j < rows.n; j++) {
      const name = code[rows.sel === null ? j : rows.sel[j]] ?? '';
      this.refused[name] = (this.refused[name] ?? 0) + 1;
    }
  }

  takeEquity(rows: PortRows): void {
    const { n, sel, ts } = rows;
    const at = (name: string): Float64Array => numbers(rows, name);
    const [equity, cash, gross, net, positions] = ['equity', 'cash', 'gross', 'net', 'positions'].map(at);
    const sums = (['commission', 'slippage', 'borrow', 'funding', 'interest', 'traded'] as const).map((name) => [name, at(name)] as const);
    for (let j = 0; j < n; j++) {
      const i = sel === null ? j : sel[j];
      const value = this.benchmark(ts[i]);
      this.point(ts[i], equity[i], cash[i], gross[i], net[i], value);
      this.onEquity?.(ts[i], equity[i], cash[i], gross[i], net[i], value);
      this.seen += 1;
      if (positions[i] > 0) this.held += 1;
      if (j < n - 1) continue;
      this.ended.equity = equity[i];
      for (const [name, col] of sums) this.ended[name] = col[i];
    }
  }

  private point(ts: number, equity: number, cash: number, gross: number, net: number, benchmark: number): void {
    if (Number.isNaN(this.first)) this.first = ts;
    if (this.rows !== null) {
      // Several rows of one moment are its last; the first entry is the start.
      const at = ts === this.last && this.rows.n > 1 ? this.rows.n - 1 : this.rows.n;
      if (at >= MOST_ROWS && ts - this.first > SHORT) this.rows = null;
      else this.rows.set(at, ts, equity, cash, gross, net, benchmark);
    }
    this.last = ts;
    const day = Math.floor(ts / DAY);
    // The first entry is the start; the end of its day is another one where the day has more rows.
    const same = day === this.day && this.days.n > 1;
    this.days.set(same ? this.days.n - 1 : this.days.n, ts, equity, cash, gross, net, benchmark);
    this.day = day;
  }

  /** Orders in their last state, by number. */
  orderRows(): OrderRow[] {
    return this.orders.rows();
  }

  curve(): EquityCurve {
    const p = this.rows !== null && this.last - this.first <= SHORT ? this.rows : this.days;
    const [ts, equity, cash, gross, net, benchmark] = [0, 1, 2, 3, 4, 5].map((c) => p.column(c));
    return { ts, equity, cash, gross, net, benchmark };
  }

  closing(): Closing {
    const { equity, traded, commission, slippage, borrow, funding, interest } = this.ended;
    const total = commission + slippage + borrow + funding + interest;
    const costs = { commission, slippage, borrow, funding, interest, total };
    return { equity, traded, costs, exposure: this.seen === 0 ? 0 : this.held / this.seen };
  }
}
