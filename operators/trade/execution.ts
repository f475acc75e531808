import { cashOf, positionOf, type Account } from './account.ts';
import type { Exchange } from './exchange.ts';
import type { Market } from './exchange-state.ts';
import {
  CANCELLED, ENTRY, FILLED, FOK, isProtective, MARKET, PARTIAL, REBALANCE, REJECTED, type Order,
} from './order.ts';
import { afterFill } from './protection.ts';

/** Units that an order could still close of the position that is held. */
export function closable(a: Account, o: Order): number {
  const { units } = positionOf(a, o.key);
  return Math.sign(units) === -o.side ? Math.abs(units) : 0;
}

/** Units that are wanted now; an order given as a share gets its quantity here, and ends when it is none. */
export function sized(x: Exchange, o: Order, price: number): number {
  if (!Number.isNaN(o.left)) return o.reduceOnly ? Math.min(o.left, closable(x.account, o)) : o.left;
  const it = x.account.instruments[o.key];
  const m = x.marketOf(o.key);
  const slipped = x.rules.slip(o, 1, price, true, m);
  // backtesting.py: what the share of one unit costs, over that share, stands for the fee of a unit.
  const unit = (slipped * it.multiplier + x.rules.fee({ ...o, value: 0, left: NaN }, o.share, price, false, it.multiplier) / o.share)
    * x.account.rates[it.currency];
  const money = freeMargin(x.account, x.rules.leverage) * x.rules.leverage * o.share;
  const units = it.lot > 0 ? Math.floor(money / unit / it.lot) * it.lot : money / unit;
  if (!(units > 0 && units < Infinity)) {
    x.end(o, m.ts, REJECTED, 'funds');
    return 0;
  }
  o.quantity = units;
  o.left = units;
  return units;
}

/** Fills what the row's volume and the account allow, after slippage. */
export function attempt(x: Exchange, o: Order, wanted: number, price: number, slips: boolean, atOpen: boolean, m: Market): void {
  const { profile, slip } = x.rules;
  let units = wanted;
  const room = profile.volumeShared ? m.room : volumeFor(x, m);
  if (room < units) {
    const { lot } = x.account.instruments[o.key];
    units = lot > 0 ? Math.floor(room / lot + 1e-9) * lot : room;
    if (o.tif === FOK || units <= 0) return;
  }
  const exempt = profile.slipEntriesOnly && o.role !== ENTRY && o.role !== REBALANCE;
  const slipped = slips && !exempt ? slip(o, units, price, atOpen, m) : price;
  if (Number.isNaN(slipped)) return;
  execute(x, o, units, slipped, Math.abs(slipped - price) * units, !slips && o.type !== MARKET, m);
}

function volumeFor(x: Exchange, m: Market): number {
  return x.rules.volumeLimit === Infinity || Number.isNaN(m.volume) ? Infinity : m.volume * x.rules.volumeLimit;
}

/** Books a fill, if the account can pay for it. */
export function execute(x: Exchange, o: Order, units: number, price: number, slippage: number, maker: boolean, m: Market): boolean {
  const it = x.account.instruments[o.key];
  const fee = x.rules.fee(o, units, price, maker, it.multiplier);
  const { funds } = x.rules.profile;
  if ((funds === 'wait' || funds === 'cancel') && !canPay(x, o, units, price, fee)) {
    if (funds === 'cancel') x.end(o, m.ts, CANCELLED, 'funds');
    return false;
  }
  o.left = near(o.left - units, o.quantity);
  o.value += units * price;
  o.commission += fee;
  o.updated = m.ts;
  m.room -= units;
  m.taken += units;
  x.on.filled(o, units, price, fee, slippage * it.multiplier, maker, m.ts);
  o.status = o.left > 0 ? PARTIAL : FILLED;
  x.on.changed(o);
  afterFill(x, o, units, price, m.ts);
  return true;
}

function canPay(x: Exchange, o: Order, units: number, price: number, fee: number): boolean {
  const it = x.account.instruments[o.key];
  const { units: held } = positionOf(x.account, o.key);
  const each = Number.isNaN(it.margin) ? price * it.multiplier : it.margin;
  if (x.rules.profile.funds === 'wait') return x.account.cash[it.currency] - o.side * units * price * it.multiplier - fee >= 0;
  const opening = Math.max(0, Math.sign(held) === -o.side ? units - Math.abs(held) : units);
  if (opening === 0) return true;
  const { leverage } = x.rules;
  // What closing frees is there as well, at the price of the fill.
  const freed = opening === units ? 0 : (units - opening) * each;
  const rate = x.account.rates[it.currency];
  const power = Number.isNaN(it.margin) ? leverage : 1;
  return opening * (each + fee / units) * rate <= freeMargin(x.account, leverage) * power * (1 + 1e-12) + freed * rate;
}

/** Whether the account could pay for an order at the last price: where the profile rejects, it looks when the order is sent. */
export function affords(x: Exchange, o: Order): boolean {
  if (x.rules.profile.funds !== 'reject' || Number.isNaN(o.left) || isProtective(o)) return true;
  const m = x.marketOf(o.key);
  const price = Number.isNaN(o.limit) ? (o.side > 0 ? m.ask : m.bid) || m.close : o.limit;
  return canPay(x, o, o.left, price, x.rules.fee(o, o.left, price, false, x.account.instruments[o.key].multiplier));
}

/** Zero instead of the dust that subtracting fractions leaves. */
export const near = (left: number, of: number): number => (Math.abs(left) <= 1e-12 * Math.abs(of) ? 0 : left);

/** Equity at last prices less what open positions tie up: their value over the leverage, or their deposit. */
export function freeMargin(a: Account, leverage: number): number {
  let equity = cashOf(a);
  let used = 0;
  for (let k = 0; k < a.positions.length; k++) {
    const p = a.positions[k];
    if (p.units === 0) continue;
    const it = a.instruments[k];
    const value = p.units * p.mark * it.multiplier * a.rates[it.currency];
    if (Number.isNaN(it.margin)) {
      equity += value;
      used += Math.abs(value) / leverage;
    }
  }
  return Math.max(0, equity - used);
}

