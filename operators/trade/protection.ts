import { closable, near } from './execution.ts';
import type { Exchange } from './exchange.ts';
import {
  blank, isAlive, isProtective, LIMIT, STOP, STOP_LOSS, TARGET, TRAILING, type Order, type Protection, type Ticket,
} from './order.ts';

/** What a fill does to other orders: the other half of a pair ends, protection begins, protection without a position ends. */
export function afterFill(x: Exchange, o: Order, units: number, price: number, ts: number): void {
  if (o.oco !== 0) settleGroup(x, o, units, ts);
  if (o.protect !== null) protect(x, o, o.protect, units, price, ts);
  for (const other of [...x.ordersOf(o.key)]) {
    const idle = other === o ? o.reduceOnly : isProtective(other);
    if (idle && isAlive(other) && closable(x.account, other) === 0) x.cancel(other, ts, 'position_closed');
  }
}

function settleGroup(x: Exchange, o: Order, units: number, ts: number): void {
  for (const other of [...x.ordersOf(o.key)]) {
    if (other === o || other.oco !== o.oco || !isAlive(other)) continue;
    other.left = near(other.left - units, other.quantity);
    if (o.left <= 0 || other.left <= 0) x.cancel(other, ts, 'other_filled');
  }
}

function protect(x: Exchange, o: Order, p: Protection, units: number, price: number, ts: number): void {
  let grown = false;
  for (const c of x.ordersOf(o.key)) {
    if (c.parent !== o.id || !isAlive(c)) continue;
    c.quantity += units;
    c.left += units;
    grown = true;
  }
  if (grown) return;
  const { profile, reply } = x.rules;
  const exit: Ticket = { ...blank, key: o.key, side: -o.side as 1 | -1, quantity: units, parent: o.id, oco: o.id, reduceOnly: true };
  const child = (t: Partial<Ticket>): void => {
    // Whoever sends them knows of the fill once the reply is there.
    const made = x.submit({ ...exit, ...t }, ts, reply);
    if (profile.children === 'same_bar' && !x.rules.delayed) made.arrives = -Infinity;
  };
  const target = Number.isNaN(p.targetPrice) ? price + o.side * p.targetDistance : p.targetPrice;
  const stop = Number.isNaN(p.stopPrice) ? price - o.side * p.stopDistance : p.stopPrice;
  const distance = p.trailShare ? price * p.trail : p.trail;
  // Where closes move the stop, the close of the entry's own bar is the first of them.
  const trailStop = profile.trailBy === 'close' ? NaN : price - o.side * distance;
  const send = [
    ...(Number.isNaN(target) ? [] : [{ type: LIMIT, limit: target, role: TARGET }]),
    ...(Number.isNaN(p.trail) ? [] : [{
      type: TRAILING, trail: p.trail, trailShare: p.trailShare, stop: trailStop, role: STOP_LOSS,
    }]),
    ...(Number.isNaN(stop) ? [] : [{ type: STOP, stop, role: STOP_LOSS }]),
  ];
  // The stop is looked at before the target, whichever end of the queue they go to.
  for (const t of profile.exitsFirst ? send : send.reverse()) child(t);
}
