import type { Calendar } from '../../src/core/calendar.ts';
import type { Cell, TimedRow } from '../../src/core/run-timed.ts';

/**
 * What windows must give, by keeping every row and looking at all of them again: slow, without state, and written apart from the operators.
 */
export interface Policy {
  readonly lateness: number;
  readonly late: 'drop' | 'side_output' | 'update';
}

export interface Held {
  readonly row: TimedRow;
  /** Position in order of arrival, and the watermark that was in force before the row. */
  readonly at: number;
  readonly wm: number;
}

export function withWatermarks(rows: readonly TimedRow[], lateness: number): Held[] {
  let wm = -Infinity;
  return rows.map((row, at) => {
    const held = { row, at, wm };
    wm = Math.max(wm, row.ts - lateness - 1);
    return held;
  });
}

export const byTime = (a: Held, b: Held): number => a.row.ts - b.row.ts || a.at - b.at;

const numbers = (rows: readonly Held[], x: string): number[] => rows.map((h) => h.row[x]).filter((v): v is number => typeof v === 'number');
const cells = (rows: readonly Held[], x: string): Cell[] => rows.map((h) => h.row[x] ?? null).filter((v) => v !== null);
const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);

/** An aggregate of rows in order of time. */
export function aggregate(rows: readonly Held[], fn: string, x: string, param: number): Cell {
  const xs = numbers(rows, x);
  const sorted = [...xs].sort((a, b) => a - b);
  const quantile = (p: number): number => {
    const place = (xs.length - 1) * p;
    const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return low + (high - low) * (place - Math.floor(place));
  };
  const mean = sum(xs) / xs.length;
  const spread = sum(xs.map((v) => (v - mean) ** 2)) / xs.length;
  switch (fn) {
    case 'count': return x === '' ? rows.length : cells(rows, x).length;
    case 'distinct': return new Set(cells(rows, x)).size;
    case 'first': return cells(rows, x)[0] ?? null;
    case 'last': return cells(rows, x).at(-1) ?? null;
    case 'vwap': {
      const both = rows.filter((h) => typeof h.row.price === 'number' && typeof h.row.size === 'number');
      const size = sum(numbers(both, 'size'));
      return size === 0 ? null : sum(both.map((h) => (h.row.price as number) * (h.row.size as number))) / size;
    }
    default:
  }
  if (xs.length === 0) return null;
  switch (fn) {
    case 'sum': return sum(xs);
    case 'mean': return mean;
    case 'min': return sorted[0];
    case 'max': return sorted.at(-1) as number;
    case 'var': return spread;
    case 'stdev': return Math.sqrt(spread);
    default: return quantile(fn === 'median' ? 0.5 : param);
  }
}

export interface Group {
  readonly key: string;
  readonly start: number;
  readonly close: number;
  readonly rows: readonly Held[];
}

export interface Windows {
  readonly groups: readonly Group[];
  readonly late: readonly TimedRow[];
}

/** Order of output: time, then key in order of first appearance. */
export function inOrder(groups: readonly Group[], rows: readonly TimedRow[]): Group[] {
  const names = [...new Set(rows.map((r) => r.key))];
  return [...groups].sort((a, b) => a.close - b.close || names.indexOf(a.key) - names.indexOf(b.key));
}

/** Windows that an edge function names: `edgesOf` gives all (start, close] that hold a time. */
export function windowsBy(
  rows: readonly TimedRow[], policy: Policy, every: number, edgesOf: (ts: number) => readonly (readonly [start: number, close: number])[],
): Windows {
  const groups = new Map<string, { key: string; start: number; close: number; rows: Held[] }>();
  const late: TimedRow[] = [];
  const grace = policy.late === 'update' ? policy.lateness + every : 0;
  for (const held of withWatermarks(rows, policy.lateness)) {
    const edges = edgesOf(held.row.ts);
    const taken = edges.filter(([, close]) => close + grace > held.wm);
    if (edges.length > 0 && taken.length === 0) late.push(held.row);
    for (const [start, close] of taken) {
      const id = `${held.row.key} ${close}`;
      const group = groups.get(id) ?? { key: held.row.key, start, close, rows: [] };
      groups.set(id, group);
      group.rows.push(held);
    }
  }
  for (const g of groups.values()) g.rows.sort(byTime);
  return { groups: inOrder([...groups.values()], rows), late };
}

export function hops(every: number, over: number): (ts: number) => [number, number][] {
  return (ts) => {
    const out: [number, number][] = [];
    for (let close = Math.ceil(ts / every) * every; close - over < ts; close += every) out.push([close - over, close]);
    return out;
  };
}

export const sessions = (calendar: Calendar) => (ts: number): [number, number][] => {
  const s = calendar.sessionAt(ts - 1);
  return ts > s.open && ts <= s.close ? [[s.open, s.close]] : [];
};

export function gaps(rows: readonly TimedRow[], policy: Policy, gap: number): Windows {
  let all: { key: string; rows: Held[] }[] = [];
  const late: TimedRow[] = [];
  const closeOf = (s: { rows: Held[] }): number => Math.max(...s.rows.map((h) => h.row.ts)) + gap;
  for (const held of withWatermarks(rows, policy.lateness)) {
    const near = all.filter((s) => s.key === held.row.key && closeOf(s) > held.wm
      && s.rows.some((h) => Math.abs(h.row.ts - held.row.ts) <= gap));
    if (near.length === 0 && held.row.ts + gap <= held.wm) {
      late.push(held.row);
      continue;
    }
    all = all.filter((s) => !near.includes(s));
    all.push({ key: held.row.key, rows: [...near.flatMap((s) => s.rows), held] });
  }
  const groups = all.map((s) => {
    s.rows.sort(byTime);
    return { ...s, start: s.rows[0].row.ts, close: closeOf(s) };
  });
  return { groups: inOrder(groups, rows), late };
}

/** Rows in order of event time, without those that came behind the watermark. */
export function ordered(rows: readonly TimedRow[], lateness: number): { rows: readonly Held[]; late: readonly TimedRow[] } {
  const held = withWatermarks(rows, lateness);
  return { rows: held.filter((h) => h.row.ts > h.wm).sort(byTime), late: held.filter((h) => h.row.ts <= h.wm).map((h) => h.row) };
}

/** A window for every row: those before it of the same key, itself included. */
export function slides(rows: readonly TimedRow[], lateness: number, over: { rows?: number; micros?: number }, every: number): Windows {
  const taken = ordered(rows, lateness);
  const groups: Group[] = [];
  taken.rows.forEach((h, k) => {
    const mine = taken.rows.slice(0, k + 1).filter((x) => x.row.key === h.row.key);
    if (mine.length % every !== 0 || mine.length < (over.rows ?? 0)) return;
    const inside = over.rows === undefined ? mine.filter((x) => x.row.ts > h.row.ts - (over.micros as number)) : mine.slice(-over.rows);
    const start = over.rows === undefined ? h.row.ts - (over.micros as number) : inside[0].row.ts;
    groups.push({ key: h.row.key, start, close: h.row.ts, rows: inside });
  });
  return { groups, late: taken.late };
}
