import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, formatDuration, formatTime, HOUR, MINUTE, parseDuration, parseTime, SECOND } from './time.ts';

describe('durations', () => {
  it('reads a number and a unit, or several', () => {
    expect(parseDuration('250ms')).toBe(250_000);
    expect(parseDuration('1h30m')).toBe(HOUR + 30 * MINUTE);
    expect(parseDuration('1.5s')).toBe(1_500_000);
    expect(parseDuration('2w')).toBe(14 * DAY);
  });

  it.each(['', '5', 'm', '5 m', '-5m', '1e3s', '5M', '9999999999999d'])('does not read %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it('prints what it reads', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 10 ** 15 }), (us) => parseDuration(formatDuration(us)) === us));
    expect(formatDuration(90 * SECOND)).toBe('1m30s');
  });
});

describe('times', () => {
  it('is UTC unless a zone is given', () => {
    expect(parseTime('1970-01-01')).toBe(0);
    expect(parseTime('2024-01-02T09:30:00-05:00')).toBe(parseTime('2024-01-02T14:30:00Z'));
    expect(parseTime('2024-01-02 09:30')).toBe(parseTime('2024-01-02T09:30:00'));
    expect(parseTime('2024-02-29T00:00:00.123456789Z')).toBe((parseTime('2024-02-29') as number) + 123_456);
  });

  it.each(['2023-02-29', '2024-13-01', '2024-00-10', '2024-01-32', '2024-01-02T24:00', '2024-01-02T10:60', '2024-1-2', 'today'])(
    'does not read %j', (text) => { expect(parseTime(text)).toBeNull(); },
  );

  it('prints as the platform does, with as many decimals as there are', () => {
    fc.assert(fc.property(fc.integer({ min: -2 * 10 ** 12, max: 10 ** 13 }), (ms) => {
      const iso = new Date(ms).toISOString();
      return formatTime(ms * 1000) === (iso.endsWith('.000Z') ? `${iso.slice(0, -5)}Z` : iso);
    }));
    expect(formatTime(1_500_001)).toBe('1970-01-01T00:00:01.500001Z');
  });

  it('reads what it prints', () => {
    fc.assert(fc.property(fc.integer({ min: -(10 ** 15), max: 10 ** 16 }), (us) => parseTime(formatTime(us)) === us));
  });
});
