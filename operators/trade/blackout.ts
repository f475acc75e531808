import { DAY, parseTime } from '../../src/core/time.ts';
import { newYorkOffset } from '../../src/core/calendars/new-york.ts';
import type { Blackout } from './risk-rules.ts';

/** `15:45..16:00`, or `2024-12-24..2024-12-26` (the last day included); null for anything else. */
export function parseBlackout(text: string, zone: string): Blackout | null {
  const times = /^(\d\d):(\d\d)\.\.(\d\d):(\d\d)$/.exec(text.trim());
  if (times !== null) {
    const at = (h: string, m: string): number => (Number(h) * 60 + Number(m)) * 60_000_000;
    const [from, to] = [at(times[1], times[2]), at(times[3], times[4])];
    if (from >= 86_400_000_000 || to > 86_400_000_000) return null;
    return { from, to, daily: true, ...(zone === 'America/New_York' ? { offset: newYorkOffset } : {}) };
  }
  const days = /^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$/.exec(text.trim());
  if (days === null) return null;
  const [from, to] = [parseTime(days[1]), parseTime(days[2])];
  return from === null || to === null || to < from ? null : { from, to: to + DAY };
}
