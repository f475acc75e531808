import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { calendarOf } from '../../src/core/calendars/index.ts';
import type { Calendar } from '../../src/core/calendar.ts';
import { columnOf, runTimed, type TimedRow, type TimedRun } from '../../src/core/run-timed.ts';
import { HOUR, MINUTE, parseTime, SECOND } from '../../src/core/time.ts';
import { SCHEMAS } from '../../src/core/types.ts';
import { bars } from './bars.ts';

const BUY = 1;
const SELL = 0;
const trade = (s: number, price: number, size = 1, side: number | null = null, key = 'A'): TimedRow =>
  ({ ts: s * SECOND, key, price, size, side });
const trades = (rows: readonly TimedRow[], args: object = {}, run: TimedRun = {}): readonly TimedRow[] => resultOf(rows, args, run).rows;
const resultOf = (rows: readonly TimedRow[], args: object, run: TimedRun) =>
  runTimed(bars, { every: { micros: MINUTE }, ...args }, [{ schema: SCHEMAS.trade, rows }], run);
const at = (row: TimedRow): number => row.ts / SECOND;

describe('time bars', () => {
  it('have open, high, low, close, volumes and vwap', () => {
    expect(trades([trade(1, 10, 2, BUY), trade(2, 12, 1, SELL), trade(3, 9, 3), trade(59, 11, 4, BUY)])).toEqual([{
      ts: MINUTE, key: 'A', open: 10, high: 12, low: 9, close: 11, volume: 10, vwap: (20 + 12 + 27 + 44) / 10, trades: 4,
      buy_volume: 6, sell_volume: 1, start: 0, revision: 1,
    }]);
  });
  it('hold a row on their closing edge and not one on their opening edge', () => {
    expect(trades([trade(60, 1), trade(60, 2), trade(60.000001, 3), trade(120, 4), trade(120.5, 5)]).map((b) => [at(b), b.open, b.close]))
      .toEqual([[60, 1, 2], [120, 3, 4], [180, 5, 5]]);
  });
  it('come with the first row behind the edge, of any key, in order of time and then key', () => {
    const rows = [trade(1, 1, 1, null, 'A'), trade(2, 2, 1, null, 'B'), trade(61, 3, 1, null, 'C'), trade(62, 4, 1, null, 'A')];
    expect(trades(rows, {}, { open: true }).map((b) => [at(b), b.key])).toEqual([[60, 'A'], [60, 'B']]);
    expect(trades(rows).map((b) => [at(b), b.key])).toEqual([[60, 'A'], [60, 'B'], [120, 'A'], [120, 'C']]);
  });
  it('start on a moved grid with `offset`, and before 1970', () => {
    expect(trades([trade(1, 1), trade(31, 1), trade(-10, 1), trade(-45, 1)], { offset: 30 * SECOND }, { lateness: MINUTE * 3 })
      .map((b) => [at(b), (b.start as number) / SECOND])).toEqual([[-30, -90], [30, -30], [90, 30]]);
  });
  it('leave out rows without a price and count a null size as 0', () => {
    const r = resultOf([{ ts: 1, key: 'A', price: null, size: 1 }, { ts: 2, key: 'A', price: 5, size: null }], {}, {});
    expect([r.counts.filtered, r.rows.length, r.rows[0].volume, r.rows[0].vwap, r.rows[0].trades]).toEqual([1, 1, 0, null, 1]);
  });
  it('are null where the input gives no ground: no size, no side', () => {
    const schema = [{ name: 'mid', type: 'f64' as const }];
    const rows = [{ ts: 5, key: 'A', mid: 7 }];
    const run = runTimed(bars, { every: { micros: MINUTE }, price: columnOf(schema, 'mid') }, [{ schema, rows }]);
    expect(run.rows).toEqual([{
      ts: MINUTE, key: 'A', open: 7, high: 7, low: 7, close: 7, volume: null, vwap: null, trades: 1,
      buy_volume: null, sell_volume: null, start: 0, revision: 1,
    }]);
  });
  it('refuse an input without a price', () => {
    const run = (): unknown => runTimed(bars, { every: { micros: MINUTE } }, [{ schema: SCHEMAS.quote, rows: [] }]);
    expect(run).toThrow(/finds no price in `input0`/);
  });
});

describe('empty intervals', () => {
  const rows = [trade(1, 10), trade(61, 20, 1, null, 'B'), trade(190, 11)];
  it('give nothing under skip', () => {
    expect(trades(rows).map((b) => [at(b), b.key])).toEqual([[60, 'A'], [120, 'B'], [240, 'A']]);
  });
  it('give flat bars under fill, for each key from its first bar on', () => {
    const filled = trades(rows, { empty: 'fill' });
    expect(filled.map((b) => [at(b), b.key, b.close, b.volume, b.trades])).toEqual([
      [60, 'A', 10, 1, 1], [120, 'A', 10, 0, 0], [120, 'B', 20, 1, 1], [180, 'A', 10, 0, 0], [180, 'B', 20, 0, 0], [240, 'A', 11, 1, 1],
    ]);
    expect(filled[1]).toMatchObject({ open: 10, high: 10, low: 10, vwap: null, buy_volume: 0, start: MINUTE, revision: 1 });
  });
});

describe('sessions', () => {
  const calendar = calendarOf('XNYS') as Calendar;
  const t = (text: string, price: number): TimedRow => ({ ts: parseTime(text) as number, key: 'A', price, size: 1 });
  it('start at the open, end at the close, fill within the session only', () => {
    const rows = [
      t('2024-07-03T12:00:00Z', 1), t('2024-07-03T13:30:00Z', 1), t('2024-07-03T13:30:01Z', 2), t('2024-07-03T16:59:00Z', 3),
      t('2024-07-03T17:00:00Z', 4), t('2024-07-03T17:00:01Z', 5), t('2024-07-05T14:00:00Z', 6), t('2024-07-05T14:31:00Z', 6),
    ];
    const r = resultOf(rows, { every: { micros: HOUR }, align: 'session', empty: 'fill' }, { calendar });
    expect(r.rows.map((b) => [(b.ts - (parseTime('2024-07-03') as number)) / HOUR, b.close, b.trades]))
      .toEqual([[14.5, 2, 1], [15.5, 2, 0], [16.5, 2, 0], [17, 4, 2], [62.5, 6, 1], [63.5, 6, 1]]);
    expect(r.counts.filtered).toBe(3);
  });
});

describe('bars out of bars', () => {
  const ticks = Array.from({ length: 400 }, (_, k) =>
    trade(k * 2.3, 100 + Math.sin(k * k), (k % 7), [BUY, SELL, null][k % 3], 'AB'[k % 2]));
  const ones = trades(ticks);
  it('are the bars of the ticks', () => {
    const five = runTimed(bars, { every: { micros: 5 * MINUTE } }, [{ schema: bars.schema({ price: { label: 'price' } }, [
      { id: 't', schema: SCHEMAS.trade, clock: 't', scope: 'key' }]), rows: ones }]);
    const direct = trades(ticks, { every: { micros: 5 * MINUTE } });
    expect(five.rows.map((b) => ({ ...b, vwap: 0 }))).toEqual(direct.map((b) => ({ ...b, vwap: 0 })));
    five.rows.forEach((b, k) => expect(b.vwap).toBeCloseTo(direct[k].vwap as number, 10));
  });
  it('do without the columns that bought bars lack, and leave corrections out', () => {
    const schema = [...SCHEMAS.bar, { name: 'revision', type: 'i64' as const }];
    const bar = (s: number, close: number, revision: number): TimedRow => ({
      ts: s * SECOND, key: 'A', open: close - 1, high: close + 2, low: close - 3, close, volume: 10, revision,
    });
    const r = runTimed(bars, { every: { micros: 5 * MINUTE } }, [{ schema, rows: [bar(60, 10, 1), bar(120, 20, 1), bar(120, 99, 2)] }]);
    expect(r.rows).toEqual([{
      ts: 5 * MINUTE, key: 'A', open: 9, high: 22, low: 7, close: 20, volume: 20, vwap: (29 / 3 + 59 / 3) / 2, trades: null,
      buy_volume: null, sell_volume: null, start: 0, revision: 1,
    }]);
    expect(r.counts.filtered).toBe(1);
  });
});

describe('late rows', () => {
  const rows = [trade(10, 1), trade(70, 2), trade(20, 9, 5), trade(130, 3), trade(30, 8), trade(200, 4)];
  it('wait for the watermark within lateness', () => {
    const r = resultOf(rows, {}, { lateness: MINUTE });
    expect(r.rows.map((b) => [at(b), b.open, b.close, b.trades])).toEqual([[60, 1, 9, 2], [120, 2, 2, 1], [180, 3, 3, 1], [240, 4, 4, 1]]);
    expect(r.counts.late).toBe(1);
  });
  it('are dropped and counted', () => {
    const r = resultOf(rows, {}, {});
    expect([r.rows.map((b) => b.trades), r.counts.late, r.late]).toEqual([[1, 1, 1, 1], 2, []]);
  });
  it('go to the side output', () => {
    const r = resultOf(rows, {}, { late: 'side_output' });
    expect([r.counts.late, r.late]).toEqual([2, [trade(20, 9, 5), trade(30, 8)]]);
  });
  it('correct the bar they belong to while it is kept', () => {
    const r = resultOf(rows, {}, { late: 'update' });
    expect(r.rows.map((b) => [at(b), b.revision, b.close, b.volume])).toEqual([
      [60, 1, 1, 1], [60, 2, 9, 6], [120, 1, 2, 1], [180, 1, 3, 1], [240, 1, 4, 1],
    ]);
    expect(r.counts.late).toBe(1);
  });
  it('make a bar of their own where there was none, and correct a flat one', () => {
    const gappy = [trade(10, 1), trade(130, 2), trade(70, 7)];
    expect(trades(gappy, {}, { late: 'update' }).map((b) => [at(b), b.revision, b.close])).toEqual([[60, 1, 1], [120, 1, 7], [180, 1, 2]]);
    expect(trades(gappy, { empty: 'fill' }, { late: 'update' }).map((b) => [at(b), b.revision, b.close, b.trades]))
      .toEqual([[60, 1, 1, 1], [120, 1, 1, 0], [120, 2, 7, 1], [180, 1, 2, 1]]);
    const earlier = [trade(10, 1), trade(141, 2), trade(50, 7)];
    expect(trades(earlier, { empty: 'fill' }, { late: 'update', lateness: 20 * SECOND }).map((b) => [at(b), b.revision, b.close]))
      .toEqual([[60, 1, 1], [120, 1, 1], [60, 2, 7], [180, 1, 2]]);
  });
});

describe('bars that a row closes', () => {
  const rows = [trade(1, 10, 3), trade(2, 11, 4), trade(3, 12, 5), trade(4, 11, 1), trade(5, 9, 9), trade(6, 9, 1)];
  const of = (type: string, every: number, more: object = {}): unknown[] =>
    trades(rows, { every: { rows: every }, type, ...more })
      .map((b) => [at(b), b.open, b.close, b.volume, b.trades, (b.start as number) / SECOND]);
  it('tick', () => expect(of('tick', 2)).toEqual([[2, 10, 11, 7, 2, 1], [4, 12, 11, 6, 2, 3], [6, 9, 9, 10, 2, 5]]));
  it('volume', () => expect(of('volume', 7)).toEqual([[2, 10, 11, 7, 2, 1], [5, 12, 9, 15, 3, 3]]));
  it('dollar', () => expect(of('dollar', 75)).toEqual([[3, 10, 12, 12, 3, 1], [5, 11, 9, 10, 2, 4]]));
  it('range', () => expect(of('range', 1.5)).toEqual([[3, 10, 12, 12, 3, 1], [5, 11, 9, 10, 2, 4]]));
  it('keep keys apart and wait within lateness', () => {
    const mixed = [trade(2, 2), trade(1, 1), trade(3, 3, 1, null, 'B'), trade(4, 4), trade(5, 5)];
    const made = trades(mixed, { every: { rows: 2 }, type: 'tick' }, { lateness: 5 * SECOND });
    expect(made.map((b) => [b.open, b.close])).toEqual([[1, 2], [4, 5]]);
  });
  it('imbalance: closes when the signs run one way, and learns', () => {
    const run = Array.from({ length: 200 }, (_, k) => trade(k, 100 + (k < 100 ? k % 2 : k), 1));
    const made = trades(run, { every: { rows: 16 }, type: 'imbalance' });
    expect(made.length).toBeGreaterThan(3);
    expect(at(made[0])).toBe(102);
    expect(Math.max(...made.slice(1).map((b) => b.trades as number))).toBeLessThan(16);
    const sided = Array.from({ length: 9 }, (_, k) => trade(k, 100, 1, SELL));
    expect(trades(sided, { every: { rows: 9 }, type: 'imbalance' }).map((b) => [at(b), b.sell_volume])).toEqual([[2, 3], [5, 3], [8, 3]]);
  });
  it('refuse settings of time bars', () => {
    const problem = (args: object) => bars.check?.({ type: 'time', empty: 'skip', align: 'epoch', offset: 0, ...args })?.field ?? null;
    const m = { micros: MINUTE };
    expect([
      problem({ every: m }), problem({ every: { rows: 5 } }), problem({ every: m, type: 'tick' }),
      problem({ every: { rows: 0.5 }, type: 'tick' }),
      problem({ every: { rows: 0.5 }, type: 'range' }), problem({ every: { rows: 0 }, type: 'range' }),
      problem({ every: { rows: 5 }, type: 'volume', empty: 'fill' }), problem({ every: { rows: 5 }, type: 'dollar', align: 'session' }),
      problem({ every: { rows: 5 }, type: 'range', offset: 1 }), problem({ every: m, align: 'session', offset: 5 }),
    ]).toEqual([null, 'every', 'every', 'every', null, 'every', 'empty', 'align', 'offset', 'offset']);
  });
});

describe('real trades', () => {
  const file = new URL('../../../shared/data/ticks/lean_us_equity_trades.csv.gz', import.meta.url);
  const there = existsSync(file);
  if (!there) console.log('skipped: ../shared/data/ticks/lean_us_equity_trades.csv.gz is not there');
  it.skipIf(!there)('give the minutes that counting by hand gives', () => {
    const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n').slice(1, 60_001).map((l) => l.split(','));
    const rows = lines.map((c): TimedRow => ({ ts: Number(c[1]) * 1000, key: c[0], price: Number(c[2]), size: Number(c[3]) }))
      .map((r, k) => [r, k] as const).sort((a, b) => a[0].ts - b[0].ts || a[1] - b[1]).map((r) => r[0]);
    const hand = new Map<string, { o: number; h: number; l: number; c: number; v: number; n: number }>();
    for (const r of rows) {
      const id = `${Math.ceil(r.ts / MINUTE) * MINUTE} ${r.key}`;
      const price = r.price as number;
      const b = hand.get(id) ?? { o: price, h: price, l: price, c: price, v: 0, n: 0 };
      hand.set(id, { o: b.o, h: Math.max(b.h, price), l: Math.min(b.l, price), c: price, v: b.v + (r.size as number), n: b.n + 1 });
    }
    const made = trades(rows);
    expect(made.length).toBe(hand.size);
    for (const b of made) {
      expect(hand.get(`${b.ts} ${b.key}`)).toEqual({ o: b.open, h: b.high, l: b.low, c: b.close, v: b.volume, n: b.trades });
    }
  });
});
