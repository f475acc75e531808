import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bars } from '../../operators/window/bars.ts';
import { conflate } from '../../operators/window/conflate.ts';
import { resample } from '../../operators/window/resample.ts';
import { sample } from '../../operators/window/sample.ts';
import { window } from '../../operators/window/window.ts';
import { WINDOWS } from '../../operators/windows.ts';
import type { Calendar, Session } from '../../src/core/calendar.ts';
import { AGGREGATES, type AggregateCall, type BoundArgs, type TimedOperator } from '../../src/core/operator.ts';
import { columnOf, runTimed, type TimedRow, type TimedRun } from '../../src/core/run-timed.ts';
import { TAKER, type Schema } from '../../src/core/types.ts';
import {
  aggregate, byTime, gaps, hops, inOrder, ordered, sessions, slides, windowsBy, type Group, type Held, type Policy, type Windows,
} from './timed-oracle.ts';

const SCHEMA: Schema = [
  { name: 'price', type: 'f64' }, { name: 'size', type: 'f64' }, { name: 'side', type: TAKER }, { name: 'venue', type: 'text' },
];
const HORIZON = 120;

/** Sessions of 15 in every 20 units of time, from 3 on. */
const CALENDAR: Calendar = {
  name: 'toy',
  sessionAt(ts): Session {
    let day = Math.floor((ts - 3) / 20);
    if (ts >= 3 + 20 * day + 15) day++;
    return { open: 3 + 20 * day, close: 18 + 20 * day, day };
  },
  isOpen: (ts) => (((ts - 3) % 20) + 20) % 20 < 15,
};

const CALLS: readonly AggregateCall[] = [
  ...AGGREGATES.map((fn) => ({
    fn, args: fn === 'count' ? [] : fn === 'vwap' ? ['price', 'size'] : ['price'], param: fn === 'quantile' ? 0.8 : NaN,
  })),
  { fn: 'count' as const, args: ['price'], param: NaN }, { fn: 'quantile' as const, args: ['price'], param: 0.1 },
  { fn: 'first' as const, args: ['venue'], param: NaN }, { fn: 'last' as const, args: ['venue'], param: NaN },
  { fn: 'distinct' as const, args: ['venue'], param: NaN }, { fn: 'max' as const, args: ['size'], param: NaN },
].map((c, k) => ({ fn: c.fn, args: c.args.map((name) => columnOf(SCHEMA, name)), param: c.param, slot: k + 2 }));

const cell = <T>(a: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(a, { freq: 6 });
const tick = fc.record({
  ts: fc.integer({ min: 0, max: HORIZON }), key: fc.constantFrom('A', 'B', 'C'), price: cell(fc.integer({ min: 1, max: 12 })),
  size: cell(fc.integer({ min: 0, max: 9 })), side: cell(fc.constantFrom(0, 1)),
  venue: cell(fc.constantFrom('x', 'y', 'z')), jitter: fc.integer({ min: 0, max: 30 }),
});

/** Rows that arrive up to `jitter` too late; with 0 in order of time. */
const ticks = fc.tuple(fc.array(tick, { maxLength: 60, size: 'max' }), fc.constantFrom(0, 4, 12, 30)).map(([rows, jitter]): TimedRow[] =>
  rows.map((r, k) => ({ row: r, arrives: r.ts + Math.min(r.jitter, jitter), k })).sort((a, b) => a.arrives - b.arrives || a.k - b.k)
    .map(({ row: { jitter: _, ...row } }) => row));
const policy: fc.Arbitrary<Policy> = fc.record({
  lateness: fc.constantFrom(0, 0, 3, 11), late: fc.constantFrom('drop', 'side_output', 'update'),
});

const run = (op: TimedOperator, args: BoundArgs, rows: readonly TimedRow[], options: TimedRun) =>
  runTimed(op, args, [{ schema: SCHEMA, rows }], { calendar: CALENDAR, ...options });

/** Rounded, so that orders of summing up do not matter. */
const rounded = (rows: readonly object[]): unknown[] => rows.map((r) => Object.fromEntries(Object.entries(r)
  .map(([name, x]) => [name, typeof x === 'number' ? Number(x.toFixed(9)) + 0 : x])));

const aggregated = (g: Group): TimedRow => ({
  ts: g.close, key: g.key, start: g.start,
  ...Object.fromEntries(CALLS.map((c, k) => [`a${k}`, aggregate(g.rows, c.fn, c.args[0]?.label ?? '', c.param)])),
});

const barred = (g: Group): TimedRow => {
  const volume = (rows: readonly Held[]): number => rows.reduce((v, h) => v + ((h.row.size as number | null) ?? 0), 0);
  const prices = g.rows.map((h) => h.row.price as number);
  const paid = g.rows.reduce((v, h) => v + (h.row.price as number) * ((h.row.size as number | null) ?? 0), 0);
  return {
    ts: g.close, key: g.key, open: prices[0], high: Math.max(...prices), low: Math.min(...prices), close: prices.at(-1) as number,
    volume: volume(g.rows), vwap: volume(g.rows) === 0 ? null : paid / volume(g.rows), trades: g.rows.length,
    buy_volume: volume(g.rows.filter((h) => h.row.side === 1)), sell_volume: volume(g.rows.filter((h) => h.row.side === 0)), start: g.start,
  };
};

/** The last revision of every window, in order of time and key; revisions of a window must count up from 1. */
function settled(rows: readonly TimedRow[], input: readonly TimedRow[]): TimedRow[] {
  const last = new Map<string, TimedRow>();
  for (const row of rows) {
    const id = `${row.ts} ${row.key} ${row.start}`;
    expect(row.revision).toBe(((last.get(id)?.revision as number | undefined) ?? 0) + 1);
    last.set(id, row);
  }
  const groups = [...last.values()].map((row) => ({ key: row.key, start: 0, close: row.ts, rows: [], row }));
  return inOrder(groups, input).map((g) => {
    const { revision: _, ...row } = (g as unknown as { row: TimedRow }).row;
    return row as TimedRow;
  });
}

interface Case {
  readonly name: string;
  readonly op: TimedOperator;
  readonly args: BoundArgs;
  readonly expected: (rows: readonly TimedRow[], policy: Policy) => Windows;
  readonly row: (g: Group) => TimedRow;
  /** Every output row is one of a kind: a row a key and time may come twice. */
  readonly perRow?: boolean;
}

const windowed = (name: string, args: object, expected: Case['expected'], perRow = false): Case => ({
  name: `window ${name}`, op: window, args: { columns: CALLS, ...args }, expected, row: aggregated, perRow,
});
const priced = (rows: readonly TimedRow[]): TimedRow[] => rows.filter((r) => r.price !== null);
const CASES: readonly Case[] = [
  {
    name: 'bars every 10', op: bars, args: { every: { micros: 10 } }, row: barred,
    // A row without a price makes no bar, but it moves the watermark as any row does.
    expected: (rows, p) => {
      const all = windowsBy(rows, p, 10, hops(10, 10));
      const groups = all.groups.map((g) => ({ ...g, rows: g.rows.filter((h) => h.row.price !== null) })).filter((g) => g.rows.length > 0);
      return { groups, late: priced(all.late) };
    },
  },
  windowed('every 10', { every: { micros: 10 } }, (rows, p) => windowsBy(rows, p, 10, hops(10, 10))),
  windowed('every 5 over 20', { every: { micros: 5 }, over: { micros: 20 } }, (rows, p) => windowsBy(rows, p, 5, hops(5, 20))),
  windowed('every 6 over 15', { every: { micros: 6 }, over: { micros: 15 } }, (rows, p) => windowsBy(rows, p, 6, hops(6, 15))),
  windowed('session exchange', { session: 'exchange' }, (rows, p) => windowsBy(rows, p, 15, sessions(CALENDAR))),
  windowed('gap 4', { session: { gap: 4 } }, (rows, p) => gaps(rows, p, 4)),
  windowed('over 7 rows', { over: { rows: 7 } }, (rows, p) => slides(rows, p.lateness, { rows: 7 }, 1), true),
  windowed('over 25', { over: { micros: 25 } }, (rows, p) => slides(rows, p.lateness, { micros: 25 }, 1), true),
  windowed('every 3 over 5 rows', { every: { rows: 3 }, over: { rows: 5 } }, (rows, p) => slides(rows, p.lateness, { rows: 5 }, 3), true),
  windowed('every 4 rows', { every: { rows: 4 } }, (rows, p) => slides(rows, p.lateness, { rows: 4 }, 4), true),
];

describe.each(CASES)('$name', ({ op, args, expected, row, perRow }) => {
  it('gives what looking at all rows again gives', () => {
    fc.assert(fc.property(ticks, policy, (rows, p) => {
      const result = run(op, args, rows, p);
      const want = expected(rows, p);
      const got = perRow === true ? result.rows.map(({ revision: _, ...r }) => r) : settled(result.rows, rows);
      expect(rounded(got)).toEqual(rounded(want.groups.map(row)));
      expect(result.counts.late).toBe(want.late.length);
      if (p.late === 'side_output') expect(result.late).toEqual(want.late);
    }), { numRuns: 150 });
  });
  it('comes out in order of time, then key, and before any row behind its edge', () => {
    fc.assert(fc.property(ticks, fc.constantFrom(0, 11), (rows, lateness) => {
      const result = run(op, args, rows, { lateness });
      const times = result.rows.map((r) => r.ts);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }), { numRuns: 50 });
  });
});

const EVERY_OP: readonly { readonly name: string; readonly op: TimedOperator; readonly args: BoundArgs; readonly edge?: boolean }[] = [
  ...CASES,
  { name: 'bars filled', op: bars, args: { every: { micros: 10 }, empty: 'fill' } },
  { name: 'bars in sessions', op: bars, args: { every: { micros: 4 }, align: 'session', empty: 'fill' } },
  ...['tick', 'volume', 'dollar', 'imbalance', 'range']
    .map((type) => ({ name: `bars ${type}`, op: bars, args: { every: { rows: 5 }, type } })),
  { name: 'resample', op: resample, args: { every: 7 } },
  { name: 'resample, no fill', op: resample, args: { every: 7, fill: 'none' } },
  { name: 'conflate', op: conflate, args: { every: 7 } },
  { name: 'sample rows', op: sample, args: { every: { rows: 3 } } },
  { name: 'sample time', op: sample, args: { every: { micros: 9 } } },
];

describe.each(EVERY_OP)('$name', ({ op, args }) => {
  it('resumes exactly from what it saved, wherever it is cut', () => {
    fc.assert(fc.property(ticks, policy, fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 8, size: 'max' }), (rows, p, cuts) => {
      expect(run(op, args, rows, { ...p, cuts })).toEqual(run(op, args, rows, p));
    }), { numRuns: 60 });
  });
  it('keeps keys apart', () => {
    fc.assert(fc.property(ticks, fc.constantFrom('A', 'B', 'C'), (rows, key) => {
      const sorted = rows.filter((r) => r.ts < HORIZON).sort((a, b) => a.ts - b.ts);
      // Ends the stream at the same time for both, so that filled intervals do too.
      const end: TimedRow = { ts: HORIZON, key: 'end', price: 1 };
      const together = run(op, args, [...sorted, end], {}).rows.filter((r) => r.key === key);
      expect(together).toEqual(run(op, args, [...sorted.filter((r) => r.key === key), end], {}).rows.filter((r) => r.key === key));
    }), { numRuns: 60 });
  });
  it('does not depend on the order of arrival within lateness, to the bit', () => {
    fc.assert(fc.property(fc.array(tick, { maxLength: 50, size: 'max' }), (made) => {
      const used = new Set<number>();
      const distinct = made.filter((r) => !used.has(r.ts) && used.add(r.ts));
      const sorted = distinct.map(({ jitter: _, ...r }) => ({ ...r, price: r.price === null ? null : r.price / 10 }))
        .sort((a, b) => a.ts - b.ts);
      const delay = new Map(distinct.map((r) => [r.ts, r.ts + Math.min(r.jitter, 10)]));
      const shuffled = [...sorted].sort((a, b) => (delay.get(a.ts) as number) - (delay.get(b.ts) as number) || b.ts - a.ts);
      // Ids of keys are given in order of appearance, which is another order here.
      const byKey = (r: readonly TimedRow[]): TimedRow[] => [...r].sort((a, b) => a.ts - b.ts || a.key.charCodeAt(0) - b.key.charCodeAt(0));
      const a = run(op, args, sorted, { lateness: 11 });
      const b = run(op, args, shuffled, { lateness: 11 });
      expect(byKey(b.rows)).toEqual(byKey(a.rows));
      expect(b.counts).toEqual(a.counts);
    }), { numRuns: 60 });
  });
});

describe('rows that are passed on', () => {
  const lastOf = (rows: readonly Held[]): TimedRow => rows.at(-1)?.row as TimedRow;
  it('conflate and resample give the latest row of each interval', () => {
    fc.assert(fc.property(ticks, fc.constantFrom(0, 11), (rows, lateness) => {
      const want = windowsBy(rows, { lateness, late: 'drop' }, 7, hops(7, 7)).groups.map((g) => ({ ...lastOf(g.rows), ts: g.close }));
      expect(run(conflate, { every: 7 }, rows, { lateness }).rows).toEqual(want);
      expect(run(resample, { every: 7, fill: 'none' }, rows, { lateness }).rows).toEqual(want);
    }), { numRuns: 150 });
  });
  it('resample repeats the row before at every edge of the stream without one', () => {
    fc.assert(fc.property(ticks, fc.constantFrom(0, 11), (rows, lateness) => {
      const { groups } = windowsBy(rows, { lateness, late: 'drop' }, 7, hops(7, 7));
      const end = Math.floor(Math.max(...rows.map((r) => r.ts)) / 7) * 7;
      const filled = [...new Set(groups.map((g) => g.key))].flatMap((key): Group[] => {
        const mine = groups.filter((g) => g.key === key);
        const out: Group[] = [];
        for (let close = mine[0].close; close <= Math.max(end, mine.at(-1)?.close as number); close += 7) {
          out.push({ ...(mine.filter((g) => g.close <= close).at(-1) as Group), close });
        }
        return out;
      });
      const want = inOrder(filled, rows).map((g) => ({ ...lastOf(g.rows), ts: g.close }));
      expect(run(resample, { every: 7 }, rows, { lateness }).rows).toEqual(want);
    }), { numRuns: 150 });
  });
  it('sample takes every third row, or the first of an interval', () => {
    fc.assert(fc.property(ticks, fc.constantFrom(0, 11), (rows, lateness) => {
      const taken = ordered(rows, lateness).rows;
      const before = (h: Held): Held[] => taken.filter((x) => x.row.key === h.row.key && byTime(x, h) < 0);
      const third = taken.filter((h) => before(h).length % 3 === 2);
      expect(run(sample, { every: { rows: 3 } }, rows, { lateness }).rows).toEqual(third.map((h) => h.row));
      const first = taken.filter((h) => !before(h).some((x) => Math.ceil(x.row.ts / 9) === Math.ceil(h.row.ts / 9)));
      expect(run(sample, { every: { micros: 9 } }, rows, { lateness }).rows).toEqual(first.map((h) => h.row));
    }), { numRuns: 150 });
  });
});

describe('bars that a row closes', () => {
  const measures: Readonly<Record<string, (rows: readonly Held[]) => number>> = {
    tick: (rows) => rows.length,
    volume: (rows) => rows.reduce((v, h) => v + ((h.row.size as number | null) ?? 0), 0),
    dollar: (rows) => rows.reduce((v, h) => v + (h.row.price as number) * ((h.row.size as number | null) ?? 0), 0),
    range: (rows) => Math.max(...rows.map((h) => h.row.price as number)) - Math.min(...rows.map((h) => h.row.price as number)),
  };
  it.each(Object.keys(measures))('%s: the shortest stretches of rows that reach the threshold', (type) => {
    fc.assert(fc.property(ticks, fc.constantFrom(0, 11), fc.integer({ min: 2, max: 40 }), (rows, lateness, every) => {
      const open = new Map<string, Held[]>();
      const groups: Group[] = [];
      for (const h of ordered(rows, lateness).rows.filter((x) => x.row.price !== null)) {
        const mine = [...(open.get(h.row.key) ?? []), h];
        const done = measures[type](mine) >= every;
        open.set(h.row.key, done ? [] : mine);
        if (done) groups.push({ key: h.row.key, start: mine[0].row.ts, close: h.row.ts, rows: mine });
      }
      const got = run(bars, { every: { rows: every }, type }, rows, { lateness }).rows.map(({ revision: _, ...r }) => r);
      expect(rounded(got)).toEqual(rounded(groups.map(barred)));
    }), { numRuns: 100 });
  });
});

it('every operator explains itself', () => {
  for (const op of WINDOWS) {
    expect(op.examples.length, op.name).toBeGreaterThan(0);
    const texts = [op.summary, op.doc, ...Object.values(op.fields).map((f) => f.doc)];
    for (const text of texts) expect(text.trim().endsWith('.'), text).toBe(true);
    for (const e of op.examples) expect(e.yaml).toMatch(new RegExp(`^\\w+:\\n  from: \\w+\\n  ${op.name}:`));
  }
});
