import type { PureFunction } from '../../core/pure.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../core/time.ts';

/** Whole units since midnight UTC; also right before 1970. */
const within = (ts: number, period: number, unit: number): number => Math.floor((ts - Math.floor(ts / period) * period) / unit);

/** Day of the Gregorian calendar of a number of days since 1970-01-01 (Howard Hinnant's civil_from_days). */
export function civilDay(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const ofEra = z - era * 146_097;
  const yearOfEra = Math.floor((ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365);
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1 };
}

const dayOf = (ts: number): number => Math.floor(ts / DAY);

/** 2024-01-02T09:30:15Z, a Tuesday. */
const SAMPLE = 1_704_187_815_000_000;

const ARGS: PureFunction['args'] = Object.freeze([{ name: 'ts', type: 'time' }]);

const ofTime = (name: string, summary: string, out: number, impl: (ts: number) => number): PureFunction => Object.freeze({
  kind: 'pure', name, summary, doc: `${summary} Of the row's own time when called without an argument.`,
  args: ARGS, variadic: false, result: 'i64', nulls: 'skip', impl, examples: [{ in: [SAMPLE], out }],
});

/** Parts of a time in UTC, by integer arithmetic alone: no machine's time zone takes part. */
export const TIME_FUNCTIONS: readonly PureFunction[] = [
  ofTime('second', 'Second of the minute in UTC, 0 to 59.', 15, (ts) => within(ts, MINUTE, SECOND)),
  ofTime('minute', 'Minute of the hour in UTC, 0 to 59.', 30, (ts) => within(ts, HOUR, MINUTE)),
  ofTime('hour', 'Hour of the day in UTC, 0 to 23.', 9, (ts) => within(ts, DAY, HOUR)),
  ofTime('minute_of_day', 'Minute of the day in UTC, 0 to 1439.', 570, (ts) => within(ts, DAY, MINUTE)),
  ofTime('day_of_week', 'Day of the week in UTC, Monday 1 to Sunday 7.', 2, (ts) => {
    const d = dayOf(ts) + 3;
    return d - Math.floor(d / 7) * 7 + 1;
  }),
  ofTime('day_of_month', 'Day of the month in UTC, 1 to 31.', 2, (ts) => civilDay(dayOf(ts)).day),
  ofTime('month', 'Month in UTC, 1 to 12.', 1, (ts) => civilDay(dayOf(ts)).month),
  ofTime('year', 'Year in UTC.', 2024, (ts) => civilDay(dayOf(ts)).year),
];
