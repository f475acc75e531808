import { DAY, HOUR } from '../time.ts';
import { dayOf, lastWeekday, nthWeekday, yearOf } from './civil.ts';

/**
 * Wall-clock time of New York by rule, without a time-zone database: standard time is UTC-5, daylight time UTC-4, changed at 02:00
 * local time. Daylight time runs from the last Sunday of April to the last Sunday of October (1967-1986, with the earlier starts of 1974
 * and 1975), from the first Sunday of April (1987-2006), and from the second Sunday of March to the first Sunday of November since 2007.
 */
const START_1974 = dayOf(1974, 1, 6);
const START_1975 = dayOf(1975, 2, 23);

function springDay(year: number): number {
  if (year >= 2007) return nthWeekday(year, 3, 0, 2);
  if (year >= 1987) return nthWeekday(year, 4, 0, 1);
  if (year === 1974) return START_1974;
  if (year === 1975) return START_1975;
  return lastWeekday(year, 4, 0);
}

const autumnDay = (year: number): number => (year >= 2007 ? nthWeekday(year, 11, 0, 1) : lastWeekday(year, 10, 0));

/** Microseconds to add to UTC for the wall clock of New York at the instant `ts` (UTC microseconds). */
export function newYorkOffset(ts: number): number {
  const year = yearOf(Math.floor((ts - 5 * HOUR) / DAY));
  const start = springDay(year) * DAY + 7 * HOUR;
  const end = autumnDay(year) * DAY + 6 * HOUR;
  return ts >= start && ts < end ? -4 * HOUR : -5 * HOUR;
}

/**
 * The instant of a wall-clock time of New York: `day` days since 1970, `time` microseconds since local midnight. The hour that is
 * skipped in spring and the one that comes twice in autumn read as standard time; no market opens or closes in them.
 */
export function newYorkTime(day: number, time: number): number {
  const standard = day * DAY + time + 5 * HOUR;
  const daylight = standard - HOUR;
  return newYorkOffset(daylight) === -4 * HOUR && newYorkOffset(standard) === -4 * HOUR ? daylight : standard;
}
