import { dayOf } from '../../core/calendars/civil.ts';
import { DAY } from '../../core/time.ts';
import { moment, monthName, percent, short } from './format.ts';
import { monthOf } from './series.ts';
import { roundStep } from './trade-series.ts';

export interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly ticks: readonly Tick[];
  /** Where a value lies, 0 at the low end and 1 at the high end. */
  place(value: number): number;
}

export type Label = (x: number, step: number) => string;

/** Labels with no more decimals than the distance of two lines asks for. */
export const percentLabel: Label = (x, step) => percent(x, [0, 1, 2, 3].find((d) => whole(step * 100 * 10 ** d)) ?? 4);
const whole = (x: number): boolean => Math.abs(x - Math.round(x)) < 1e-6;
export const shortLabel: Label = (x) => short(x);

/** A linear scale over the values with round lines, about `wanted` of them; a flat series gets room above and below. */
export function linear(low: number, high: number, label: Label, wanted = 5): Scale {
  // Steps below the smallest that numbers of this size can be told apart by are no steps.
  const flat = !(high - low > Math.max(Math.abs(low), Math.abs(high)) * 1e-12) || high - low < 1e-300;
  const pad = Math.abs(low) * 0.02 || 0.01;
  const [from, to] = flat ? [low - pad, high + pad] : [low, high];
  const step = roundStep((to - from) / wanted);
  const [first, last] = [Math.floor(from / step + 1e-9), Math.ceil(to / step - 1e-9)];
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => ({ at: (first + i) * step, label: label((first + i) * step, step) }));
  // The frame ends at a line unless that would leave much of it empty.
  const air = (to - from) * 0.04;
  const bottom = from - first * step > step * 0.4 ? from - air : first * step;
  const top = last * step - to > step * 0.4 ? to + air : last * step;
  return { low: bottom, high: top, log: false, ticks: ticks.filter((t) => t.at >= bottom && t.at <= top), place: (v) =>
    (v - bottom) / (top - bottom) };
}

/** Lines within a power of ten, from dense to sparse. */
const DECADES = [[1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 4, 5, 6, 8], [1, 1.5, 2, 3, 4, 5, 7], [1, 2, 3, 5], [1, 2, 5], [1, 3], [1]];

/** A logarithmic scale; both ends above zero. Lines at round parts of powers of ten, as dense as eight of them allow. */
export function logarithmic(low: number, high: number, label: Label): Scale {
  const [a, b] = [Math.log(low) - 0.02, Math.log(high) + 0.02];
  const decades = Array.from({ length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 }, (_, i) =>
    10 ** (Math.floor(Math.log10(low)) + i));
  const within = (parts: readonly number[]): number[] =>
    decades.flatMap((d) => parts.map((p) => d * p)).filter((x) => Math.log(x) >= a && Math.log(x) <= b);
  const lines = DECADES.map(within).find((list) => list.length <= 8) ?? within([1]).filter((_, i, list) =>
    i % Math.ceil(list.length / 8) === 0);
  const ticks = lines.map((x) => ({ at: x, label: label(x, x) }));
  return { low, high, log: true, ticks, place: (v) => (Math.log(v) - a) / (b - a) };
}

const YEAR_STEPS = [1, 2, 5, 10, 20, 50, 100];
const MONTH_STEPS = [1, 2, 3, 6];
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880].map((minutes) => (minutes * DAY) / 1440);

/** Event time from left to right with calendar lines: years, months, days or the clock, at most about `wanted`. */
export function timeScale(from: number, to: number, wanted = 10): Scale {
  const end = to > from ? to : from + DAY;
  const place = (v: number): number => (v - from) / (end - from);
  return { low: from, high: end, log: false, ticks: timeTicks(from, end, wanted).filter((t) => t.at >= from && t.at <= end), place };
}

function timeTicks(from: number, to: number, wanted: number): Tick[] {
  const [a, b] = [monthOf(from), monthOf(to)];
  const months = (b.year - a.year) * 12 + b.month - a.month;
  if (months >= wanted * 3) {
    const step = YEAR_STEPS.find((s) => (b.year - a.year) / s <= wanted) ?? 200;
    const first = Math.ceil(a.year / step) * step;
    return Array.from({ length: Math.max(0, Math.floor((b.year - first) / step) + 1) }, (_, i) => first + i * step)
      .map((year) => ({ at: dayOf(year, 1, 1) * DAY, label: String(year) }));
  }
  if (months >= 3) {
    const step = MONTH_STEPS.find((s) => months / s <= wanted) ?? 6;
    return Array.from({ length: months + 1 }, (_, i) => a.month - 1 + i).filter((m) => m % step === 0).map((m) => {
      const [year, month] = [a.year + Math.floor(m / 12), (m % 12) + 1];
      return { at: dayOf(year, month, 1) * DAY, label: month === 1 ? String(year) : monthName(month) };
    });
  }
  const step = TIME_STEPS.find((s) => (to - from) / s <= wanted) ?? Math.ceil((to - from) / DAY / wanted) * DAY;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, i) => ({ at: first + i * step, label: clock(first + i * step) }));
}

/** `09:30`, or `2 Jan` at midnight. */
function clock(ts: number): string {
  const text = moment(ts);
  return text.length > 10 ? text.slice(11) : `${Number(text.slice(8, 10))} ${monthName(Number(text.slice(5, 7)))}`;
}
