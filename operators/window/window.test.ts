import { describe, expect, it } from 'vitest';
import { calendarOf } from '../../src/core/calendars/index.ts';
import type { Calendar } from '../../src/core/calendar.ts';
import { Frame } from '../../src/core/frame.ts';
import { KeyTable } from '../../src/core/keys.ts';
import type { AggregateCall, AggregateName, BoundArgs, OperatorIo } from '../../src/core/operator.ts';
import { columnOf, runTimed, withFieldDefaults, type TimedRow, type TimedRun } from '../../src/core/run-timed.ts';
import { DAY, MINUTE, parseTime, SECOND } from '../../src/core/time.ts';
import { SCHEMAS, type Schema } from '../../src/core/types.ts';
import { window } from './window.ts';

const SCHEMA: Schema = SCHEMAS.trade;
const calls = (...fns: (readonly [AggregateName, ...string[]])[]): AggregateCall[] =>
  fns.map(([fn, ...args], k) => ({ fn, args: args.map((a) => columnOf(SCHEMA, a)), param: 0.5, slot: k + 2 }));
const trade = (s: number, price: number, size = 1, key = 'A'): TimedRow => ({ ts: s * SECOND, key, price, size });
const windows = (rows: readonly TimedRow[], args: BoundArgs, run: TimedRun = {}): TimedRow[] =>
  runTimed(window, args, [{ schema: SCHEMA, rows }], run).rows
    .map((r) => ({ ...r, ts: r.ts / SECOND, start: (r.start as number) / SECOND }));
const columns = calls(['count'], ['sum', 'size'], ['last', 'price']);
const minute = { every: { micros: MINUTE } };

describe('window', () => {
  const rows = [trade(0.5, 10), trade(59, 11, 2), trade(60, 12, 3), trade(61, 13, 4), trade(130, 14, 5)];
  const brief = (args: BoundArgs, run: TimedRun = {}): unknown[] =>
    windows(rows, { columns, ...args }, run).map((r) => [r.ts, r.start, r.a0, r.a1, r.a2]);

  it('tumbling', () => expect(brief(minute)).toEqual([[60, 0, 3, 6, 12], [120, 60, 1, 4, 13], [180, 120, 1, 5, 14]]));
  it('hopping', () => expect(brief({ ...minute, over: { micros: 2 * MINUTE } })).toEqual([
    [60, -60, 3, 6, 12], [120, 0, 4, 10, 13], [180, 60, 2, 9, 14], [240, 120, 1, 5, 14],
  ]));
  it('with a moved grid', () => expect(brief({ ...minute, offset: 30 * SECOND })).toEqual([
    [30, -30, 1, 1, 10], [90, 30, 3, 9, 13], [150, 90, 1, 5, 14],
  ]));
  it('over rows, once full', () => expect(brief({ over: { rows: 4 } })).toEqual([[61, 0.5, 4, 10, 13], [130, 59, 4, 14, 14]]));
  it('over time, from the first row', () => expect(brief({ over: { micros: MINUTE } }).map((r) => (r as number[]).slice(0, 3))).toEqual([
    [0.5, -59.5, 1], [59, -1, 2], [60, 0, 3], [61, 1, 3], [130, 70, 1],
  ]));
  it('by gap', () => expect(brief({ gap: 58.5 * SECOND })).toEqual([[119.5, 0.5, 4, 10, 13], [188.5, 130, 1, 5, 14]]));
  it('by exchange session, rows outside left out', () => {
    const calendar = calendarOf('XNYS') as Calendar;
    const day = parseTime('2024-07-02') as number;
    const stamps = ['13:30:00', '13:30:01', '20:00:00', '20:00:01'].map((t) => parseTime(`2024-07-02T${t}`) as number);
    const made = stamps.map((ts) => ({ ts, key: 'A', price: 1, size: 1 }));
    const r = runTimed(window, { columns, session: 'exchange' }, [{ schema: SCHEMA, rows: made }], { calendar });
    expect(r.rows.map((x) => [x.a0, (x.ts - day) / DAY, r.counts.filtered])).toEqual([[2, 20 / 24, 2]]);
  });
  it('has nulls of no values and 0 for counts', () => {
    const none = { ts: SECOND, key: 'A', price: null, size: null };
    const all = calls(['count', 'price'], ['distinct', 'price'], ['sum', 'price'], ['stdev', 'price'], ['min', 'price'],
      ['median', 'price'], ['first', 'price'], ['vwap', 'price', 'size']);
    for (const args of [minute, { over: { rows: 1 } }]) {
      const [r] = windows([none], { columns: all, ...args });
      expect([r.a0, r.a1, r.a2, r.a3, r.a4, r.a5, r.a6, r.a7]).toEqual([0, 0, null, null, null, null, null, null]);
    }
  });
  it('counts a bool where it is true', () => {
    const schema: Schema = [{ name: 'hot', type: 'bool' }];
    const bool: AggregateCall[] = [{ fn: 'count', args: [columnOf(schema, 'hot')], param: NaN, slot: 2 }];
    const made = [1, 0, null, 1].map((hot, k) => ({ ts: k + 1, key: 'A', hot }));
    expect(runTimed(window, { columns: bool, ...minute }, [{ schema, rows: made }]).rows[0].a0).toBe(2);
  });
});

describe('corrections', () => {
  const late = [trade(10, 1), trade(70, 2), trade(20, 3), trade(30, 4), trade(40, 5), trade(121, 6), trade(50, 7)];
  const brief = (args: BoundArgs, run: TimedRun): unknown[] =>
    windows(late, { columns: calls(['count']), ...args }, run).map((r) => [r.ts, r.revision, r.a0]);
  it('count up, until a window is let go', () => expect(brief(minute, { late: 'update' })).toEqual([
    [60, 1, 1], [60, 2, 2], [60, 3, 3], [60, 4, 4], [120, 1, 1], [180, 1, 1],
  ]));
  it('reach every window of a hopping one that has fired', () => {
    expect(brief({ every: { micros: MINUTE }, over: { micros: 2 * MINUTE } }, { late: 'update' })).toEqual([
      [60, 1, 1], [60, 2, 2], [60, 3, 3], [60, 4, 4], [120, 1, 5], [120, 2, 6], [180, 1, 2], [240, 1, 1],
    ]);
  });
  it('end exactly one interval and the lateness behind the close', () => {
    const at = (end: number): number => runTimed(window, { columns: calls(['count']), ...minute }, [{
      schema: SCHEMA, rows: [trade(10, 1), { ts: end, key: 'A' }, trade(20, 1)],
    }], { late: 'update', lateness: 5 * SECOND }).counts.late;
    expect([at(130 * SECOND), at(130 * SECOND + 1)]).toEqual([0, 1]);
  });
});

it('takes what it was told has passed for passed, whatever the source row says', () => {
  const keys = new KeyTable();
  keys.intern('A');
  const frame = new Frame(keys, SCHEMA);
  const out = new Frame(keys, [{ name: 'start', type: 'time' }, { name: 'revision', type: 'i64' }, { name: 'a0', type: 'f64' }]);
  const io: OperatorIo = {
    rows: [{ frame, n: 1, sel: null }], inputs: [], out: { frame: out, emit: (ts, key) => out.push(0, ts, key) }, late: null,
    slots: [0, -1], ports: {}, time: { lateness: 0, late: 'drop', calendar: calendarOf('24x7') as Calendar }, counts: { filtered: 0, late: 0 },
  };
  frame.push(0, 10, 0);
  for (const args of [minute, { ...minute, over: { micros: 2 * MINUTE } }, { gap: SECOND }, { over: { rows: 1 } }]) {
    const it = window.create(withFieldDefaults(window, { columns: calls(['count']), ...args }, SCHEMA), io, undefined);
    it.advance(5 * MINUTE);
    it.row(0, 0, -Infinity);
    it.advance(Infinity);
  }
  expect([io.counts.late, out.n]).toEqual([4, 0]);
});

it('refuses settings that do not go together', () => {
  const problem = (args: BoundArgs): string | null => window.check?.({ offset: 0, ...args })?.field ?? null;
  const [m, h, r] = [{ micros: MINUTE }, { micros: 60 * MINUTE }, { rows: 10 }];
  expect([
    problem({ every: m }), problem({ every: m, over: h }), problem({ over: r }), problem({ every: r }), problem({ every: r, over: h }),
    problem({ session: 'exchange' }), problem({ session: { gap: 5 } }), problem({ gap: 5 }),
  ]).toEqual([null, null, null, null, null, null, null, null]);
  expect([
    problem({}), problem({ every: m, over: r }), problem({ every: h, over: m }), problem({ every: m, over: { micros: 60 * MINUTE + 1 } }),
    problem({ over: r, offset: 5 }), problem({ every: r, over: { rows: 9 } }), problem({ session: 'exchange', gap: 5 }),
    problem({ session: 'exchange', every: m }), problem({ gap: 5, over: r }),
  ]).toEqual(['every', 'over', 'over', 'over', 'offset', 'over', 'gap', 'every', 'over']);
});
