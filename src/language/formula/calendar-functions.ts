import type { Calendar } from '../../core/calendar.ts';
import type { PureFunction } from '../../core/pure.ts';
import { MINUTE } from '../../core/time.ts';

/** Functions that depend on the pipeline's `calendar:`; bound when a formula is checked. */
export const CALENDAR_FUNCTIONS: readonly string[] = Object.freeze(['is_open', 'minute_of_session']);

const bound = new WeakMap<Calendar, ReadonlyMap<string, PureFunction>>();

/** One value per calendar and name, so that equal calls are the same call. */
export function calendarFunction(name: string, calendar: Calendar): PureFunction {
  let made = bound.get(calendar);
  if (made === undefined) {
    made = new Map([isOpen(calendar), minuteOfSession(calendar)].map((f) => [f.name, f]));
    bound.set(calendar, made);
  }
  return made.get(name) as PureFunction;
}

const ARGS: PureFunction['args'] = Object.freeze([{ name: 'ts', type: 'time' }]);

const isOpen = (calendar: Calendar): PureFunction => Object.freeze({
  kind: 'pure', name: 'is_open', summary: 'True in the regular session of the calendar.',
  doc: `True where the time (the row's own when left out) is in the regular session of ${calendar.name}: `
    + 'from its open up to before its close.',
  args: ARGS, variadic: false, result: 'bool', nulls: 'skip', examples: [],
  // The loop's maker asks what a null gives, and a calendar would search for its session for ever.
  impl: (ts: number) => (ts !== ts ? NaN : calendar.isOpen(ts) ? 1 : 0),
});

const minuteOfSession = (calendar: Calendar): PureFunction => Object.freeze({
  kind: 'pure', name: 'minute_of_session', summary: 'Whole minutes since the session opened; null while the market is closed.',
  doc: `Whole minutes since the session of ${calendar.name} opened, 0 in the first; null while the market is closed.`,
  args: ARGS, variadic: false, result: 'i64', nulls: 'skip',
  impl: (ts: number) => (ts === ts && calendar.isOpen(ts) ? Math.floor((ts - calendar.sessionAt(ts).open) / MINUTE) : NaN), examples: [],
});
