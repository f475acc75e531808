import type { Zone } from './zone.ts';

export type TimeUnit = 's' | 'ms' | 'us' | 'ns';

const MICROS: Readonly<Record<TimeUnit, number>> = { s: 1_000_000, ms: 1_000, us: 1, ns: 0.001 };
/** Digits below one unit that still count as microseconds. */
const FRACTION: Readonly<Record<TimeUnit, number>> = { s: 6, ms: 3, us: 0, ns: 0 };
const POW10 = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
const DAY = 86_400_000_000;

/** Days since 1970 of a civil date (Howard Hinnant's algorithm). */
function civilDay(y: number, m: number, d: number): number {
  const year = m <= 2 ? y - 1 : y;
  const era = Math.floor(year / 400);
  const yoe = year - era * 400;
  const doy = Math.floor((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + d - 1;
  return era * 146_097 + yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy - 719_468;
}

const LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const isLeap = (y: number): boolean => (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0;
const isDate = (y: number, m: number, d: number): boolean =>
  m >= 1 && m <= 12 && d >= 1 && d <= LENGTHS[m - 1] + (m === 2 && isLeap(y) ? 1 : 0);

const isDigit = (c: number): boolean => c >= 48 && c <= 57;
const unitOfDigits = (n: number): TimeUnit => (n <= 11 ? 's' : n <= 14 ? 'ms' : n <= 17 ? 'us' : 'ns');
const unitOfNumber = (x: number): TimeUnit => (x < 1e11 ? 's' : x < 1e14 ? 'ms' : x < 1e17 ? 'us' : 'ns');

/**
 * Reads event times from bytes: epoch numbers of any unit, ISO-8601, `YYYY-MM-DD HH:MM`, `m/d/yyyy`, `YYYYMMDD`. NaN when it is none.
 * Without a unit the first epoch number decides by its length, for the whole file; with `each`, every number decides for itself, so that
 * what is read does not depend on what was read before. Nanoseconds are cut to microseconds.
 */
export class TimeParser {
  private unit: TimeUnit | null;
  private readonly zone: Zone | null;
  private readonly each: boolean;
  private i = 0;
  private end = 0;
  private width = 0;
  /** The last date and its first microsecond: rows of a day follow one another. */
  private date = -1;
  private day = 0;
  private readonly scratch = Buffer.alloc(64);

  constructor(unit: TimeUnit | null, zone: Zone | null, each = false) {
    this.unit = unit;
    this.zone = zone;
    this.each = each;
  }

  fromText(text: string): number {
    if (text.length > 64) return NaN;
    const n = this.scratch.write(text, 'latin1');
    return this.parse(this.scratch, 0, n);
  }

  fromNumber(x: number): number {
    if (!Number.isFinite(x)) return NaN;
    const unit = this.unit ?? this.keep(unitOfNumber(Math.abs(x)));
    // A double holds nanoseconds of our time to 256 of them: cut, a whole microsecond could come out as the one before it.
    if (unit === 'ns') return Number.isSafeInteger(x) ? Math.floor(x / 1000) : Math.round(x / 1000);
    return Math.round(x * MICROS[unit]);
  }

  private keep(unit: TimeUnit): TimeUnit {
    if (!this.each) this.unit = unit;
    return unit;
  }

  parse(b: Uint8Array, from: number, to: number): number {
    while (from < to && b[from] === 32) from++;
    while (to > from && b[to - 1] === 32) to--;
    if (from >= to) return NaN;
    let i = b[from] === 45 ? from + 1 : from;
    const first = i;
    while (i < to && isDigit(b[i])) i++;
    const digits = i - first;
    if (digits === 0) return NaN;
    if (i === to || b[i] === 46 || b[i] === 101 || b[i] === 69) {
      if (first === from && i === to && this.unit === null && (digits === 8 || digits === 14)) {
        const t = this.compact(b, from, to);
        if (t === t) return t;
      }
      return this.epoch(b, from, first, i, to);
    }
    return first === from ? this.calendar(b, from, to) : NaN;
  }

  private epoch(b: Uint8Array, from: number, first: number, dot: number, to: number): number {
    const unit = this.unit ?? this.keep(unitOfDigits(dot - first));
    const stop = unit === 'ns' ? Math.max(first, dot - 3) : dot;
    let whole = 0;
    for (let i = first; i < stop; i++) whole = whole * 10 + b[i] - 48;
    let micros = unit === 'ns' ? whole : whole * MICROS[unit];
    if (dot < to) {
      if (b[dot] !== 46) return this.exponent(b, from, to);
      const places = FRACTION[unit];
      let fraction = 0;
      let read = 0;
      for (let i = dot + 1; i < to; i++) {
        if (!isDigit(b[i])) return this.exponent(b, from, to);
        if (read < places) {
          fraction = fraction * 10 + b[i] - 48;
          read++;
        }
      }
      micros += fraction * POW10[places - read];
    }
    return first === from ? micros : -micros;
  }

  private exponent(b: Uint8Array, from: number, to: number): number {
    const text = Buffer.from(b.buffer, b.byteOffset + from, to - from).toString('latin1');
    return /^-?\d+(\.\d*)?([eE][+-]?\d+)?$/.test(text) ? this.fromNumber(Number(text)) : NaN;
  }

  private compact(b: Uint8Array, from: number, to: number): number {
    const at = (i: number, n: number): number => {
      let x = 0;
      for (let k = i; k < i + n; k++) x = x * 10 + b[from + k] - 48;
      return x;
    };
    const y = at(0, 4);
    if (y < 1900 || y > 2199 || !isDate(y, at(4, 2), at(6, 2))) return NaN;
    let t = civilDay(y, at(4, 2), at(6, 2)) * DAY;
    if (to - from === 14) {
      if (at(8, 2) > 23 || at(10, 2) > 59 || at(12, 2) > 59) return NaN;
      t += ((at(8, 2) * 60 + at(10, 2)) * 60 + at(12, 2)) * 1_000_000;
    }
    return this.zone === null ? t : this.zone.toUtc(t);
  }

  /** Reads a number of up to `max` digits at the cursor; -1 when there is none. */
  private int(b: Uint8Array, max: number): number {
    let x = 0;
    const from = this.i;
    while (this.i < this.end && this.i - from < max && isDigit(b[this.i])) x = x * 10 + b[this.i++] - 48;
    this.width = this.i - from;
    return this.width === 0 ? -1 : x;
  }

  private calendar(b: Uint8Array, from: number, to: number): number {
    this.i = from;
    this.end = to;
    let y = this.int(b, 4);
    const yearFirst = this.width === 4;
    const separator = b[this.i++];
    if (yearFirst ? separator !== 45 && separator !== 47 && separator !== 46 : separator !== 47) return NaN;
    let m = this.int(b, 2);
    if (b[this.i++] !== separator) return NaN;
    let d = this.int(b, yearFirst ? 2 : 4);
    if (!yearFirst) {
      if (this.width !== 4) return NaN;
      [y, m, d] = [d, y, m];
    }
    const date = (y * 100 + m) * 10_000 + d;
    if (date !== this.date) {
      if (!isDate(y, m, d)) return NaN;
      this.date = date;
      this.day = civilDay(y, m, d) * DAY;
    }
    const { day } = this;
    if (this.i === to) return this.zone === null ? day : this.zone.toUtc(day);
    const c = b[this.i++];
    return c === 32 || c === 84 || c === 116 ? this.clock(b, day) : NaN;
  }

  private clock(b: Uint8Array, day: number): number {
    let h = this.int(b, 2);
    if (h < 0 || b[this.i++] !== 58) return NaN;
    const m = this.int(b, 2);
    if (this.width !== 2) return NaN;
    let s = 0;
    let micros = 0;
    if (b[this.i] === 58 && this.i < this.end) {
      this.i++;
      s = this.int(b, 2);
      if (this.width !== 2) return NaN;
      if (this.i < this.end && (b[this.i] === 46 || b[this.i] === 44)) {
        this.i++;
        micros = this.int(b, 6);
        if (micros < 0) return NaN;
        micros *= POW10[6 - this.width];
        while (this.i < this.end && isDigit(b[this.i])) this.i++;
      }
    }
    const half = this.half(b);
    if (half >= 0) {
      if (h < 1 || h > 12) return NaN;
      h = (h % 12) + half;
    }
    if (h > 23 || m > 59 || s > 59) return NaN;
    return this.zoned(b, day + ((h * 60 + m) * 60 + s) * 1_000_000 + micros);
  }

  /** 0 for AM, 12 for PM, -1 where neither follows. */
  private half(b: Uint8Array): number {
    let i = this.i;
    while (i < this.end && b[i] === 32) i++;
    if (i + 1 >= this.end || (b[i + 1] | 32) !== 109) return -1;
    const c = b[i] | 32;
    if (c !== 97 && c !== 112) return -1;
    this.i = i + 2;
    return c === 97 ? 0 : 12;
  }

  private zoned(b: Uint8Array, local: number): number {
    if (this.i === this.end) return this.zone === null ? local : this.zone.toUtc(local);
    while (b[this.i] === 32) this.i++;
    const c = b[this.i++];
    if ((c === 90 || c === 122) && this.i === this.end) return local;
    if (c !== 43 && c !== 45) return NaN;
    const h = this.int(b, 2);
    if (this.width !== 2) return NaN;
    if (b[this.i] === 58) this.i++;
    const m = this.i === this.end ? 0 : this.int(b, 2);
    if (this.i !== this.end || m < 0 || m > 59 || h > 15) return NaN;
    const offset = (h * 60 + m) * 60_000_000;
    return c === 43 ? local - offset : local + offset;
  }
}
