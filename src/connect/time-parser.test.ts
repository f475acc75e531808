import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTime, parseTime } from '../core/time.ts';
import { TimeParser } from './time-parser.ts';
import type { TimeUnit } from './time-parser.ts';
import { zoneOf } from './zone.ts';

const read = (text: string, unit: TimeUnit | null = null, zone = 'UTC'): number => new TimeParser(unit, zoneOf(zone)).fromText(text);
const at = (iso: string): number => parseTime(iso)!;

describe('epoch numbers', () => {
  it.each([
    ['1381132800', null, '2013-10-07T08:00:00Z'],
    ['1381132800464', null, '2013-10-07T08:00:00.464Z'],
    ['1381132800464123', null, '2013-10-07T08:00:00.464123Z'],
    ['1723161254087891268', null, '2024-08-08T23:54:14.087891Z'],
    ['1381132800.464', null, '2013-10-07T08:00:00.464Z'],
    ['1381132800464.5', 'ms', '2013-10-07T08:00:00.4645Z'],
    ['1.381132800464e12', 'ms', '2013-10-07T08:00:00.464Z'],
    ['5', 's', '1970-01-01T00:00:05Z'],
    ['-1000', 'ms', '1969-12-31T23:59:59Z'],
  ] as const)('%s (%s) is %s', (text, unit, iso) => {
    expect(read(text, unit)).toBe(at(iso.replace('.4645Z', '.464500Z')));
  });

  it('in nanoseconds that a double cannot hold are the microsecond they were written as', () => {
    let cut = 0;
    for (let ms = 1_381_132_800_000; ms < 1_381_132_802_000; ms++) {
      const ns = Number(`${ms}000000`);
      expect(new TimeParser('ns', null).fromNumber(ns)).toBe(ms * 1000);
      if (Math.floor(ns / 1000) !== ms * 1000) cut += 1;
    }
    expect(cut).toBeGreaterThan(50);
  });

  it('keep the unit of the first', () => {
    const parser = new TimeParser(null, null);
    expect(parser.fromText('1381132800464')).toBe(1381132800464000);
    expect(parser.fromText('5')).toBe(5000);
  });
});

describe('calendar times', () => {
  it.each([
    ['2024-01-02', '2024-01-02T00:00:00Z'],
    ['20240102', '2024-01-02T00:00:00Z'],
    ['20240102093000', '2024-01-02T09:30:00Z'],
    ['2018-06-01 00:01', '2018-06-01T00:01:00Z'],
    ['2018/06/01 9:05:07', '2018-06-01T09:05:07Z'],
    ['1/2/1990', '1990-01-02T00:00:00Z'],
    ['12/31/2021 4:05 PM', '2021-12-31T16:05:00Z'],
    ['12/31/2021 12:05:09 am', '2021-12-31T00:05:09Z'],
    ['2024-02-29T23:59:59.123456789Z', '2024-02-29T23:59:59.123456Z'],
    ['2024-01-02T09:30:00+02:00', '2024-01-02T07:30:00Z'],
    ['2024-01-02 09:30:00-0500', '2024-01-02T14:30:00Z'],
    [' 2024-01-02T09:30Z ', '2024-01-02T09:30:00Z'],
  ])('%s is %s', (text, iso) => {
    expect(formatTime(read(text))).toBe(iso);
  });

  it.each(['', 'never', '2023-02-29', '2024-13-01', '13/13/2020', '2024-01-02T25:00', '2024-01-02T10:60', '10:30', '1/2/90', '2024-01-02X',
    '2024-01-02T9',
    '2024-01-02T09:30:00+2', '12:05 PM', '1-2-2024', '--5'])('refuses %s', (text) => {
    expect(read(text)).toBeNaN();
  });

  it('a month too far is not the year after', () => {
    const parser = new TimeParser(null, null);
    expect(formatTime(parser.fromText('2024-01-02'))).toBe('2024-01-02T00:00:00Z');
    expect(parser.fromText('2023-17-02')).toBeNaN();
    expect(parser.fromText('2023-13-02')).toBeNaN();
    expect(formatTime(parser.fromText('2024-01-02 00:01'))).toBe('2024-01-02T00:01:00Z');
  });

  it('reads what formatTime writes', () => {
    fc.assert(fc.property(fc.integer({ min: -62_000_000_000_000_000 / 8, max: 7_200_000_000_000_000 }), (t) => read(formatTime(t)) === t));
  });
});

describe('local times', () => {
  it.each([
    ['2024-01-02 09:30', 'America/New_York', '2024-01-02T14:30:00Z'],
    ['2024-07-02 09:30', 'America/New_York', '2024-07-02T13:30:00Z'],
    ['2024-07-02', 'Asia/Tokyo', '2024-07-01T15:00:00Z'],
    ['2024-03-10 02:30', 'America/New_York', '2024-03-10T07:30:00Z'],
    ['2024-11-03 01:30', 'America/New_York', '2024-11-03T05:30:00Z'],
    ['2024-11-03 02:00', 'America/New_York', '2024-11-03T07:00:00Z'],
    ['2024-04-07 01:40', 'Australia/Lord_Howe', '2024-04-06T14:40:00Z'],
    ['2024-01-02 09:30', '+05:30', '2024-01-02T04:00:00Z'],
    ['2024-01-02 09:30', '-0300', '2024-01-02T12:30:00Z'],
    ['2024-01-02T09:30Z', 'America/New_York', '2024-01-02T09:30:00Z'],
    ['1704187800', 'America/New_York', '2024-01-02T09:30:00Z'],
  ])('%s in %s is %s', (text, zone, iso) => {
    expect(formatTime(read(text, null, zone))).toBe(iso);
  });

  it('refuses an unknown zone', () => {
    expect(() => zoneOf('New_York')).toThrow(/unknown time zone/);
  });
});
