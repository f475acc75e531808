import type { Calendar, Session } from '../calendar.ts';
import { DAY, HOUR, MINUTE } from '../time.ts';
import { weekdayOf, yearOf } from './civil.ts';
import { newYorkOffset, newYorkTime } from './new-york.ts';
import { earlyClosesOf, holidaysOf } from './nyse-holidays.ts';

const OPEN = 9 * HOUR + 30 * MINUTE;
const CLOSE = 16 * HOUR;

interface YearRules {
  readonly closed: ReadonlySet<number>;
  readonly early: ReadonlyMap<number, number>;
}

/** Regular session of the New York stock exchanges: 09:30 to 16:00 New York time on trading days, 1990 and later. */
export function newYorkStock(name: string): Calendar {
  // Remembered results of pure functions: what was asked before changes no answer.
  const years = new Map<number, YearRules>();
  const sessions = new Map<number, Session | null>();
  let last: Session = { open: Infinity, close: -Infinity, day: 0 };
  /** Behind the close before `last`: from here on `last` is the answer until it closes. */
  let since = Infinity;

  const rulesOf = (year: number): YearRules => {
    let rules = years.get(year);
    if (rules === undefined) {
      rules = { closed: holidaysOf(year), early: earlyClosesOf(year) };
      years.set(year, rules);
    }
    return rules;
  };
  const sessionOf = (day: number): Session | null => {
    let session = sessions.get(day);
    if (session === undefined) {
      const weekday = weekdayOf(day);
      const rules = rulesOf(yearOf(day));
      const open = weekday !== 0 && weekday !== 6 && !rules.closed.has(day);
      const close = rules.early.get(day) ?? CLOSE;
      session = open ? Object.freeze({ open: newYorkTime(day, OPEN), close: newYorkTime(day, close), day }) : null;
      sessions.set(day, session);
    }
    return session;
  };
  const sessionAt = (ts: number): Session => {
    if (ts < last.close && ts >= since) return last;
    let day = Math.floor((ts + newYorkOffset(ts)) / DAY);
    let session = sessionOf(day);
    while (session === null || session.close <= ts) session = sessionOf(++day);
    last = session;
    since = ts;
    return session;
  };
  return Object.freeze({ name, sessionAt, isOpen: (ts: number) => sessionAt(ts).open <= ts });
}
