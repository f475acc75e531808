import { DAY } from '../../core/time.ts';
import { dateOf } from './dates.ts';
import type { Series } from './moments.ts';

/** Change of each price against the one before, one fewer than the prices. */
export function simpleReturns(prices: Series): Float64Array {
  const out = new Float64Array(Math.max(0, prices.length - 1));
  for (let i = 0; i < out.length; i++) out[i] = prices[i + 1] / prices[i] - 1;
  return out;
}

/** Compounded returns up to each period; with a starting value the worth of it. A missing return counts as 0. empyrical `cum_returns`. */
export function cumReturns(returns: Series, startingValue = 0): Float64Array {
  const out = new Float64Array(returns.length);
  let growth = 1;
  for (let i = 0; i < out.length; i++) {
    if (!Number.isNaN(returns[i])) growth *= 1 + returns[i];
    out[i] = startingValue === 0 ? growth - 1 : growth * startingValue;
  }
  return out;
}

/** The last of `cumReturns`; NaN of nothing. empyrical `cum_returns_final`. */
export function cumReturnsFinal(returns: Series, startingValue = 0): number {
  if (returns.length === 0) return NaN;
  let growth = 1;
  for (let i = 0; i < returns.length; i++) if (!Number.isNaN(returns[i])) growth *= 1 + returns[i];
  return startingValue === 0 ? growth - 1 : growth * startingValue;
}

export type Span = 'weekly' | 'monthly' | 'quarterly' | 'yearly';

export interface Aggregate {
  readonly year: number;
  /** Week of ISO 8601, month or quarter within the year; 0 for years. */
  readonly part: number;
  readonly value: number;
}

const partOf = (span: Span, ts: number): [number, number] => {
  const { year, month, week } = dateOf(ts);
  switch (span) {
    case 'weekly': return [year, week];
    case 'monthly': return [year, month];
    case 'quarterly': return [year, Math.ceil(month / 3)];
    case 'yearly': return [year, 0];
  }
};

/**
 * Compounded return per calendar week, month, quarter or year (UTC) of returns stamped with event times, in order of year and part.
 * empyrical `aggregate_returns`; as there, a week is named by the calendar year of its days and the ISO number of the week.
 */
export function aggregateReturns(ts: Series, returns: Series, span: Span): Aggregate[] {
  const groups = new Map<number, { year: number; part: number; growth: number }>();
  let [lastDay, key, year, part] = [NaN, 0, 0, 0];
  for (let i = 0; i < returns.length; i++) {
    const day = Math.floor(ts[i] / DAY);
    if (day !== lastDay) {
      [year, part] = partOf(span, ts[i]);
      [lastDay, key] = [day, year * 100 + part];
    }
    const group = groups.get(key) ?? { year, part, growth: 1 };
    if (!Number.isNaN(returns[i])) group.growth *= 1 + returns[i];
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => a.year - b.year || a.part - b.part)
    .map((g) => ({ year: g.year, part: g.part, value: g.growth - 1 }));
}

/** Compounded return per day (UTC) that has one, of returns stamped with event times. */
export function dailyReturns(ts: Series, returns: Series): Float64Array {
  const out: number[] = [];
  let [day, growth] = [NaN, 1];
  for (let i = 0; i < returns.length; i++) {
    const own = Math.floor(ts[i] / DAY);
    if (own !== day && i > 0) {
      out.push(growth - 1);
      growth = 1;
    }
    day = own;
    if (!Number.isNaN(returns[i])) growth *= 1 + returns[i];
  }
  if (returns.length > 0) out.push(growth - 1);
  return Float64Array.from(out);
}

/**
 * Return that deposits and withdrawals do not touch: the compounded returns of the stretches between them. `flows[i]` is money that came
 * in with `values[i]`: counted at the end of the stretch before it (`end`, PyAlgoTrade) or at the start of the one behind it (`start`,
 * where `values[i]` is from before it came).
 */
export function timeWeightedReturn(values: Series, flows: Series, at: 'end' | 'start' = 'end'): number {
  let growth = 1;
  for (let i = 1; i < values.length; i++) {
    growth *= at === 'end' ? (values[i] - flows[i]) / values[i - 1] : values[i] / (values[i - 1] + flows[i - 1]);
  }
  return values.length < 2 ? NaN : growth - 1;
}
