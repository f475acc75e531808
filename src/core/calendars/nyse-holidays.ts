import { HOUR } from '../time.ts';
import { dayOf, easterOf, lastWeekday, nthWeekday, weekdayOf, yearOf } from './civil.ts';

/**
 * Trading days of the New York Stock Exchange: Rule 7.2 (holidays), its history, and the closings announced for one day.
 * Source: NYSE, "Holidays and trading hours" and "NYSE special closings"; rules hold from 1990 on.
 */
const SPECIAL_CLOSES: readonly number[] = [
  dayOf(1994, 4, 27), // Funeral of President Nixon.
  dayOf(2001, 9, 11), dayOf(2001, 9, 12), dayOf(2001, 9, 13), dayOf(2001, 9, 14), // The attacks of September 11.
  dayOf(2004, 6, 11), // Mourning of President Reagan.
  dayOf(2007, 1, 2), // Mourning of President Ford.
  dayOf(2012, 10, 29), dayOf(2012, 10, 30), // Hurricane Sandy.
  dayOf(2018, 12, 5), // Mourning of President G. H. W. Bush.
  dayOf(2025, 1, 9), // Mourning of President Carter.
];

/** Closings at 13:00 that follow no rule. */
const SPECIAL_EARLY: readonly number[] = [dayOf(1997, 12, 26), dayOf(1999, 12, 31), dayOf(2003, 12, 26)];

const AT_13 = 13 * HOUR;
const AT_14 = 14 * HOUR;

/** A holiday on Sunday is kept on Monday, on Saturday on the Friday before. */
function observed(day: number): number {
  const weekday = weekdayOf(day);
  return weekday === 0 ? day + 1 : weekday === 6 ? day - 1 : day;
}

/** Weekdays of a year on which the exchange does not open, as days since 1970. */
export function holidaysOf(year: number): ReadonlySet<number> {
  const closed = new Set<number>();
  const newYear = dayOf(year, 1, 1);
  // Rule 7.2 does not move a New Year's Day on Saturday to the last trading day of the old year.
  if (weekdayOf(newYear) !== 6) closed.add(observed(newYear));
  if (year >= 1998) closed.add(nthWeekday(year, 1, 1, 3));
  closed.add(nthWeekday(year, 2, 1, 3));
  closed.add(easterOf(year) - 2);
  closed.add(lastWeekday(year, 5, 1));
  if (year >= 2022) closed.add(observed(dayOf(year, 6, 19)));
  closed.add(observed(dayOf(year, 7, 4)));
  closed.add(nthWeekday(year, 9, 1, 1));
  closed.add(nthWeekday(year, 11, 4, 4));
  closed.add(observed(dayOf(year, 12, 25)));
  for (const day of SPECIAL_CLOSES) if (yearOf(day) === year) closed.add(day);
  return closed;
}

/** Trading days of a year that end early, with the wall-clock time of their close: 13:00, or 14:00 before 1993. */
export function earlyClosesOf(year: number): ReadonlyMap<number, number> {
  const early = new Map<number, number>();
  const closed = holidaysOf(year);
  const add = (day: number, close: number, first: number, last: number): void => {
    const weekday = weekdayOf(day);
    if (weekday >= first && weekday <= last && !closed.has(day)) early.set(day, close);
  };
  if (year >= 1992) add(nthWeekday(year, 11, 4, 4) + 1, year < 1993 ? AT_14 : AT_13, 5, 5);
  // On a Friday, Christmas Eve is the holiday itself, kept for a Christmas on Saturday.
  add(dayOf(year, 12, 24), year < 1993 ? AT_14 : AT_13, 1, 4);
  if (year >= 1995) {
    // The day before Independence Day; behind a Thursday holiday it was the Friday after it, until 2012.
    const before = dayOf(year, 7, 3);
    if (year < 2013 && weekdayOf(before) === 3) add(before + 2, AT_13, 5, 5);
    else add(before, AT_13, 1, 4);
  }
  for (const day of SPECIAL_EARLY) if (yearOf(day) === year) add(day, AT_13, 1, 5);
  return early;
}
