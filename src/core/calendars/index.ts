import type { Calendar } from '../calendar.ts';
import { alwaysOpen, foreignExchange } from './continuous.ts';
import { newYorkStock } from './new-york-stock.ts';

const MAKERS: Readonly<Record<string, (name: string) => Calendar>> = Object.freeze({
  'XNYS': newYorkStock,
  'XNAS': newYorkStock,
  '24x7': alwaysOpen,
  '24x5': foreignExchange,
});

/** Names that `time.calendar` takes. */
export const CALENDARS: readonly string[] = Object.freeze(Object.keys(MAKERS));

const made = new Map<string, Calendar>();

/** The calendar of that name, or null for a name that is not in `CALENDARS`. */
export function calendarOf(name: string): Calendar | null {
  if (!Object.hasOwn(MAKERS, name)) return null;
  let calendar = made.get(name);
  if (calendar === undefined) {
    calendar = MAKERS[name](name);
    made.set(name, calendar);
  }
  return calendar;
}
