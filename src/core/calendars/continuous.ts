import type { Calendar, Session } from '../calendar.ts';
import { DAY, HOUR } from '../time.ts';
import { weekdayOf } from './civil.ts';
import { newYorkOffset, newYorkTime } from './new-york.ts';

const TURN = 17 * HOUR;
const NONE: Session = { open: Infinity, close: -Infinity, day: 0 };

/** A market that never closes; its sessions are the days of UTC. */
export function alwaysOpen(name: string): Calendar {
  let last = NONE;
  const sessionAt = (ts: number): Session => {
    if (ts >= last.open && ts < last.close) return last;
    const day = Math.floor(ts / DAY);
    last = Object.freeze({ open: day * DAY, close: (day + 1) * DAY, day });
    return last;
  };
  return Object.freeze({ name, sessionAt, isOpen: () => true });
}

/**
 * Foreign exchange: open from Sunday 17:00 to Friday 17:00 New York time. A session runs from 17:00 to 17:00 and carries the date on
 * which it closes, as the value date does. Holidays are not kept: banks close, quotes go on.
 */
export function foreignExchange(name: string): Calendar {
  let last = NONE;
  const sessionAt = (ts: number): Session => {
    if (ts >= last.open && ts < last.close) return last;
    let day = Math.floor((ts + newYorkOffset(ts) - TURN) / DAY) + 1;
    while (weekdayOf(day) === 0 || weekdayOf(day) === 6) day++;
    last = Object.freeze({ open: newYorkTime(day - 1, TURN), close: newYorkTime(day, TURN), day });
    return last;
  };
  return Object.freeze({ name, sessionAt, isOpen: (ts: number) => sessionAt(ts).open <= ts });
}
