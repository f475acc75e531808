import type { Calendar } from '../../src/core/calendar.ts';
import { cashOf, exposure, positionOf, total } from './account.ts';
import { parseBlackout } from './blackout.ts';
import { fundingCost, borrowCost, interestCost } from './costs.ts';
import { covariance, observeReturns, returnsState, type ReturnsState } from './covariance.ts';
import type { Decision } from './decision.ts';
import type { DeskView } from './desk-state.ts';
import { isProtective } from './exchange.ts';
import { isAlive, STOP_LOSS, type Ticket } from './order.ts';
import type { Overseer } from './overseer.ts';
import { capTurnover, due, parseSchedule, withinBand, type Schedule } from './rebalance-rules.ts';
import { riskCode } from './risk-codes.ts';
import { checkOrder, orderView, riskRules, tradingAt, type RiskRules, type RiskSettings } from './risk-rules.ts';
import { ACTIVE, addRiskKey, noteEquity, noteMarket, noteOrder, riskState, type RiskState } from './risk-state.ts';
import { noteTrade } from './trade-guards.ts';
import { capWeights, type WeightLimits } from './limits.ts';
import type { SizeMethod } from './size.ts';
import { WEIGHT_METHODS } from './weights.ts';

/** Yearly and eight-hourly rates of what holding costs. */
export interface HoldingArgs {
  readonly borrow: number;
  readonly interest: number;
  readonly funding: number;
  readonly fundingHours: number;
}

export interface RebalanceSettings {
  readonly schedule: Schedule;
  readonly band: { readonly absolute?: number; readonly relative?: number } | null;
  readonly turnover: number;
  readonly exitsAtOnce: boolean;
}

export interface HouseSettings {
  readonly holding: HoldingArgs;
  readonly risk: RiskSettings | null;
  readonly rebalance: RebalanceSettings | null;
  readonly method: SizeMethod;
  /** Limits on the weights that a rebalance leads to. */
  readonly limits: WeightLimits;
  /** Moments of history that covariances are taken over, and the part of the equity that all weights make together. */
  readonly window: number;
  readonly closeOnHalt: boolean;
  readonly symbolOf: (key: number) => string;
}

interface Kept {
  risk?: RiskState;
  returns?: ReturnsState;
  /** Time of the last rebalance, and days of funding that were charged. */
  rebalanced?: number;
}

/** The rules over a desk: what holding costs, risk limits, weights of a portfolio and rebalancing. */
export class House implements Overseer {
  private readonly s: HouseSettings;
  private readonly desk: DeskView;
  private readonly kept: Kept;
  private readonly rules: RiskRules | null;
  private readonly view = orderView();
  private readonly calendar: Calendar;

  constructor(settings: HouseSettings, desk: DeskView) {
    this.s = settings;
    this.desk = desk;
    this.kept = desk.state.ledger as Kept;
    this.calendar = desk.calendar;
    this.rules = settings.risk === null ? null : riskRules(settings.risk);
    if (this.rules !== null) this.kept.risk ??= riskState(this.rules);
    if (needsReturns(settings)) this.kept.returns ??= returnsState(settings.window);
    this.kept.rebalanced ??= NaN;
  }

  accrue(ts: number): void {
    const { account } = this.desk;
    const from = account.accrued;
    account.accrued = ts;
    const { borrow, interest, funding, fundingHours } = this.s.holding;
    if (Number.isNaN(from) || (borrow === 0 && interest === 0 && funding === 0)) return;
    let short = 0;
    let net = 0;
    for (let key = 0; key < account.positions.length; key++) {
      const value = exposure(account, key);
      net += value;
      if (value < 0) short += value;
    }
    const lent = borrowCost(borrow, short, ts - from);
    const paid = interestCost(interest, interest, cashOf(account), ts - from);
    const swapped = fundingCost(funding, net, from, ts, fundingHours);
    account.borrow += lent;
    account.interest += paid;
    account.funding += swapped;
    account.cash[0] -= lent + paid + swapped;
  }

  gate(ticket: Ticket, price: number, now: number): { code: string; text: string } | null {
    const { rules, kept: { risk } } = this;
    if (rules === null || risk === undefined) return null;
    addRiskKey(risk, ticket.key);
    const number = checkOrder(rules, risk, this.look(ticket, price, now));
    if (number !== 0) {
      const found = riskCode(number);
      return { code: found?.code ?? 'R000', text: found?.text ?? 'refused' };
    }
    noteOrder(risk, now);
    return null;
  }

  private look(ticket: Ticket, price: number, now: number): typeof this.view {
    const { account, exchange } = this.desk;
    const { view } = this;
    const all = total(account);
    let [buy, sell, waiting] = [0, 0, 0];
    for (const o of exchange.ordersOf(ticket.key)) {
      if (!isAlive(o) || isProtective(o) || Number.isNaN(o.left)) continue;
      if (o.side > 0) buy += o.left;
      else sell += o.left;
    }
    const it = account.instruments[ticket.key];
    const each = price * it.multiplier * account.rates[it.currency];
    waiting += (buy + sell) * each;
    view.ts = now;
    view.key = ticket.key;
    view.symbol = this.s.symbolOf(ticket.key);
    view.quantity = ticket.side * (Number.isNaN(ticket.quantity) ? ticket.share * all.equity / each : ticket.quantity);
    view.price = price;
    view.multiplier = it.multiplier * account.rates[it.currency];
    view.position = positionOf(account, ticket.key).units;
    view.openBuy = buy;
    view.openSell = sell;
    view.equity = all.equity;
    view.gross = all.gross + waiting;
    view.openPositions = all.open;
    return view;
  }

  sendsAtOnce(d: Decision): boolean {
    const { rules, kept: { risk } } = this;
    if (rules !== null && risk !== undefined) {
      addRiskKey(risk, d.key);
      noteMarket(rules, risk, d.ts, d.key, d.breaker === 1, d.severity);
    }
    return this.s.rebalance === null;
  }

  market(): void { /* Nothing is kept by row: moments are what counts. */ }

  filled(): void { /* The account has it. */ }

  closed(trip: Parameters<Overseer['closed']>[0]): void {
    const { rules, kept: { risk } } = this;
    if (rules === null || risk === undefined) return;
    addRiskKey(risk, trip.key);
    const value = Math.abs(trip.units) * trip.lot.price * this.desk.account.instruments[trip.key].multiplier;
    noteTrade(rules, risk, trip.exitTs, trip.key, (trip.gross - trip.fee) / value, trip.exitRole === STOP_LOSS);
  }

  valued(ts: number, equity: number): void {
    const { rules, kept: { risk } } = this;
    if (rules === null || risk === undefined) return;
    const before = tradingAt(rules, risk, ts);
    noteEquity(rules, risk, ts, equity, this.calendar);
    if (this.s.closeOnHalt && before === ACTIVE && tradingAt(rules, risk, ts) > ACTIVE) this.closeEverything(ts);
  }

  private closeEverything(ts: number): void {
    const { positions } = this.desk.account;
    for (let key = 0; key < positions.length; key++) if (positions[key].units !== 0) this.desk.trader.close(key, ts);
  }

  moment(ts: number): void {
    const { returns } = this.kept;
    if (returns === undefined) return;
    const { positions } = this.desk.account;
    const prices = new Float64Array(positions.length);
    for (let key = 0; key < positions.length; key++) prices[key] = positions[key].seen === ts ? positions[key].mark : NaN;
    observeReturns(returns, prices, prices.length);
  }

  decided(ts: number): void {
    const { rebalance } = this.s;
    if (rebalance === null) return;
    if (rebalance.exitsAtOnce) this.closeUnwanted(ts);
    if (!due(this.kept.rebalanced ?? NaN, ts, rebalance.schedule, this.calendar)) return;
    if (this.desk.state.wanted.size === 0 && total(this.desk.account).open === 0) return;
    this.kept.rebalanced = ts;
    if (!rebalance.exitsAtOnce) this.closeUnwanted(ts);
    this.rebalance(rebalance, ts);
  }

  private closeUnwanted(ts: number): void {
    const { positions } = this.desk.account;
    for (let key = 0; key < positions.length; key++) {
      if (positions[key].units !== 0 && !this.desk.state.wanted.has(key)) this.desk.trader.close(key, ts);
    }
  }

  /** Brings every wanted symbol to its target weight, outside the band, within the turnover. */
  private rebalance(s: RebalanceSettings, ts: number): void {
    const { account, state, trader } = this.desk;
    const keys = [...state.wanted.keys()].sort((a, b) => a - b);
    const { equity } = total(account);
    const current = Float64Array.from(keys, (key) => exposure(account, key) / equity);
    // The weights of a portfolio are those of one moment: found once, not for every symbol of it.
    let shares: ReadonlyMap<number, number> | null = null;
    const portfolio = (wanted: ReadonlyMap<number, Decision>): ReadonlyMap<number, number> => (shares ??= this.portfolio(wanted));
    const target = Float64Array.from(keys, (key) => trader.weightOf(state.wanted.get(key) as Decision, portfolio));
    const known = target.map((w) => (Number.isFinite(w) ? w : 0));
    capWeights(known, keys.length, this.s.limits);
    for (let i = 0; i < keys.length; i++) if (Number.isFinite(target[i])) target[i] = known[i];
    for (let i = 0; i < keys.length; i++) {
      if (!Number.isFinite(target[i]) || (s.band !== null && withinBand(current[i], target[i], s.band))) target[i] = current[i];
    }
    capTurnover(current, target, keys.length, s.turnover, target);
    // What is sold first frees the money for what is bought.
    const grows = (i: number): number => Math.abs(target[i]) - Math.abs(current[i]);
    const order = keys.map((_, i) => i).sort((a, b) => grows(a) - grows(b));
    for (const i of order) {
      if (target[i] === current[i]) continue;
      trader.rebalance(state.wanted.get(keys[i]) as Decision, target[i], ts);
    }
  }

  /** Signed weights of a method over all wanted symbols; the forecasts of their decisions where the method needs no more. */
  portfolio(wanted: ReadonlyMap<number, Decision>): ReadonlyMap<number, number> {
    const keys = [...wanted.keys()].sort((a, b) => a - b);
    const n = keys.length;
    const c = new Float64Array(n * n);
    const method = WEIGHT_METHODS[this.s.method] ?? WEIGHT_METHODS.equal_weight;
    const forecast = keys.every((k) => (wanted.get(k) as Decision).volatility > 0);
    if (!method.covariance && forecast) keys.forEach((k, i) => { c[i * n + i] = (wanted.get(k) as Decision).volatility ** 2; });
    else if (this.kept.returns === undefined || covariance(this.kept.returns, Int32Array.from(keys), n, 0, c) < 2) return new Map();
    const out = new Float64Array(n);
    if (method.weights(c, n, out) < 0) return new Map();
    return new Map(keys.map((k, i) => [k, out[i] * (wanted.get(k) as Decision).side]));
  }
}

const needsReturns = (s: HouseSettings): boolean => ['inverse_volatility', 'risk_parity', 'min_variance'].includes(s.method);

/** `risk:` as the rules take it. */
export function riskSettings(a: Readonly<Record<string, unknown>>, calendar: Calendar): RiskSettings {
  const some = <T>(name: string, value: (x: never) => T): Record<string, T> =>
    (a[name] === undefined || a[name] === null ? {} : { [name]: value(a[name] as never) });
  const n = (from: string, to: string): Record<string, unknown> => (a[from] === undefined ? {} : { [to]: a[from] });
  const guard = (g: { count: number; lookback: number; rest: number }): { count: number; lookback: number; duration: number } =>
    ({ count: g.count, lookback: g.lookback, duration: g.rest });
  const d = a.max_drawdown as { share: number; rest?: number; halt: boolean } | undefined;
  const cool = a.cooldown as { rest: number; after: 'trade' | 'loss' | 'stop' } | undefined;
  const stop = a.stop_guard as (Parameters<typeof guard>[0] & { per_symbol: boolean }) | undefined;
  const low = a.low_profit as (Parameters<typeof guard>[0] & { required: number }) | undefined;
  const blackout = (a.blackout as readonly string[] | undefined ?? []).flatMap((t) => parseBlackout(t, String(a.zone ?? 'UTC')) ?? []);
  return {
    ...n('max_units', 'maxUnits'), ...n('max_value', 'maxValue'), ...n('max_weight', 'maxWeight'), ...n('max_order_units', 'maxOrderUnits'),
    ...n('max_order_value', 'maxOrderValue'), ...n('max_positions', 'maxOpenPositions'), ...n('max_leverage', 'maxLeverage'),
    ...n('long_only', 'longOnly'), ...some('restricted', (x: readonly string[]) => x),
    ...(a.orders === undefined ? {} : { orderRate: a.orders as { count: number; per: number } }),
    ...(a.daily_loss === undefined ? {} : { dailyLoss: { share: a.daily_loss as number } }),
    ...(d === undefined ? {} : { drawdown: { share: d.share, halt: d.halt, ...(d.rest === undefined ? {} : { cooldown: d.rest }) } }),
    ...(a.breaker === undefined ? {} : { volatilityBreaker: { hold: Number(a.breaker_hold ?? 0) } }),
    ...(a.severity === undefined ? {} : {
      anomalyBreaker: {
        level: ['info', 'warning', 'critical'].indexOf(String(a.severity_level ?? 'critical')), hold: Number(a.severity_hold ?? 0),
      },
    }),
    ...(cool === undefined ? {} : { cooldown: { duration: cool.rest, after: cool.after } }),
    ...(stop === undefined ? {} : { stopGuard: { ...guard(stop), perSymbol: stop.per_symbol } }),
    ...(low === undefined ? {} : { lowProfit: { ...guard(low), required: low.required } }),
    blackout, ...(a.market_hours === true ? { calendar } : {}),
  };
}

export function rebalanceSettings(a: Readonly<Record<string, unknown>>): RebalanceSettings {
  const band = {
    ...(a.band === undefined ? {} : { absolute: a.band as number }),
    ...(a.relative_band === undefined ? {} : { relative: a.relative_band as number }),
  };
  return {
    schedule: parseSchedule(String(a.every ?? '1d')) ?? { unit: 'day', count: 1 }, band: Object.keys(band).length === 0 ? null : band,
    turnover: (a.turnover as number | undefined) ?? Infinity, exitsAtOnce: a.exits !== 'scheduled',
  };
}
