import { dayOf, yearOf } from '../../core/calendars/civil.ts';
import { DAY } from '../../core/time.ts';
import type { EquityCurve } from '../model.ts';

/** Simple return of each entry over the one before it; entry 0, and what follows a value of zero or less, is NaN. */
export function returnsOf(equity: Float64Array): Float64Array {
  return equity.map((x, i) => (i > 0 && equity[i - 1] > 0 ? x / equity[i - 1] - 1 : NaN));
}

/** Distance below the highest value so far, as a share of it: 0 at a peak, -0.2 when 20 % is lost. */
export function underwater(equity: Float64Array): Float64Array {
  let peak = -Infinity;
  return equity.map((x) => {
    if (x > peak) peak = x;
    return peak > 0 ? x / peak - 1 : 0;
  });
}

export interface Drawdown {
  /** The peak it fell from, the lowest entry, and the first entry back at the peak (null: not recovered). */
  readonly from: number;
  readonly trough: number;
  readonly to: number | null;
  /** Depth as a share of the peak, below zero. */
  readonly depth: number;
  /** Microseconds below the peak, until the end where it did not recover. */
  readonly lasted: number;
}

/** Every time the account was below a peak, deepest first; those of equal depth in order of time. */
export function drawdowns(curve: EquityCurve): Drawdown[] {
  const { ts, equity } = curve;
  const under = underwater(equity);
  const found: Drawdown[] = [];
  let [peak, low] = [0, 0];
  const close = (end: number | null): void => {
    if (under[low] >= 0 || low <= peak) return;
    const last = end ?? ts.length - 1;
    found.push({ from: ts[peak], trough: ts[low], to: end === null ? null : ts[end], depth: under[low], lasted: ts[last] - ts[peak] });
  };
  for (let i = 0; i < ts.length; i++) {
    if (under[i] >= 0) {
      close(i);
      peak = i;
      low = i;
    } else if (low <= peak || under[i] < under[low]) {
      low = i;
    }
  }
  close(null);
  return found.sort((a, b) => a.depth - b.depth || a.from - b.from);
}

export interface Month {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
}

export function monthOf(ts: number): Month {
  const day = Math.floor(ts / DAY);
  const year = yearOf(day);
  let month = 1;
  while (month < 12 && dayOf(year, month + 1, 1) <= day) month++;
  return { year, month };
}

/** `monthOf` for times that follow one another, most of them in the month of the one before. */
export function monthFinder(): (ts: number) => Month {
  let [from, to] = [NaN, NaN];
  let last: Month = { year: NaN, month: NaN };
  return (ts) => {
    if (ts >= from && ts < to) return last;
    last = monthOf(ts);
    from = dayOf(last.year, last.month, 1) * DAY;
    to = dayOf(last.month === 12 ? last.year + 1 : last.year, (last.month % 12) + 1, 1) * DAY;
    return last;
  };
}

export interface YearRow {
  readonly year: number;
  /** Return of each month, January first; null outside the run. */
  readonly months: readonly (number | null)[];
  readonly total: number | null;
  readonly benchmark: number | null;
  readonly worstDrawdown: number;
}

const ratio = (to: number, from: number): number | null => (from > 0 && Number.isFinite(to) ? to / from - 1 : null);

/** Returns by calendar month and year (UTC), from the last value before each to the last value in it. */
export function yearTable(curve: EquityCurve): YearRow[] {
  const { ts, equity, benchmark } = curve;
  const rows = new Map<number, { months: (number | null)[]; first: number; last: number; low: number }>();
  const find = monthFinder();
  let before = 0;
  let peak = equity[0];
  for (let i = 1; i < ts.length; i++) {
    const { year, month } = find(ts[i]);
    const row = rows.get(year) ?? { months: Array.from({ length: 12 }, () => null), first: i - 1, last: i, low: 0 };
    if (!rows.has(year)) {
      rows.set(year, row);
      peak = equity[i - 1];
    }
    row.last = i;
    peak = Math.max(peak, equity[i]);
    row.low = Math.min(row.low, peak > 0 ? equity[i] / peak - 1 : 0);
    const next = i + 1 < ts.length ? find(ts[i + 1]) : null;
    if (next === null || next.year !== year || next.month !== month) {
      row.months[month - 1] = ratio(equity[i], equity[before]);
      before = i;
    }
  }
  return [...rows].map(([year, r]) => ({
    year, months: r.months, worstDrawdown: r.low,
    total: ratio(equity[r.last], equity[r.first]), benchmark: ratio(benchmark[r.last], benchmark[r.first]),
  }));
}

/** Mean over standard deviation (n - 1) of the last `window` returns, times the root of the periods per year; NaN before and where flat. */
export function rollingSharpe(equity: Float64Array, window: number, periodsPerYear: number): Float64Array {
  const r = returnsOf(equity);
  return equity.map((_, i) => {
    if (i < window) return NaN;
    let [sum, squares] = [0, 0];
    for (let k = i - window + 1; k <= i; k++) sum += r[k];
    const mean = sum / window;
    for (let k = i - window + 1; k <= i; k++) squares += (r[k] - mean) ** 2;
    const deviation = Math.sqrt(squares / (window - 1));
    return deviation > 1e-12 ? (mean / deviation) * Math.sqrt(periodsPerYear) : NaN;
  });
}

/**
 * Entries to draw so that no line has more than about `max` points: of each stretch the first, the last, the lowest and the highest, so
 * every extreme of the whole is kept (M4, Jugel et al. 2014).
 */
export function thin(values: Float64Array, max: number): number[] {
  const n = values.length;
  if (n <= max) return Array.from({ length: n }, (_, i) => i);
  const stretches = Math.max(1, Math.floor(max / 4));
  const keep = new Set<number>([0, n - 1]);
  for (let s = 0; s < stretches; s++) {
    const [from, to] = [Math.floor((s * n) / stretches), Math.floor(((s + 1) * n) / stretches)];
    let [low, high] = [-1, -1];
    for (let i = from; i < to; i++) {
      if (Number.isNaN(values[i])) continue;
      if (low < 0 || values[i] < values[low]) low = i;
      if (high < 0 || values[i] > values[high]) high = i;
    }
    for (const i of [from, low, high, to - 1]) if (i >= 0) keep.add(i);
  }
  return [...keep].sort((a, b) => a - b);
}

/** `count` entries spread evenly, the first and the last among them: what a table beside a chart shows. */
export function spread(n: number, count: number): number[] {
  if (n <= count) return Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: count }, (_, k) => Math.round((k * (n - 1)) / (count - 1)));
}

/** The value that a share `q` of the sorted values lies below, by linear interpolation; NaN for none. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return NaN;
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}
