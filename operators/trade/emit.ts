import type { Emitter } from '../../src/core/operator.ts';
import { exposure, type RoundTrip, type Account, type Totals } from './account.ts';
import { filledOf, type Order } from './order.ts';

/** An output stream of a group: where rows go, and the slot of each column (-1 where nobody reads it). */
export interface Port {
  readonly out: Emitter;
  readonly slots: readonly number[];
}

/** Numbers of a row in the order of the schema, reused; text is written apart. */
const cells = new Float64Array(16);

function put(port: Port, ts: number, key: number, count: number): number {
  const i = port.out.emit(ts, key);
  const { cols } = port.out.frame;
  for (let c = 0; c < count; c++) {
    const slot = port.slots[c];
    if (slot >= 0) (cols[slot] as Float64Array)[i] = cells[c];
  }
  return i;
}

function text(port: Port, i: number, at: number, value: string | null): void {
  if (port.slots[at] >= 0) (port.out.frame.cols[port.slots[at]] as (string | null)[])[i] = value;
}

export function emitFill(
  port: Port, o: Order, ts: number, units: number, price: number, fee: number, slippage: number, maker: boolean, held: number,
): void {
  cells[0] = o.id;
  cells[1] = o.side > 0 ? 1 : 0;
  cells[2] = units;
  cells[3] = price;
  cells[4] = fee;
  cells[5] = slippage;
  cells[6] = maker ? 1 : 0;
  cells[7] = o.role;
  cells[8] = held;
  put(port, ts, o.key, 9);
}

export function emitOrder(port: Port, o: Order): void {
  const filled = Number.isNaN(o.quantity) ? 0 : filledOf(o);
  cells[0] = o.id;
  cells[1] = o.status;
  cells[2] = o.side > 0 ? 1 : 0;
  cells[3] = o.type;
  cells[4] = o.quantity;
  cells[5] = filled;
  cells[6] = filled > 0 ? o.value / filled : NaN;
  cells[7] = o.limit;
  cells[8] = o.stop;
  cells[9] = o.tif;
  cells[10] = o.sent;
  cells[11] = o.parent === 0 ? NaN : o.parent;
  cells[12] = o.role;
  text(port, put(port, o.updated, o.key, 13), 13, o.code);
}

/** A round trip; `open` where the data ended first, valued at the last price. */
export function emitTrade(port: Port, t: RoundTrip, rate: number, multiplier: number, open: boolean): void {
  const { lot, units } = t;
  const value = Math.abs(units) * lot.price * multiplier;
  const long = units > 0;
  const worst = ((long ? lot.low : lot.high) - lot.price) * units * multiplier;
  const best = ((long ? lot.high : lot.low) - lot.price) * units * multiplier;
  const pnl = t.gross - t.fee;
  cells[0] = long ? 1 : 0;
  cells[1] = Math.abs(units);
  cells[2] = lot.ts;
  cells[3] = lot.price;
  cells[4] = t.exitPrice;
  cells[5] = pnl * rate;
  cells[6] = t.fee * rate;
  cells[7] = pnl / value;
  cells[8] = lot.rows;
  cells[9] = Math.min(0, worst, t.gross) / value;
  cells[10] = Math.max(0, best, t.gross) / value;
  cells[11] = lot.role;
  cells[12] = open ? NaN : t.exitRole;
  cells[13] = open ? 1 : 0;
  put(port, t.exitTs, t.key, 14);
}

export function emitEquity(port: Port, ts: number, key: number, t: Totals, a: Account): void {
  cells[0] = t.equity;
  cells[1] = t.cash;
  cells[2] = t.gross;
  cells[3] = t.net;
  cells[4] = t.open;
  cells[5] = a.commission;
  cells[6] = a.slippage;
  cells[7] = a.borrow;
  cells[8] = a.funding;
  cells[9] = a.interest;
  cells[10] = a.traded;
  put(port, ts, key, 11);
}

export function emitRefused(
  port: Port, ts: number, key: number, side: number, units: number, price: number, code: string, why: string,
): void {
  cells[0] = side > 0 ? 1 : 0;
  cells[1] = units;
  cells[2] = price;
  const i = put(port, ts, key, 3);
  text(port, i, 3, code);
  text(port, i, 4, why);
}

/** Value of a position over the equity. */
export const weightOf = (a: Account, key: number, equity: number): number => exposure(a, key) / equity;
