/** Bounds of weights, lots, ticks, and what the cash pays for. Weights are shares of the equity, with sign. */
export interface WeightLimits {
  /** Most for one symbol, in absolute value. */
  readonly maxWeight?: number;
  /** Most for the sum of absolute values, and for the absolute value of the sum. */
  readonly maxGross?: number;
  readonly maxNet?: number;
  /** Are weights below zero set to zero? */
  readonly longOnly?: boolean;
}

/**
 * Bounds `n` weights in place: first each one, then all in proportion until the gross and the net sum are within. Weights keep their
 * sign and never grow. One that is no finite number becomes 0; a bound below 0 counts as 0.
 */
export function capWeights(weights: Float64Array, n: number, limits: WeightLimits): void {
  const maxWeight = Math.max(0, limits.maxWeight ?? Infinity);
  const maxGross = Math.max(0, limits.maxGross ?? Infinity);
  const maxNet = Math.max(0, limits.maxNet ?? Infinity);
  const { longOnly = false } = limits;
  for (let i = 0; i < n; i++) {
    let w = weights[i];
    if (!Number.isFinite(w) || (longOnly && w < 0)) w = 0;
    weights[i] = Math.max(-maxWeight, Math.min(maxWeight, w));
  }
  let gross = grossOf(weights, n);
  let net = Math.abs(netOf(weights, n));
  // Further rounds take out what rounding left over a bound, by ever more, so that they end.
  for (let less = Number.EPSILON; gross > maxGross || net > maxNet; less = Math.min(1, 2 * less)) {
    const scale = Math.min(gross > maxGross ? maxGross / gross : 1, net > maxNet ? maxNet / net : 1) * (1 - less);
    for (let i = 0; i < n; i++) weights[i] *= scale;
    gross = grossOf(weights, n);
    net = Math.abs(netOf(weights, n));
  }
}

export function grossOf(weights: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.abs(weights[i]);
  return sum;
}

export function netOf(weights: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += weights[i];
  return sum;
}

/** How many steps make up `x`, toward zero; a count that is whole but for rounding (0.3 / 0.1) is taken as whole. */
function stepsOf(x: number, step: number): number {
  const steps = Math.abs(x) / step;
  const near = Math.round(steps);
  return Math.abs(steps - near) <= 4 * Number.EPSILON * near ? near : Math.floor(steps);
}

/** `count` steps as the nearest double of the decimal number: 3 steps of 0.1 are 0.3. */
function timesStep(count: number, step: number): number {
  const inverse = Math.round(1 / step);
  return step < 1 && Math.abs(inverse * step - 1) <= 2 * Number.EPSILON ? count / inverse : count * step;
}

/** Units rounded toward zero to whole lots; a lot of 0 allows any fraction. */
export function roundLot(units: number, lot: number): number {
  if (lot === 0 || !Number.isFinite(units)) return units;
  const rounded = timesStep(stepsOf(units, lot), lot);
  return units < 0 && rounded !== 0 ? -rounded : rounded;
}

/** A price on the grid of ticks: the nearest (halves up), the next below or the next above; a tick of 0 leaves it. */
export function roundTick(price: number, tick: number, mode: 'nearest' | 'down' | 'up'): number {
  if (tick === 0 || !Number.isFinite(price)) return price;
  const ticks = price / tick;
  const near = Math.round(ticks);
  const whole = Math.abs(ticks - near) <= 4 * Number.EPSILON * Math.abs(near);
  const count = whole || mode === 'nearest' ? near : mode === 'down' ? Math.floor(ticks) : Math.ceil(ticks);
  return timesStep(count, tick);
}

/** Fee of `units` at a price, positive; see `commission.ts`. */
export type FeeOf = (units: number, price: number) => number;

/**
 * Most units (>= 0, whole lots) that `money` buys with their fee: floor((money - fee) / price), repeated with the fee of that many until
 * it holds. Lean's SetHoldings (GetMaximumOrderQuantityForTargetBuyingPower) gives `money` = equity * target * (1 - 0.0025).
 */
export function affordable(money: number, price: number, multiplier: number, lot: number, fee: FeeOf): number {
  const each = price * multiplier;
  if (!(money > 0) || !(each > 0)) return 0;
  let units = roundLot(money / each, lot);
  for (let round = 0; units > 0; round++) {
    const cost = fee(units, price);
    if (units * each + cost <= money) return units;
    let next = roundLot((money - cost) / each, lot);
    // With a fee that falls in steps the new count can be as high as the old one.
    if (next >= units) next = lot === 0 ? units * (1 - Number.EPSILON * 2 ** round) : roundLot(units - lot, lot);
    units = next;
  }
  return 0;
}
