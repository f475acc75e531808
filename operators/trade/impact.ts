import { DAY } from '../../src/core/time.ts';

/** Running estimates of one key for square-root impact: units traded on a day, and the variance of a day's log return. Plain data. */
export interface ImpactState {
  day: number;
  /** Units of the day so far, its last price, and the last price of the day before. */
  units: number;
  price: number;
  before: number;
  /** Means over finished days; NaN before the first. */
  adv: number;
  variance: number;
  days: number;
  returns: number;
}

export const impactState = (): ImpactState => ({
  day: -Infinity, units: 0, price: NaN, before: NaN, adv: NaN, variance: NaN, days: 0, returns: 0,
});

/**
 * Takes in a market row. Only finished days of UTC enter the estimates, so none looks ahead: each is a mean of the days so far until
 * there are `span` of them, then an exponential one with alpha 2 / (span + 1). Returns have a mean of zero, as in RiskMetrics (1996).
 */
export function observeImpact(state: ImpactState, ts: number, price: number, units: number, span: number): void {
  const day = Math.floor(ts / DAY);
  if (day > state.day) {
    if (state.day > -Infinity) finishDay(state, span);
    state.day = day;
    state.units = 0;
    state.before = state.price;
  }
  if (units > 0) state.units += units;
  if (price > 0) state.price = price;
}

function finishDay(state: ImpactState, span: number): void {
  const least = 2 / (span + 1);
  state.days++;
  const alpha = Math.max(least, 1 / state.days);
  state.adv = state.days === 1 ? state.units : state.adv + alpha * (state.units - state.adv);
  if (!(state.before > 0)) return;
  const r = Math.log(state.price / state.before);
  state.returns++;
  const beta = Math.max(least, 1 / state.returns);
  state.variance = state.returns === 1 ? r * r : state.variance + beta * (r * r - state.variance);
}
