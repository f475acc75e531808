import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendar } from '../../../test/formula-scope.ts';
import { DAY, HOUR, MINUTE } from '../../core/time.ts';
import { calendarFunction } from './calendar-functions.ts';
import { PURE_FUNCTIONS } from './functions.ts';
import { civilDay } from './time-functions.ts';

const call = (name: string, ...x: number[]): number => PURE_FUNCTIONS.get(name)?.impl(...x) as number;

describe('pure functions', () => {
  it.each([...PURE_FUNCTIONS.values()].map((f) => [f.name, f] as const))('%s does what its examples say', (_, f) => {
    expect(f.examples.length).toBeGreaterThan(0);
    for (const e of f.examples) {
      const out = f.impl(...e.in.map((x) => x ?? NaN));
      if (e.out === null) expect(out).toBeNaN();
      else expect(out).toBeCloseTo(e.out, 12);
    }
    expect(Object.isFrozen(f)).toBe(true);
  });

  it('never give an infinite number for finite arguments', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 });
    for (const f of PURE_FUNCTIONS.values()) {
      fc.assert(fc.property(fc.array(finite, { minLength: f.args.length, maxLength: f.args.length }), (x) => {
        expect(Math.abs(f.impl(...x)), `${f.name}(${x.join()})`).not.toBe(Infinity);
      }), { numRuns: 200 });
    }
  });

  it('take the remainder with the sign of the divisor', () => {
    expect(call('mod', -7, 3)).toBe(2);
    expect(call('mod', 7, -3)).toBe(-2);
    expect(call('mod', 1, 0)).toBeNaN();
  });
});

describe('time functions', () => {
  it('agree with the calendar of the platform, also before 1970', () => {
    fc.assert(fc.property(fc.integer({ min: -100_000, max: 100_000 }), fc.integer({ min: 0, max: DAY - 1 }), (days, inDay) => {
      const ts = days * DAY + inDay;
      const date = new Date(Math.floor(ts / 1000));
      expect(civilDay(days)).toEqual({ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() });
      expect(call('day_of_week', ts)).toBe(((date.getUTCDay() + 6) % 7) + 1);
      expect(call('hour', ts)).toBe(date.getUTCHours());
      expect(call('minute', ts)).toBe(date.getUTCMinutes());
      expect(call('second', ts)).toBe(date.getUTCSeconds());
      expect(call('minute_of_day', ts)).toBe(date.getUTCHours() * 60 + date.getUTCMinutes());
    }));
  });
});

describe('calendar functions', () => {
  it('are bound to one calendar, once', () => {
    const minutes = calendarFunction('minute_of_session', calendar);
    expect(minutes.impl(HOUR + 13 * MINUTE)).toBe(3);
    expect(minutes.impl(-1)).toBeNaN();
    expect(calendarFunction('is_open', calendar).impl(-1)).toBe(0);
    expect(calendarFunction('minute_of_session', calendar)).toBe(minutes);
  });
});
