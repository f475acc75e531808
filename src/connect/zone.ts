import { Refusal } from '../core/diagnostic.ts';

/** Zones change their offset at quarter hours only, so one look-up serves every row of a quarter. */
const QUARTER = 15 * 60_000_000;

function formatOf(name: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: name, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    throw new Refusal('E705', `unknown time zone \`${name}\``, {
      exit: 3, cause, help: ['write an IANA name such as America/New_York, Europe/London or Asia/Tokyo, an offset such as +02:00, or UTC'],
    });
  }
}

/** Wall-clock times of an IANA zone, or of an offset such as `+02:00`,
to UTC. A time that occurs twice means the first; one that is skipped moves on by the gap. */
export class Zone {
  /** Null for a zone that is an offset. */
  private readonly format: Intl.DateTimeFormat | null;
  private readonly fixed: number;
  private readonly cache = new Map<number, number>();
  private quarter = NaN;
  private offset = 0;

  constructor(name: string) {
    const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(name) ?? [];
    this.fixed = sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000_000;
    this.format = sign === undefined ? formatOf(name) : null;
  }

  /** Microseconds UTC of local microseconds. */
  toUtc(local: number): number {
    const quarter = Math.floor(local / QUARTER);
    if (quarter !== this.quarter) {
      let offset = this.cache.get(quarter);
      if (offset === undefined) {
        offset = this.offsetOfLocal(quarter * QUARTER);
        this.cache.set(quarter, offset);
      }
      this.quarter = quarter;
      this.offset = offset;
    }
    return local - this.offset;
  }

  /** Offset from UTC in microseconds at a moment. */
  offsetAt(utc: number): number {
    if (this.format === null) return this.fixed;
    const parts: Record<string, number> = {};
    for (const { type, value } of this.format.formatToParts(utc / 1000)) parts[type] = Number(value);
    const local = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
    return local * 1000 - Math.floor(utc / 1_000_000) * 1_000_000;
  }

  private offsetOfLocal(local: number): number {
    // Both sides of any change lie within a day: the larger offset is the earlier moment.
    const before = this.offsetAt(local - 86_400_000_000);
    const after = this.offsetAt(local + 86_400_000_000);
    if (before === after) return this.offsetAt(local - before);
    if (this.offsetAt(local - before) === before) return before;
    if (this.offsetAt(local - after) === after) return after;
    return before;
  }
}

const UTC = new Set(['utc', 'z', 'gmt', 'etc/utc', 'etc/gmt', 'uct', 'zulu']);

/** The zone of that name; null for UTC, which needs no conversion. */
export const zoneOf = (name: string): Zone | null => (UTC.has(name.toLowerCase()) ? null : new Zone(name));
