import { DAY, HOUR, MINUTE } from '../../core/time.ts';
import type { FillRow } from '../model.ts';

export interface SymbolCapacity {
  readonly symbol: string;
  readonly fills: number;
  /** Value of the fills, and what all of them were of the market's value in their bars, 0 to 1. */
  readonly value: number;
  readonly participation: number;
  /** Capital at which that share reaches `share`. */
  readonly capital: number;
}

export interface Capacity {
  /** Share of the traded value that fills may reach. */
  readonly share: number;
  /** Mean participation of all fills, weighted by their value, at the capital of the run; null without a fill whose volume is known. */
  readonly participation: number | null;
  /** Capital at which it reaches `share`. */
  readonly capital: number | null;
  /** Each symbol by itself, least capital first: the first one is what the strategy runs out of. */
  readonly symbols: readonly SymbolCapacity[];
  /** Fills whose bar has no volume: they are left out. */
  readonly unknown: number;
}

/**
 * Share of a bar's traded value that Lean lets a strategy take, by the length of the bar: 2 % of a day, 5 % of an hour, 20 % of a minute,
 * 50 % below (QuantConnect Lean, Common/SymbolCapacity.cs, `ResolutionScaleFactor`).
 */
export function leanShare(bar: number): number {
  if (bar >= DAY) return 0.02;
  if (bar >= HOUR) return 0.05;
  return bar >= MINUTE ? 0.2 : 0.5;
}

/** Minutes of a US trading day, by which Lean measures how fast a symbol is traded. */
const SESSION = 390;

/** Fills of one symbol at one time: they share one bar. */
interface Visit {
  readonly symbol: string;
  readonly ts: number;
  readonly market: number;
  fills: number;
  value: number;
}

/**
 * How much of a bar's value counts: all where the symbol was left alone for half a session, less the sooner a fill follows the one before
 * it, a fifth at least. Two fills within minutes lean on the same liquidity (Lean, `_fastTradingVolumeDiscountFactor`).
 */
const discount = (ts: number, last: number | null): number =>
  (last === null ? 1 : Math.min(1, Math.max(0.2, (2 * ((ts - last) / MINUTE)) / SESSION)));

const sumOf = (visits: readonly Visit[], of: (v: Visit) => number): number => visits.reduce((sum, v) => sum + of(v), 0);

/**
 * The capital up to which a strategy's fills stay a small part of what the market trades. A fill's participation is its value over the
 * value traded in its bar (`marketValue`: close x volume, NaN or 0 where unknown), of which fast trading counts less (`discount`); fills of
 * a symbol at the same time are one. With the capital everything is scaled, so
 *
 *     capital = capital of the run x share / participation
 *
 * with the mean participation over all fills, weighted by value; and for a symbol with the sum of its fills over the sum of its bars. From
 * Lean (Common/CapacityEstimate.cs) come the shares, the discount and the view that the tightest symbol limits the whole; Lean smooths
 * weekly snapshots of that symbol and divides by its weight, this one reads the whole run and divides by the participation itself, which
 * turnover is part of. Price impact is not in it: at this capital fills are already worse than the backtest says.
 */
export function capacityOf(
  fills: readonly FillRow[], capital: number, marketValue: (fill: FillRow) => number, share: number,
): Capacity {
  const visits: Visit[] = [];
  const last = new Map<string, Visit>();
  for (const fill of fills) {
    const before = last.get(fill.symbol);
    const value = Math.abs(fill.quantity * fill.price);
    if (before?.ts === fill.ts) {
      before.fills += 1;
      before.value += value;
      continue;
    }
    const market = marketValue(fill) * discount(fill.ts, before?.ts ?? null);
    const visit: Visit = { symbol: fill.symbol, ts: fill.ts, market, fills: 1, value };
    last.set(fill.symbol, visit);
    visits.push(visit);
  }
  const known = visits.filter((v) => v.market > 0 && Number.isFinite(v.market) && v.value > 0);
  const bySymbol = new Map<string, Visit[]>();
  for (const v of known) {
    const of = bySymbol.get(v.symbol);
    if (of === undefined) bySymbol.set(v.symbol, [v]);
    else of.push(v);
  }
  const total = sumOf(known, (v) => v.value);
  const at = (participation: number): number => (capital * share) / participation;
  const symbols = [...bySymbol].map(([symbol, of]) => {
    const value = sumOf(of, (v) => v.value);
    const participation = value / sumOf(of, (v) => v.market);
    return { symbol, fills: sumOf(of, (v) => v.fills), value, participation, capital: at(participation) };
  });
  symbols.sort((a, b) => a.capital - b.capital || (a.symbol < b.symbol ? -1 : 1));
  const participation = total > 0 ? sumOf(known, (v) => v.value * (v.value / v.market)) / total : null;
  const unknown = fills.length - sumOf(known, (v) => v.fills);
  return { share, participation, capital: participation === null ? null : at(participation), symbols, unknown };
}
