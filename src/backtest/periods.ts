import { DAY } from '../core/time.ts';

const YEAR = 365.25 * DAY;

/**
 * Entries of a curve per year, by which statistics are annualised. Daily curves have 365 where weekends are among their days and else 252,
 * as backtesting.py and empyrical have it; weekly, monthly and yearly ones 52, 12 and 1. A curve of rows is counted: its entries per day of
 * trading, times 252 or 365.
 */
export function periodsPerYear(ts: Float64Array): number {
  if (ts.length < 3) return 252;
  const gaps = Float64Array.from({ length: ts.length - 1 }, (_, i) => ts[i + 1] - ts[i]).sort();
  const middle = gaps[gaps.length >> 1];
  if (middle > 300 * DAY) return 1;
  if (middle > 25 * DAY) return 12;
  if (middle > 6 * DAY) return 52;
  const days = new Set<number>();
  for (const t of ts) days.add(Math.floor(t / DAY));
  const weekends = [...days].filter((d) => (d + 4) % 7 === 6 || (d + 4) % 7 === 0).length;
  const year = weekends / days.size > 0.1 ? 365 : 252;
  if (middle > 0.5 * DAY) return year;
  return Math.min(YEAR / Math.max(middle, 1), (ts.length - 1) / days.size * year);
}
