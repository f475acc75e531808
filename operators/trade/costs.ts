import { DAY, HOUR } from '../../src/core/time.ts';

/** What holding costs while time passes, as opposed to trading. Rates are ratios; a result is money paid, negative for money received. */
export interface HoldingRates {
  /** A year, on the value of short positions. */
  readonly borrow?: number;
  /** A year, received on cash, and paid on cash below zero. */
  readonly credit?: number;
  readonly debit?: number;
  /** For each interval, on the value of a perpetual future: a positive rate is paid by longs to shorts. */
  readonly funding?: number;
  /** Hours of the interval; 8 gives 00:00, 08:00 and 16:00 UTC. */
  readonly fundingHours?: number;
}

/** Days of a year for borrow and interest: act/365. */
export const YEAR = 365 * DAY;

/** Fee for lent shares: `rate` a year on `shortValue` (its sign does not matter) over `micros` of event time. */
export const borrowCost = (rate: number, shortValue: number, micros: number): number => rate * Math.abs(shortValue) * (micros / YEAR);

/** Interest on cash over `micros` of event time: negative (received) on cash above zero, positive (paid) below. */
export const interestCost = (credit: number, debit: number, cash: number, micros: number): number =>
  -cash * (cash < 0 ? debit : credit) * (micros / YEAR);

/** How many funding moments lie in (from, to]; they are the whole multiples of `hours` since 1970 UTC. */
export function fundingMoments(from: number, to: number, hours = 8): number {
  return to > from ? Math.floor(to / (hours * HOUR)) - Math.floor(from / (hours * HOUR)) : 0;
}

/** Funding paid in (from, to] on a position worth `value`, negative for a short one. */
export const fundingCost = (rate: number, value: number, from: number, to: number, hours = 8): number =>
  rate * value * fundingMoments(from, to, hours);

/** Money paid so far for holding, by kind; plain data. */
export interface HoldingCosts {
  /** Up to when costs are counted; NaN before the first row. */
  ts: number;
  borrow: number;
  interest: number;
  funding: number;
}

export const holdingCosts = (): HoldingCosts => ({ ts: NaN, borrow: 0, interest: 0, funding: 0 });

/**
 * Adds what the account that was held from `state.ts` to `ts` (microseconds) cost, and returns it: take it off the cash. `shortValue` is
 * the value of all short positions, `fundedValue` that of the positions with funding, with sign. Time that goes back costs nothing.
 */
export function accrue(
  state: HoldingCosts, rates: HoldingRates, ts: number, cash: number, shortValue: number, fundedValue: number,
): number {
  const from = state.ts;
  if (!(ts > from)) {
    if (from !== from) state.ts = ts;
    return 0;
  }
  state.ts = ts;
  const borrow = borrowCost(rates.borrow ?? 0, shortValue, ts - from);
  const interest = interestCost(rates.credit ?? 0, rates.debit ?? 0, cash, ts - from);
  const funding = fundingCost(rates.funding ?? 0, fundedValue, from, ts, rates.fundingHours);
  state.borrow += borrow;
  state.interest += interest;
  state.funding += funding;
  return borrow + interest + funding;
}
