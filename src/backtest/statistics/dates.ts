import { dayOf, weekdayOf, yearOf } from '../../core/calendars/civil.ts';
import { DAY } from '../../core/time.ts';

/** Calendar date in UTC. */
export interface CalendarDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** Week of ISO 8601: the one that holds the year's first Thursday is 1. */
  readonly week: number;
  /** 0 is Monday, 6 Sunday. */
  readonly weekday: number;
}

/** Days since 1970 of an event time. */
export const dayNumber = (ts: number): number => Math.floor(ts / DAY);

export function dateOf(ts: number): CalendarDate {
  const day = dayNumber(ts);
  const year = yearOf(day);
  let month = 1;
  while (month < 12 && dayOf(year, month + 1, 1) <= day) month++;
  const weekday = (weekdayOf(day) + 6) % 7;
  // The Thursday of a week decides to which year it belongs.
  const thursday = day - weekday + 3;
  return { year, month, weekday, week: 1 + Math.floor((thursday - dayOf(yearOf(thursday), 1, 1)) / 7) };
}
