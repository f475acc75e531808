import { DAY, formatTime } from '../../core/time.ts';

/** What stands where a value could not be computed. */
export const NONE = '–';

const MINUS = '\u2212';
const BLANK = '\u00a0';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export const monthName = (month: number): string => MONTHS[month - 1];

/** `-1,234.50` with a true minus sign; beyond 15 digits in powers of ten. */
export function decimal(x: number | null | undefined, digits = 2): string {
  if (x === null || x === undefined || Number.isNaN(x)) return NONE;
  if (!Number.isFinite(x)) return x > 0 ? '∞' : `${MINUS}∞`;
  if (Math.abs(x) >= 1e15) return x.toExponential(2).replace('-', MINUS);
  const text = Math.abs(x).toFixed(digits);
  const [whole, rest] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',') + (rest === undefined ? '' : `.${rest}`);
  return x < 0 && Number(text) !== 0 ? MINUS + grouped : grouped;
}

export const count = (x: number | null | undefined): string => decimal(x, 0);

const plus = (x: number | null | undefined, text: string): string =>
  (x !== null && x !== undefined && x > 0 && /[1-9∞]/.test(text) ? `+${text}` : text);

/** A number with its sign, also when it is positive. */
export const signed = (x: number | null | undefined, digits = 2): string => plus(x, decimal(x, digits));

/** A share as a percentage: 0.1234 is `12.34 %`. */
export function percent(x: number | null | undefined, digits = 2): string {
  const text = decimal(x === null || x === undefined ? x : x * 100, digits);
  return text === NONE ? text : `${text}${BLANK}%`;
}

export const signedPercent = (x: number | null | undefined, digits = 2): string => plus(x, percent(x, digits));

/** Money with as many decimals as help: none from 100,000 on. */
export const money = (x: number | null | undefined): string => decimal(x, Math.abs(x ?? 0) >= 100_000 ? 0 : 2);

/** `1.2M`, `250k`, `0.05`: a label of an axis. */
export function short(x: number): string {
  const size = Math.abs(x);
  const [unit, name] = size >= 1e12 ? [1e12, 'T'] : size >= 1e9 ? [1e9, 'B'] : size >= 1e6 ? [1e6, 'M'] : size >= 1e4 ? [1e3, 'k']
    : [1, ''];
  if (size >= 1e15) return decimal(x);
  return decimal(x, 0) === '0' && x === 0 ? '0' : trim(decimal(x / unit, size / unit >= 100 ? 1 : size / unit >= 1 ? 2 : 4)) + name;
}

const trim = (text: string): string => (text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text);

/** `2024-01-02`, in UTC. */
export const date = (ts: number): string => (Number.isFinite(ts) ? formatTime(ts).slice(0, 10) : NONE);

/** `2 Jan 2024`. */
export function longDate(ts: number): string {
  const text = date(ts);
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  return found === null ? text : `${Number(found[3])} ${monthName(Number(found[2]))} ${found[1]}`;
}

/** `2024-01-02 09:30`, to the second where it matters; a bare date at midnight. */
export function moment(ts: number): string {
  if (!Number.isFinite(ts)) return NONE;
  const text = formatTime(ts).replace('T', ' ').replace('Z', '');
  return text.replace(/ 00:00:00$/, '').replace(/(\d\d:\d\d):00$/, '$1');
}

/** A length of time in the two largest units: `3 y 2 mo`, `5 d`, `40 s`. */
export function lasting(micros: number): string {
  if (!Number.isFinite(micros)) return NONE;
  const days = micros / DAY;
  if (days >= 365) return pair(Math.round(days / 30.4375), 12, 'y', 'mo');
  if (days >= 60) return `${Math.round(days / 30.4375)}${BLANK}mo`;
  if (days >= 3) return `${Math.round(days)}${BLANK}d`;
  const seconds = Math.round(micros / 1e6);
  if (seconds >= 3600) return pair(Math.round(seconds / 60), 60, 'h', 'min');
  return seconds >= 60 ? pair(seconds, 60, 'min', 's') : `${seconds}${BLANK}s`;
}

function pair(small: number, per: number, large: string, unit: string): string {
  const rest = small % per;
  return `${Math.floor(small / per)}${BLANK}${large}${rest === 0 ? '' : ` ${rest}${BLANK}${unit}`}`;
}
