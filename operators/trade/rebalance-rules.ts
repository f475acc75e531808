import type { Calendar } from '../../src/core/calendar.ts';
import { dayOf, yearOf } from '../../src/core/calendars/civil.ts';
import { DAY, parseDuration } from '../../src/core/time.ts';

/** When a portfolio is brought back to its targets. */
export interface Schedule {
  /** `time`: every so many microseconds since 1970. `days`: so many days after the last. Others are calendar periods, weeks from Monday. */
  readonly unit: 'time' | 'day' | 'week' | 'month' | 'quarter' | 'year' | 'days';
  readonly count: number;
}

const CALENDAR_UNITS: Readonly<Record<string, Schedule['unit']>> = Object.freeze({
  '1d': 'day', 'day': 'day', '1w': 'week', 'week': 'week', '1M': 'month', 'month': 'month', '1q': 'quarter', 'quarter': 'quarter',
  '1y': 'year', 'year': 'year',
});

/** `1d`, `1w`, `1M`, `1q`, `1y` (or `day` .. `year`): calendar periods; `30d`: days after the last; `15m`, `4h`: times; else null. */
export function parseSchedule(text: string): Schedule | null {
  if (Object.hasOwn(CALENDAR_UNITS, text)) return Object.freeze({ unit: CALENDAR_UNITS[text], count: 1 });
  const micros = parseDuration(text);
  if (micros === null || micros <= 0) return null;
  return Object.freeze(micros % DAY === 0 ? { unit: 'days', count: micros / DAY } : { unit: 'time', count: micros });
}

/**
 * Is a rebalance due at `ts`, when the last one was at `lastTs` (NaN for never)? True on the first row in a new period, so a holiday at
 * its start moves it to the next row. Days are those of UTC, or the sessions of a calendar.
 */
export function due(lastTs: number, ts: number, schedule: Schedule, calendar: Calendar | null = null): boolean {
  if (lastTs !== lastTs) return true;
  if (ts <= lastTs) return false;
  if (schedule.unit === 'time') return Math.floor(ts / schedule.count) > Math.floor(lastTs / schedule.count);
  const last = dayAt(lastTs, calendar);
  const day = dayAt(ts, calendar);
  return schedule.unit === 'days' ? day - last >= schedule.count : periodOf(day, schedule.unit) > periodOf(last, schedule.unit);
}

/** Days since 1970 of the session that `ts` belongs to, or of UTC without a calendar. */
export const dayAt = (ts: number, calendar: Calendar | null): number =>
  (calendar === null ? Math.floor(ts / DAY) : calendar.sessionAt(ts).day);

function periodOf(day: number, unit: Schedule['unit']): number {
  if (unit === 'day') return day;
  // 1970-01-01 was a Thursday.
  if (unit === 'week') return Math.floor((day + 3) / 7);
  const year = yearOf(day);
  if (unit === 'year') return year;
  let month = 1;
  while (month < 12 && dayOf(year, month + 1, 1) <= day) month++;
  return unit === 'month' ? year * 12 + month : year * 4 + Math.ceil(month / 3);
}

/** How far a weight may drift from its target; both bounds hold where both are given, as in the 5/25 rule (0.05 and 0.25). */
export interface Band {
  readonly absolute?: number;
  /** As a share of the target. */
  readonly relative?: number;
}

/** Is the drift within all bounds that are given, their edges included? A band without bounds holds only the target itself. */
export function withinBand(current: number, target: number, band: Band): boolean {
  const drift = Math.abs(current - target);
  if (band.absolute === undefined && band.relative === undefined) return drift === 0;
  return drift <= (band.absolute ?? Infinity) && drift <= (band.relative ?? Infinity) * Math.abs(target);
}

/**
 * Moves `n` weights from `current` toward `target` by the same share of each way, so that sum |out - current| is at most `cap`.
 * Answers that share, 1 for the whole way. `out` may be one of the inputs.
 */
export function capTurnover(current: Float64Array, target: Float64Array, n: number, cap: number, out: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.abs(target[i] - current[i]);
  if (sum <= cap) {
    for (let i = 0; i < n; i++) out[i] = target[i];
    return 1;
  }
  const share = cap / sum;
  for (let i = 0; i < n; i++) out[i] = current[i] + (target[i] - current[i]) * share;
  return share;
}
