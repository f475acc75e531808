export const MILLISECOND = 1_000;
export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const UNITS: Readonly<Record<string, number>> = Object.freeze({
  us: 1, ms: MILLISECOND, s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY,
});

/** Microseconds of `250ms`, `5m`, `1h30m`, `2d`; null when the text is no duration. */
export function parseDuration(text: string): number | null {
  if (!/^(\d+(\.\d+)?(us|ms|s|m|h|d|w))+$/.test(text)) return null;
  let sum = 0;
  for (const [, value, unit] of text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h|d|w)/g)) sum += Number(value) * UNITS[unit];
  return Number.isSafeInteger(Math.round(sum)) ? Math.round(sum) : null;
}

/** The shortest text that parses to the same duration: `90000000` is `1m30s`. */
export function formatDuration(micros: number): string {
  let rest = micros;
  let out = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms', 'us']) {
    const count = Math.floor(rest / UNITS[unit]);
    if (count > 0) out += `${count}${unit}`;
    rest -= count * UNITS[unit];
  }
  return out === '' ? '0s' : out;
}

/** ISO-8601 in UTC with as many decimals as the value needs: `2024-01-02T09:30:00Z`. */
export function formatTime(micros: number): string {
  if (!Number.isFinite(micros)) return String(micros);
  const ms = Math.floor(micros / 1000);
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(micros);
  const iso = date.toISOString();
  const us = micros - ms * 1000;
  if (us !== 0) return `${iso.slice(0, -1)}${String(us).padStart(3, '0')}Z`;
  return iso.endsWith('.000Z') ? `${iso.slice(0, -5)}Z` : iso;
}

/** Microseconds of an ISO date or date-time; without a zone it is UTC. Null when it is neither. */
export function parseTime(text: string): number | null {
  const m = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:?\d\d)?$/.exec(text);
  if (m === null) return null;
  const [, y, mo, d, h = '0', mi = '0', s = '0', fraction = '', zone] = m;
  const ms = Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
  const back = new Date(ms);
  if (back.getUTCMonth() !== Number(mo) - 1 || Number(h) > 23 || Number(mi) > 59 || Number(s) > 59) return null;
  const micros = Number(`${fraction}000000`.slice(0, 6));
  let offset = 0;
  if (zone !== undefined && zone !== 'Z') {
    offset = (zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * HOUR + Number(zone.slice(-2)) * MINUTE);
  }
  return ms * 1000 + micros - offset;
}
