import type { OperatorIo, TimedInstance } from '../../src/core/operator.ts';
import { putRow } from '../join/columns.ts';
import { book, positionOf, total, type RoundTrip } from './account.ts';
import { settleBooks } from './book-market.ts';
import { addTraded } from './commission.ts';
import type { Decision } from './decision.ts';
import type { DeskSettings, DeskState } from './desk-state.ts';
import { emitEquity, emitFill, emitOrder, emitRefused, emitTrade } from './emit.ts';
import { Exchange } from './exchange.ts';
import { hold, nextHeld, release } from './held.ts';
import { marketRow, readDecision, readMarket, type MarketRow } from './inputs.ts';
import { MarketStep } from './market-step.ts';
import { AT_END, blank, isAlive, PENDING, type Order, type Ticket } from './order.ts';
import type { Overseer } from './overseer.ts';
import { TARGET_COLUMNS } from './streams.ts';
import { arrivals, atOnce } from './ticks.ts';
import { Trader } from './trader.ts';

/**
 * A trading group: market rows, decisions, orders, fills and the account step row by row, so that a fill takes effect from the next row
 * on whatever the batch. Rows are taken in order of event time: where they do not come so, each waits until the watermark has passed it.
 * Where the profile works on bars a decision waits for its moment, so that every symbol's bar of it counts.
 */
export class Desk implements TimedInstance {
  due = Infinity;
  private readonly io: OperatorIo;
  private readonly s: DeskSettings;
  private readonly state: DeskState;
  private readonly exchange: Exchange;
  private readonly markets: MarketStep;
  private readonly trader: Trader;
  private readonly overseer: Overseer;
  private readonly own: number;
  private readonly everyone: number;
  private readonly scratch = marketRow();

  constructor(io: OperatorIo, settings: DeskSettings, state: DeskState) {
    this.io = io;
    this.s = settings;
    this.state = state;
    const { account } = this.state;
    this.exchange = new Exchange(this.state.exchange, account, settings.rules, {
      filled: (o, units, price, fee, slippage, maker, ts) => {
        const rate = account.rates[account.instruments[o.key].currency];
        account.slippage += slippage * rate;
        addTraded(state.tape.volume, ts, units * price * account.instruments[o.key].multiplier * rate);
        book(account, { key: o.key, units: o.side * units, price, fee, ts, order: o.id, role: o.role }, (trip) => this.closed(trip));
        emitFill(io.ports.fills, o, ts, units, price, fee, slippage, maker, positionOf(account, o.key).units);
        this.state.dirty = true;
        this.overseer.filled(o, units, price, ts);
      },
      changed: (o) => emitOrder(io.ports.orders, o),
    });
    this.markets = new MarketStep(settings, this.exchange, state.tape, io.time.calendar);
    const refuse = (t: Ticket, price: number, now: number, code: string, text: string): void =>
      emitRefused(io.ports.refused, now, t.key, t.side, t.quantity, price, code, text);
    this.trader = new Trader(settings.size, {
      exchange: this.exchange, account, fee: settings.rules.fee, members: settings.members, refused: refuse,
      gate: (ticket, price, now) => this.overseer.gate(ticket, price, now),
      portfolio: (wanted) => this.overseer.portfolio(wanted),
    }, this.state.wanted);
    this.overseer = settings.overseer({
      account, exchange: this.exchange, trader: this.trader, calendar: io.time.calendar, state: this.state, refuse,
    });
    this.own = io.inputs[settings.inputs.decision].schema.length;
    this.everyone = io.out.frame.keys.intern('*');
    this.wake();
  }

  private closed(trip: RoundTrip): void {
    const it = this.state.account.instruments[trip.key];
    emitTrade(this.io.ports.trades, trip, this.state.account.rates[it.currency], it.multiplier, false);
    this.overseer.closed(trip);
  }

  private instrument(key: number): void {
    const { instruments } = this.state.account;
    while (instruments.length <= key) instruments.push(this.s.instrumentOf(instruments.length));
    positionOf(this.state.account, key);
  }

  private counts(input: number): { filtered: number; late: number } {
    return this.io.countsOf?.[input] ?? this.io.counts;
  }

  row(input: number, i: number, watermark: number): void {
    const { inputs } = this.s;
    const { frame } = this.io.rows[input];
    const ts = frame.ts[i];
    if (ts <= watermark) {
      this.counts(input).late++;
      this.io.late?.copy(input, i);
      return;
    }
    const key = frame.key[i];
    if (inputs.ordered) {
      if (input !== inputs.decision) this.takeMarket(input, readMarket(frame, inputs.markets[input], i, this.scratch), key, ts);
      else this.takeDecision(this.decisionAt(i, key, ts), ts);
    } else {
      const decided = input === inputs.decision;
      hold(this.state.held, {
        ts, input, n: this.state.held.count++, key, market: decided ? null : readMarket(frame, inputs.markets[input], i, marketRow()),
        decision: decided ? this.decisionAt(i, key, ts) : null,
      }, inputs.decision);
    }
    this.wake();
  }

  private decisionAt(i: number, key: number, ts: number): Decision {
    const { inputs } = this.s;
    return readDecision(this.io.rows[inputs.decision].frame, inputs, this.io.inputs[inputs.decision].slots, i, key, ts);
  }

  /** What every row brings: its moment, and what holding has cost until then. */
  private reach(key: number, ts: number): void {
    this.instrument(key);
    if (this.s.rules.profile.moments && !(ts <= this.state.moment)) this.begin(ts);
    const { accrued } = this.state.account;
    if (ts > accrued || Number.isNaN(accrued)) this.overseer.accrue(ts);
  }

  private begin(ts: number): void {
    if (!Number.isNaN(this.state.moment)) this.finish();
    this.state.moment = ts;
  }

  private takeMarket(input: number, row: MarketRow, key: number, ts: number): void {
    this.reach(key, ts);
    if (!this.markets.take(this.s.inputs.markets[input].kind, row, key, ts)) return;
    this.expireHolding(key, ts);
    this.overseer.market(key, ts);
    if (!this.s.rules.profile.moments) this.tell(ts);
  }

  private expireHolding(key: number, ts: number): void {
    if (this.s.size.maxHold === Infinity) return;
    const p = positionOf(this.state.account, key);
    if (p.lots.length > 0 && ts - p.lots[0].ts >= this.s.size.maxHold) this.trader.close(key, ts);
  }

  private takeDecision(d: Decision, ts: number): void {
    this.reach(d.key, ts);
    if (ts < this.s.begin) {
      this.counts(this.s.inputs.decision).filtered++;
      return;
    }
    if (this.s.rules.profile.moments) this.state.waiting.push(d);
    else this.act(d, ts);
  }

  private act(d: Decision, now: number): void {
    const { profile } = this.s.rules;
    const done = this.trader.decide(d, now, this.overseer.sendsAtOnce(d));
    if (profile.fills === 'at_once' || profile.fills === 'same_close') atOnce(this.exchange, d.key, now);
    if (!done) {
      this.counts(this.s.inputs.decision).filtered++;
      return;
    }
    const { out } = this.io;
    const at = out.emit(d.ts, d.key);
    putRow(out.frame, this.io.slots, 0, this.own, at, d.row);
    const w = this.trader.out;
    putRow(out.frame, this.io.slots, this.own, TARGET_COLUMNS.length, at, [w.weight, w.units, w.stop, w.target]);
  }

  advance(watermark: number): void {
    const { held } = this.state;
    const { decision } = this.s.inputs;
    while (held.heap.length > 0 && nextHeld(held) <= watermark) {
      const row = release(held, decision);
      this.timers(row.ts - 1, false);
      if (row.market !== null) this.takeMarket(row.input, row.market, row.key, row.ts);
      else if (row.decision !== null) this.takeDecision(row.decision, row.ts);
      this.wake();
    }
    this.timers(watermark, watermark === Infinity);
    if (watermark === Infinity) this.end();
    this.wake();
  }

  /** What is to be done by the time that event time has come to `watermark`. */
  private timers(watermark: number, last: boolean): void {
    if (this.s.rules.profile.moments) {
      if (this.state.moment <= watermark) this.finish(last);
      return;
    }
    // One by one in order of time, so that it does not matter how far the watermark came at once.
    for (let at = this.nextTimer(-Infinity); at <= watermark && at < Infinity; at = this.nextTimer(at)) {
      if (this.exchange.state.unsettled <= at) settleBooks(this.exchange, at);
      this.arrive(at);
    }
  }

  /** The next time after `from` at which a message of a book is complete or an order is in the market. */
  private nextTimer(from: number): number {
    const { orders, unsettled } = this.state.exchange;
    let next = unsettled > from ? unsettled : Infinity;
    const { profile, delayed } = this.s.rules;
    if (!delayed || profile.fills === 'next_row') return next;
    for (const list of orders) {
      if ((list as Order[] | undefined) === undefined) continue;
      for (const o of list) if (o.status === PENDING && o.arrives > from && o.arrives < next) next = o.arrives;
    }
    return next;
  }

  /** Orders on their way meet the prices that are in force when they arrive, even when no others come. */
  private arrive(at: number): void {
    const { orders, markets } = this.state.exchange;
    for (let key = 0; key < orders.length; key++) {
      const m = markets[key];
      if (m !== undefined && (orders[key]?.length ?? 0) > 0) arrivals(this.exchange, key, m, at + 1);
    }
  }

  /** The moment is complete: its decisions act on what all symbols showed, and the account is told. */
  private finish(last = false): void {
    const { state } = this;
    const now = state.moment;
    const { waiting } = state;
    state.waiting = [];
    state.moment = NaN;
    const { end, fills } = this.s.rules.profile;
    if (!last || end === 'mark') this.overseer.moment(now);
    if (fills === 'same_close') this.actAll(waiting, now);
    if (last) this.closeAll(now);
    this.equity(now);
    if (fills !== 'same_close') this.actAll(waiting, now);
  }

  private actAll(waiting: readonly Decision[], now: number): void {
    for (let i = 0; i < waiting.length; i++) this.act(waiting[i], now);
    this.overseer.decided(now);
  }

  /** Where the profile closes what is open when the data ends. */
  private closeAll(now: number): void {
    const { end } = this.s.rules.profile;
    if (end === 'mark') return;
    const { positions } = this.state.account;
    for (let key = 0; key < positions.length; key++) {
      const { units } = positions[key];
      for (const o of [...this.exchange.ordersOf(key)]) if (isAlive(o)) this.exchange.cancel(o, now, 'end_of_data');
      if (units === 0) continue;
      const m = this.exchange.marketOf(key);
      const o = this.exchange.submit({ ...blank, key, side: units > 0 ? -1 : 1, quantity: Math.abs(units), role: AT_END }, now);
      m.room = Infinity;
      m.ts = now;
      this.exchange.execute(o, Math.abs(units), end === 'last_open' ? m.open : m.close, 0, false, m);
      this.exchange.sweep(key);
    }
  }

  private end(): void {
    const { account } = this.state;
    if (!this.s.rules.profile.moments && account.positions.length > 0) {
      const now = Math.max(...account.positions.map((p) => p.seen));
      if (now > -Infinity) {
        this.closeAll(now);
        this.equity(now);
      }
    }
    for (let key = 0; key < account.positions.length; key++) {
      const p = account.positions[key];
      const it = account.instruments[key];
      for (const lot of p.lots) {
        emitTrade(this.io.ports.trades, {
          key, lot, units: lot.units, exitTs: p.seen, exitPrice: p.mark, exitOrder: 0, exitRole: AT_END,
          gross: lot.units * (p.mark - lot.price) * it.multiplier, fee: lot.fee,
        }, account.rates[it.currency], it.multiplier, true);
      }
    }
  }

  private tell(ts: number): void {
    if (this.state.dirty || !(ts - this.state.told < this.s.equityEvery)) this.equity(ts);
  }

  private equity(ts: number): void {
    if (ts < this.s.begin) return;
    this.state.told = ts;
    this.state.dirty = false;
    const t = total(this.state.account);
    emitEquity(this.io.ports.equity, ts, this.everyone, t, this.state.account);
    this.overseer.valued(ts, t.equity);
  }

  private wake(): void {
    const { held, moment } = this.state;
    const timer = this.s.rules.profile.moments ? (Number.isNaN(moment) ? Infinity : moment) : this.nextTimer(-Infinity);
    this.due = Math.min(nextHeld(held), timer);
  }

  save(): DeskState {
    return this.state;
  }
}
