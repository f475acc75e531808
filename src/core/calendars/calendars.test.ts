import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Calendar } from '../calendar.ts';
import { DAY, formatTime, HOUR, MINUTE, parseTime } from '../time.ts';
import { dayOf, easterOf, weekdayOf, yearOf } from './civil.ts';
import { CALENDARS, calendarOf } from './index.ts';
import { newYorkOffset, newYorkTime } from './new-york.ts';
import { earlyClosesOf, holidaysOf } from './nyse-holidays.ts';

const at = (text: string): number => parseTime(text) as number;
const named = (name: string): Calendar => calendarOf(name) as Calendar;
const dates = (days: Iterable<number>): string[] => [...days].sort((a, b) => a - b).map((d) => formatTime(d * DAY).slice(5, 10));

const newYorkParts = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York', hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric',
  second: 'numeric',
});

/** Wall clock of New York by the machine's time-zone database, as microseconds. */
function intlWallClock(ts: number): number {
  const part: Record<string, number> = {};
  for (const p of newYorkParts.formatToParts(ts / 1000)) part[p.type] = Number(p.value);
  return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second) * 1000;
}

describe('civil days', () => {
  it('agree with Date from 1900 to 2100', () => {
    for (let d = dayOf(1900, 1, 1); d < dayOf(2100, 1, 1); d += 1) {
      const date = new Date(d * 86_400_000);
      expect(dayOf(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate())).toBe(d);
      if (yearOf(d) !== date.getUTCFullYear() || weekdayOf(d) !== date.getUTCDay()) throw new Error(formatTime(d * DAY));
    }
  });
  it('knows Easter', () => {
    expect([1990, 2000, 2008, 2011, 2024, 2038].map((y) => formatTime(easterOf(y) * DAY).slice(0, 10)))
      .toEqual(['1990-04-15', '2000-04-23', '2008-03-23', '2011-04-24', '2024-03-31', '2038-04-25']);
  });
});

describe('New York time', () => {
  it('has the offset of the time-zone database from 1967 to 2040', () => {
    const second = fc.integer({ min: at('1967-01-02') / 1e6, max: at('2040-01-01') / 1e6 });
    fc.assert(fc.property(second, (s) => {
      expect(newYorkOffset(s * 1e6)).toBe(intlWallClock(s * 1e6) - s * 1e6);
    }), { numRuns: 3000 });
  });
  it('changes at the same second as the time-zone database in every year', () => {
    for (let ts = at('1967-01-02'); ts < at('2040-01-01'); ts += DAY) {
      if (newYorkOffset(ts) === newYorkOffset(ts + DAY)) continue;
      let low = ts;
      let high = ts + DAY;
      while (high - low > 1e6) {
        const middle = Math.floor((low + high) / 2e6) * 1e6;
        if (newYorkOffset(middle) === newYorkOffset(ts)) low = middle;
        else high = middle;
      }
      expect([low, high].map((x) => intlWallClock(x) - x)).toEqual([newYorkOffset(ts), newYorkOffset(ts + DAY)]);
    }
  });
  it('turns a wall clock back into its instant', () => {
    for (let d = dayOf(1990, 1, 1); d < dayOf(2040, 1, 1); d += 1) {
      const open = newYorkTime(d, 9.5 * HOUR);
      expect(open + newYorkOffset(open)).toBe(d * DAY + 9.5 * HOUR);
    }
  });
});

describe('XNYS', () => {
  const nyse = named('XNYS');
  const session = (text: string): string[] => {
    const s = nyse.sessionAt(at(text));
    return [formatTime(s.open), formatTime(s.close), formatTime(s.day * DAY).slice(0, 10)];
  };

  it.each([
    [1990, '01-01 02-19 04-13 05-28 07-04 09-03 11-22 12-25'],
    [1997, '01-01 02-17 03-28 05-26 07-04 09-01 11-27 12-25'],
    [1998, '01-01 01-19 02-16 04-10 05-25 07-03 09-07 11-26 12-25'],
    [2001, '01-01 01-15 02-19 04-13 05-28 07-04 09-03 09-11 09-12 09-13 09-14 11-22 12-25'],
    [2004, '01-01 01-19 02-16 04-09 05-31 06-11 07-05 09-06 11-25 12-24'],
    [2007, '01-01 01-02 01-15 02-19 04-06 05-28 07-04 09-03 11-22 12-25'],
    [2011, '01-17 02-21 04-22 05-30 07-04 09-05 11-24 12-26'],
    [2012, '01-02 01-16 02-20 04-06 05-28 07-04 09-03 10-29 10-30 11-22 12-25'],
    [2018, '01-01 01-15 02-19 03-30 05-28 07-04 09-03 11-22 12-05 12-25'],
    [2021, '01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24'],
    [2022, '01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26'],
    [2025, '01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25'],
    [2026, '01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25'],
    [2027, '01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24'],
    [2028, '01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25'],
  ])('keeps the holidays of %i', (year, list) => {
    expect(dates(holidaysOf(year)).join(' ')).toBe(list);
  });

  it.each([
    [1991, '12-24'], [1992, '11-27 12-24'], [1994, '11-25'],
    [1996, '07-05 11-29 12-24'], [1997, '07-03 11-28 12-24 12-26'], [1999, '11-26 12-31'],
    [2002, '07-05 11-29 12-24'], [2003, '07-03 11-28 12-24 12-26'], [2010, '11-26'], [2013, '07-03 11-29 12-24'],
    [2019, '07-03 11-29 12-24'], [2023, '07-03 11-24'], [2024, '07-03 11-29 12-24'], [2026, '11-27 12-24'], [2027, '11-26'],
  ])('closes early in %i', (year, list) => {
    expect(dates(earlyClosesOf(year).keys()).join(' ')).toBe(list);
  });

  it('opens at 09:30 and closes at 16:00 of New York in summer and in winter', () => {
    expect(session('2024-01-02T15:00:00Z')).toEqual(['2024-01-02T14:30:00Z', '2024-01-02T21:00:00Z', '2024-01-02']);
    expect(session('2024-07-02T15:00:00Z')).toEqual(['2024-07-02T13:30:00Z', '2024-07-02T20:00:00Z', '2024-07-02']);
    expect(session('2024-07-03T15:00:00Z')[1]).toBe('2024-07-03T17:00:00Z');
    expect(session('1992-12-24T15:00:00Z')[1]).toBe('1992-12-24T19:00:00Z');
  });
  it('gives the next session while the market is closed', () => {
    expect(session('2024-03-28T20:00:00Z')[0]).toBe('2024-04-01T13:30:00Z');
    expect(session('2001-09-11T14:00:00Z')[0]).toBe('2001-09-17T13:30:00Z');
    expect(session('2024-12-31T23:59:00Z')[2]).toBe('2025-01-02');
  });
  it('holds its open and does not hold its close', () => {
    expect([0, -1, 6.5 * HOUR - 1, 6.5 * HOUR].map((x) => nyse.isOpen(at('2024-01-02T14:30:00Z') + x))).toEqual([true, false, true, false]);
  });
  it('has 252 trading days in most years', () => {
    const count = (year: number): number => {
      let n = 0;
      for (let t = dayOf(year, 1, 1) * DAY; ;) {
        const s = nyse.sessionAt(t);
        if (yearOf(s.day) !== year) return n;
        n += 1;
        t = s.close;
      }
    };
    expect([2001, 2012, 2018, 2019, 2020, 2021, 2022, 2023, 2024].map(count)).toEqual([248, 250, 251, 252, 253, 252, 251, 250, 252]);
  });
});

describe('24x7 and 24x5', () => {
  it('24x7 has days of UTC', () => {
    const s = named('24x7').sessionAt(at('2024-03-02T12:00:00Z'));
    expect([formatTime(s.open), formatTime(s.close)]).toEqual(['2024-03-02T00:00:00Z', '2024-03-03T00:00:00Z']);
    expect(named('24x7').isOpen(s.close)).toBe(true);
  });
  it('24x5 runs from Sunday to Friday 17:00 of New York, across the change of clocks', () => {
    const fx = named('24x5');
    expect(fx.isOpen(at('2024-03-08T21:59:59Z'))).toBe(true);
    expect(fx.isOpen(at('2024-03-08T22:00:00Z'))).toBe(false);
    const monday = fx.sessionAt(at('2024-03-09T12:00:00Z'));
    expect([formatTime(monday.open), formatTime(monday.close), monday.day])
      .toEqual(['2024-03-10T21:00:00Z', '2024-03-11T21:00:00Z', dayOf(2024, 3, 11)]);
    expect(fx.sessionAt(monday.close).open).toBe(monday.close);
  });
});

it('answers do not depend on what was asked before', () => {
  const moment = fc.integer({ min: at('1990-01-01') / MINUTE, max: at('2050-01-01') / MINUTE }).map((m) => m * MINUTE);
  const moments = fc.array(moment, { minLength: 1, maxLength: 6 });
  fc.assert(fc.property(fc.constantFrom(...CALENDARS), moments, fc.nat(3 * DAY), (name, asked, step) => {
    const c = named(name);
    for (const ts of asked.flatMap((x) => [x, x + step, x - step])) {
      const s = c.sessionAt(ts);
      if (name.startsWith('X')) c.sessionAt(0.6e15 + (ts % 5e14));
      expect(c.sessionAt(ts)).toEqual(s);
      expect(s.close).toBeGreaterThan(ts);
      expect(c.isOpen(ts)).toBe(s.open <= ts);
      expect(c.sessionAt(s.open)).toEqual(s);
      expect(c.sessionAt(s.close).open).toBeGreaterThanOrEqual(s.close);
    }
  }), { numRuns: 300 });
});

it('names no other calendar', () => {
  expect([calendarOf('XXXX'), calendarOf('toString'), calendarOf('')]).toEqual([null, null, null]);
});

describe('real minute bars of US stocks', () => {
  const file = new URL('../../../../shared/data/minute/lean_us_equity_1m_trades.csv.gz', import.meta.url);
  const there = existsSync(file);
  if (!there) console.log('skipped: ../shared/data/minute/lean_us_equity_1m_trades.csv.gz is not there');
  it.skipIf(!there)('lie in the session exactly when New York reads 09:30 to 16:00, and carry nearly all the volume there', () => {
    const nyse = named('XNYS');
    let inside = 0;
    let all = 0;
    const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n').slice(1);
    for (let i = 0; i < lines.length; i += 7) {
      const cells = lines[i].split(',');
      const ts = Number(cells[1]) * 1000;
      const wall = intlWallClock(ts) % DAY;
      const open = nyse.isOpen(ts);
      if (open !== (wall >= 9.5 * HOUR && wall < 16 * HOUR)) throw new Error(`${formatTime(ts)} ${open}`);
      all += Number(cells[6]);
      if (open) inside += Number(cells[6]);
    }
    expect(inside / all).toBeGreaterThan(0.9);
  });
});
