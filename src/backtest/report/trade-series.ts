import type { BacktestRun, TradeRow } from '../model.ts';
import { monthFinder, quantile } from './series.ts';

export interface TradeGroup {
  readonly name: string;
  readonly trades: number;
  readonly winRate: number | null;
  readonly pnl: number;
  /** Mean of the returns of its trades. */
  readonly meanReturn: number | null;
  /** Gains over losses; null without a loss. */
  readonly profitFactor: number | null;
  readonly commission: number;
}

function group(name: string, trades: readonly TradeRow[]): TradeGroup {
  let [wins, gain, loss, returns, commission] = [0, 0, 0, 0, 0];
  for (const t of trades) {
    if (t.pnl > 0) wins++;
    if (t.pnl > 0) gain += t.pnl;
    else loss -= t.pnl;
    returns += t.return;
    commission += t.commission;
  }
  const n = trades.length;
  return {
    name, trades: n, winRate: n === 0 ? null : wins / n, pnl: gain - loss, meanReturn: n === 0 ? null : returns / n,
    profitFactor: loss > 0 ? gain / loss : null, commission,
  };
}

/** Trades by what `key` says of them, in order of first appearance. */
export function groups(trades: readonly TradeRow[], key: (t: TradeRow) => string): TradeGroup[] {
  const found = new Map<string, TradeRow[]>();
  for (const t of trades) {
    const name = key(t);
    const list = found.get(name);
    if (list === undefined) found.set(name, [t]);
    else list.push(t);
  }
  return [...found].map(([name, list]) => group(name, list));
}

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

const STEPS = [1, 2, 2.5, 5, 10];

/** A round width: the smallest of 1, 2, 2.5, 5 times a power of ten that is not below `x`. */
export function roundStep(x: number): number {
  const unit = 10 ** Math.floor(Math.log10(x));
  return unit * (STEPS.find((s) => s * unit >= x * (1 - 1e-9)) ?? 10);
}

/**
 * Counts in bins of equal, round width with an edge at zero. The width comes from the middle 98 %, so that one extreme does not press the
 * rest into one bin; what lies outside is counted in the first and the last bin, which reach as far as it does.
 */
export function histogram(values: readonly number[], bins = 40): Bin[] {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return [];
  const [low, high] = [Math.min(0, quantile(sorted, 0.01)), Math.max(0, quantile(sorted, 0.99))];
  const step = high > low ? roundStep((high - low) / bins) : roundStep(Math.max(Math.abs(sorted[0]), 1e-4));
  // A gain never shares a bin with a loss, however rare it is.
  const first = Math.min(Math.floor(low / step), sorted[0] < 0 ? -1 : 0);
  const last = Math.max(first, Math.ceil(high / step) - 1, sorted[sorted.length - 1] >= 0 ? 0 : -1);
  const counts = new Array<number>(last - first + 1).fill(0);
  for (const x of sorted) counts[Math.min(last, Math.max(first, Math.floor(x / step))) - first]++;
  return counts.map((n, i) => ({
    count: n,
    from: i === 0 ? Math.min(sorted[0], first * step) : (first + i) * step,
    to: i === counts.length - 1 ? Math.max(sorted[sorted.length - 1], (last + 1) * step) : (first + i + 1) * step,
  }));
}

export interface Turned {
  readonly year: number;
  readonly month: number;
  /** Value of the month's fills over the mean account value of the month. */
  readonly turnover: number;
}

/** Turnover by calendar month, months without fills included. */
export function monthlyTurnover(run: BacktestRun): Turned[] {
  const { ts, equity } = run.curve;
  const find = monthFinder();
  const key = (at: number): number => {
    const m = find(at);
    return m.year * 12 + m.month - 1;
  };
  const account = new Map<number, { sum: number; n: number }>();
  for (let i = 0; i < ts.length; i++) {
    const k = key(ts[i]);
    const cell = account.get(k);
    if (cell === undefined) {
      account.set(k, { sum: equity[i], n: 1 });
    } else {
      cell.sum += equity[i];
      cell.n++;
    }
  }
  const traded = new Map<number, number>();
  for (const f of run.fills) {
    const k = key(f.ts);
    traded.set(k, (traded.get(k) ?? 0) + Math.abs(f.quantity * f.price));
  }
  return [...account].sort((a, b) => a[0] - b[0]).map(([k, { sum, n }]) => ({
    year: Math.floor(k / 12), month: (k % 12) + 1, turnover: sum > 0 ? (traded.get(k) ?? 0) / (sum / n) : 0,
  }));
}

/** Trades to draw: all of them, or every k-th and the most extreme by each measure. */
export function sampled(trades: readonly TradeRow[], max: number): TradeRow[] {
  if (trades.length <= max) return [...trades];
  const keep = new Set<TradeRow>();
  for (const by of [(t: TradeRow) => t.mae, (t: TradeRow) => -t.mfe, (t: TradeRow) => t.return, (t: TradeRow) => -t.return]) {
    for (const t of [...trades].sort((a, b) => by(a) - by(b)).slice(0, 10)) keep.add(t);
  }
  const step = trades.length / (max - keep.size);
  for (let k = 0; keep.size < max && Math.floor(k * step) < trades.length; k++) keep.add(trades[Math.floor(k * step)]);
  return trades.filter((t) => keep.has(t));
}
