import { DAY } from '../../src/core/time.ts';

/**
 * What a fill costs. Every part that is given is added, then `min` and `maxPercent` bound the sum. Shares of value are plain ratios:
 * 0.001 is 0.1 %. Value is |quantity| * price * multiplier.
 */
export interface CommissionSettings {
  /** Share of the value. */
  readonly percent?: number;
  /** Money for each fill. */
  readonly fixed?: number;
  /** Money for each unit or contract. */
  readonly perShare?: number;
  /** Least money for a fill. A rebate is not raised to it. */
  readonly min?: number;
  /** Most that a fill costs, as a share of its value. */
  readonly maxPercent?: number;
  /** Which bound holds where they cross, on orders of little value. Interactive Brokers charges the maximum, Lean's model the minimum. */
  readonly minWins?: boolean;
  /** Share of the value when the order rested in the book; negative is a rebate. */
  readonly maker?: number;
  /** Share of the value when the order took liquidity. */
  readonly taker?: number;
  /** Rates by traded value; the tier with the greatest `volume` that has been reached holds. Below all of them `maker` and `taker` do. */
  readonly tiers?: readonly CommissionTier[];
  /** Decimals to which a fee is rounded, half away from zero; left out, it is not rounded. */
  readonly decimals?: number;
}

export interface CommissionTier {
  readonly volume: number;
  readonly maker: number;
  readonly taker: number;
}

/** Money that a fill costs; negative for a rebate. The sign of `quantity` does not matter. `volumeSoFar` is traded value, see `traded`. */
export type Commission = (quantity: number, price: number, maker: boolean, volumeSoFar: number, multiplier: number) => number;

/** Makes the fee function of some settings. */
export function commission(settings: CommissionSettings): Commission {
  const { percent = 0, fixed = 0, perShare = 0, min = 0, maxPercent = Infinity, minWins = false, decimals = -1 } = settings;
  const tiers = [...settings.tiers ?? []].sort((a, b) => a.volume - b.volume);
  const reached = Float64Array.of(-Infinity, ...tiers.map((t) => t.volume));
  const makers = Float64Array.of(settings.maker ?? 0, ...tiers.map((t) => t.maker));
  const takers = Float64Array.of(settings.taker ?? 0, ...tiers.map((t) => t.taker));
  const last = tiers.length;
  const scale = 10 ** decimals;

  return (quantity, price, maker, volumeSoFar, multiplier) => {
    const units = Math.abs(quantity);
    if (units === 0) return 0;
    const value = Math.abs(units * price * multiplier);
    let tier = last;
    while (tier > 0 && reached[tier] > volumeSoFar) tier--;
    const rate = percent + (maker ? makers[tier] : takers[tier]);
    let fee = fixed + perShare * units + rate * value;
    const raised = fee >= 0 && fee < min;
    if (raised) fee = min;
    if (fee > maxPercent * value && !(raised && minWins)) fee = maxPercent * value;
    return decimals < 0 ? fee : roundMoney(fee, scale);
  };
}

/** Half away from zero. What lies within one rounding error of a half counts as a half: 1.005 at two decimals is 1.01. */
function roundMoney(x: number, scale: number): number {
  const size = Math.abs(x) * scale;
  const rounded = Math.floor(size + 0.5 + size * Number.EPSILON) / scale;
  return x < 0 ? -rounded : rounded;
}

/** Days of UTC whose value counts for the tiers. */
export const TIER_DAYS = 30;

/** Value traded on each of the last 30 days of UTC, today included; plain data. */
export interface TradedVolume {
  day: number;
  total: number;
  readonly days: Float64Array;
}

export const tradedVolume = (): TradedVolume => ({ day: -Infinity, total: 0, days: new Float64Array(TIER_DAYS) });

/** Value traded in the 30 days that end with the day of `ts` (microseconds UTC), after days that have passed are taken out. */
export function traded(state: TradedVolume, ts: number): number {
  const day = Math.floor(ts / DAY);
  if (day > state.day) {
    if (day - state.day >= TIER_DAYS) state.days.fill(0);
    else for (let d = state.day + 1; d <= day; d++) state.days[slot(d)] = 0;
    state.day = day;
    // Summed anew, so that no rounding error of subtracting stays.
    state.total = 0;
    for (let i = 0; i < TIER_DAYS; i++) state.total += state.days[i];
  }
  return state.total;
}

/** Adds the value of a fill; call `traded` first for the tier of this fill. */
export function addTraded(state: TradedVolume, ts: number, value: number): void {
  traded(state, ts);
  state.days[slot(state.day)] += Math.abs(value);
  state.total += Math.abs(value);
}

const slot = (day: number): number => ((day % TIER_DAYS) + TIER_DAYS) % TIER_DAYS;
