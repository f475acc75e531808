import { Refusal } from '../../core/diagnostic.ts';

export type ParamValue = string | number | boolean;
export type Params = Readonly<Record<string, ParamValue>>;

/** Values between two bounds, both included. Without `step`, `points` and `integer` every number between them is one. */
export interface RangeSpec {
  readonly min: number;
  readonly max: number;
  /** Distance of neighbouring values, counted from `min`; 1 for `integer`. */
  readonly step?: number;
  /** Number of values, evenly spaced on the scale. */
  readonly points?: number;
  /** `log` gives every ratio the same weight: 0.001 to 0.01 as much as 0.1 to 1. */
  readonly scale?: 'linear' | 'log';
  readonly integer?: boolean;
}

export type AxisSpec = readonly ParamValue[] | RangeSpec;

/** One parameter that a search varies. A position is a share of the way along its scale, 0 to 1; each of n levels owns 1/n of it. */
export interface Axis {
  readonly name: string;
  /** Number of values; Infinity where they are continuous. */
  readonly levels: number;
  /** False where values have no order: texts, flags, mixed lists. */
  readonly ordered: boolean;
  /** The value with this number, in the order of the grid. */
  at(level: number): ParamValue;
  /** The value at a position, 0 <= u < 1. */
  value(u: number): ParamValue;
  /** Position of a value: the middle of what belongs to it. */
  position(value: ParamValue): number;
}

export interface Space {
  readonly axes: readonly Axis[];
  /** Sets that may be tried, such as `p => p.fast < p.slow`. */
  readonly where: (params: Params) => boolean;
}

const wrong = (name: string, what: string, help: string): Refusal =>
  new Refusal('E640', `parameter \`${name}\` of the search: ${what}`, { exit: 2, help: [help] });

/** Decimal sums leave 0.30000000000000004, which nobody wrote. */
const tidy = (x: number): number => (Number.isInteger(x) ? x : Number(x.toPrecision(15)));

const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));

function listAxis(name: string, written: readonly ParamValue[]): Axis {
  const values = [...new Set(written)];
  if (values.length === 0) throw wrong(name, 'the list is empty', `give at least one value: ${name}: [8, 12, 16]`);
  if (values.some((v) => typeof v === 'number' && !Number.isFinite(v))) throw wrong(name, 'a value is no number', 'leave it out');
  const n = values.length;
  const ordered = values.every((v) => typeof v === 'number');
  const sorted = ordered ? [...values].sort((a, b) => Number(a) - Number(b)) : values;
  return {
    name, levels: n, ordered, at: (i) => values[i],
    value: (u) => sorted[clamp(Math.floor(u * n), 0, n - 1)],
    position: (v) => (sorted.indexOf(v) + 0.5) / n,
  };
}

function checkRange(name: string, r: RangeSpec): void {
  if (!Number.isFinite(r.min) || !Number.isFinite(r.max)) throw wrong(name, 'a bound is no number', `${name}: { min: 5, max: 50 }`);
  if (r.min > r.max) throw wrong(name, `min ${r.min} is above max ${r.max}`, 'swap them');
  if (r.scale === 'log' && r.min <= 0) throw wrong(name, `a log scale begins above 0, found ${r.min}`, 'raise min, or use scale: linear');
  if (r.step !== undefined && !(r.step > 0)) {
    throw wrong(name, `step must be above 0, found ${r.step}`, `${name}: { min: 5, max: 50, step: 5 }`);
  }
  if (r.step !== undefined && (r.scale === 'log' || r.points !== undefined)) {
    const other = r.scale === 'log' ? 'a log scale' : 'points';
    throw wrong(name, `step does not go with ${other}`, 'points: 10 spaces ten values evenly on the scale');
  }
  if (r.points !== undefined && !(Number.isInteger(r.points) && r.points >= 1)) {
    throw wrong(name, `points must be a whole number from 1, found ${r.points}`, 'points: 10');
  }
  if (r.integer === true && ![r.min, r.max, r.step ?? 1].every((x) => Number.isSafeInteger(x))) {
    throw wrong(name, 'bounds and step of whole numbers must be whole', 'leave integer out');
  }
}

/** Axis of n values made from their number; `valueOf` rises. */
function levelAxis(name: string, n: number, valueOf: (level: number) => number): Axis {
  const find = (v: ParamValue): number => {
    let low = 0;
    let high = n - 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (valueOf(middle) < Number(v)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    name, levels: n, ordered: true, at: valueOf,
    value: (u) => valueOf(clamp(Math.floor(u * n), 0, n - 1)),
    position: (v) => (find(v) + 0.5) / n,
  };
}

/** Axis along a scale; values are rounded to whole numbers where `whole` is set. */
function scaleAxis(name: string, r: RangeSpec, whole: boolean): Axis {
  const log = r.scale === 'log';
  // A whole number owns what rounds to it, so that the first and the last are as likely as others.
  const [from, to] = whole ? [r.min - 0.5, r.max + 0.5] : [r.min, r.max];
  const [low, high] = log ? [Math.log(from), Math.log(to)] : [from, to];
  const width = high - low;
  const value = (u: number): number => {
    const x = log ? Math.exp(low + u * width) : low + u * width;
    return clamp(whole ? Math.round(x) : x, r.min, r.max);
  };
  return {
    name, ordered: true, value, levels: whole ? r.max - r.min + 1 : r.min === r.max ? 1 : Infinity,
    at: (level) => r.min + level,
    position: (v) => (width === 0 ? 0.5 : clamp(((log ? Math.log(Number(v)) : Number(v)) - low) / width, 0, 1)),
  };
}

function rangeAxis(name: string, r: RangeSpec): Axis {
  checkRange(name, r);
  const log = r.scale === 'log';
  if (r.points !== undefined) {
    const last = Math.max(1, r.points - 1);
    const raw = (i: number): number => (log ? r.min * (r.max / r.min) ** (i / last) : r.min + ((r.max - r.min) * i) / last);
    const shown = (i: number): number => clamp(r.integer === true ? Math.round(raw(i)) : tidy(raw(i)), r.min, r.max);
    return listAxis(name, Array.from({ length: r.points }, (_, i) => shown(i)));
  }
  if (r.integer === true && r.step === undefined) return scaleAxis(name, r, true);
  if (r.step === undefined) return scaleAxis(name, r, false);
  const { min, step } = r;
  return levelAxis(name, Math.floor((r.max - min) / step + 1e-9) + 1, (i) => tidy(min + i * step));
}

const isList = (spec: AxisSpec): spec is readonly ParamValue[] => Array.isArray(spec);

/**
 * What a search may try: for each parameter a list or a range. Repeated values of a list count once. Refuses (E640) a space without
 * parameters, an empty list and a range that holds nothing.
 */
export function space(spec: Readonly<Record<string, AxisSpec>>, where: (params: Params) => boolean = () => true): Space {
  const axes = Object.entries(spec).map(([name, s]) => (isList(s) ? listAxis(name, s) : rangeAxis(name, s)));
  if (axes.length === 0) throw new Refusal('E640', 'the search has no parameters', { exit: 2, help: ['--sweep fast=8,12,16'] });
  return { axes, where };
}

/** Number of sets in the full product, before `where`: Infinity for a continuous axis, inexact above 2^53. */
export const sizeOf = (s: Space): number => s.axes.reduce((n, a) => n * a.levels, 1);

/** Parameters from one level or position for each axis. */
export function paramsOf(s: Space, valueOf: (axis: Axis, index: number) => ParamValue): Params {
  return Object.fromEntries(s.axes.map((axis, i) => [axis.name, valueOf(axis, i)]));
}

/** Text that is the same for the same parameters. */
export const keyOf = (s: Space, params: Params): string => JSON.stringify(s.axes.map((a) => params[a.name]));
