import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AggregateCall, AggregateName } from '../../src/core/operator.ts';
import { aggregate } from './aggregate.ts';
import { drive, ref, type Arrival, type Cell, type DriveOptions, type Driven, type TestStream } from '../../test/drive-timed.ts';
import { momentOf } from './moments.ts';

const BARS: TestStream = { id: 'bars', columns: ['close', 'up:bool', 'venue:text'] };
const FNS: readonly (readonly [AggregateName, string | null])[] = [
  ['count', null], ['count', 'up'], ['sum', 'close'], ['mean', 'close'], ['last', 'close'], ['median', 'close'], ['distinct', 'venue'],
  ['first', 'venue'],
];
const calls: AggregateCall[] = FNS.map(([fn, name], slot) => ({ fn, args: name === null ? [] : [ref(BARS, name)], param: 0.5, slot }));
const hidden = FNS.map(([fn]) => (fn === 'first' ? 'text' as const : 'f64' as const));
const run = (list: readonly Arrival[], every?: number, o?: DriveOptions): Driven =>
  drive(aggregate, { columns: calls, ...(every !== undefined && { every }) }, [BARS], list, { ...o, hidden });
const plain = (d: Driven): Cell[][] => d.rows.map(({ seq: _, ...r }) => Object.values(r));

it('folds a moment of all symbols into one row for the market', () => {
  const got = run([[0, 1, 'B', 4, 1, 'x'], [0, 1, 'A', 2, 0, 'y'], [0, 1, 'C', null, 1, 'x'], [0, 2, 'A', 9, null, null]]);
  expect(plain(got)).toEqual([
    [1, '*', 3, 2, 6, 3, 4, 3, 2, 'y'],
    [2, '*', 1, 0, 9, 9, 9, 9, 0, null],
  ]);
  expect(got.rows[0].seq).toBe(3);
});

it('groups by (t - every, t]', () => {
  expect([10, 11, 20, 21].map((ts) => momentOf(ts, 10))).toEqual([10, 20, 20, 30]);
  const got = run([[0, 10, 'A', 1, 1, 'x'], [0, 11, 'A', 2, 1, 'x'], [0, 20, 'B', 3, 1, 'x'], [0, 21, 'A', 4, 1, 'x']], 10);
  expect(got.rows.map((r) => [r.ts, r['#2']])).toEqual([[10, 1], [20, 5], [30, 4]]);
  expect(aggregate.clock({ every: 60_000_000 })).toBe('1m');
});

it('counts what comes after its interval is out, and takes what comes before', () => {
  const list = ([[12, 'A', 1], [19, 'A', 2], [13, 'B', 3], [25, 'A', 4], [14, 'B', 5]] as const)
    .map(([ts, key, x]): Arrival => [0, ts, key, x, 1, 'x']);
  const got = run(list, 10, { late: 'side_output' });
  expect(got.rows.map((r) => [r.ts, r['#2']])).toEqual([[20, 6], [30, 4]]);
  expect(got.counts.late).toBe(1);
  expect(got.lateRows).toEqual([[0, 14]]);
});

const row = fc.record({
  gap: fc.integer({ min: 0, max: 4 }), key: fc.constantFrom('A', 'B', 'C', 'D'), close: fc.double({ min: -1e9, max: 1e9, noNaN: true }),
});
const rows = fc.array(row, { minLength: 5, maxLength: 40 }).map((list) => {
  let ts = 0;
  return list.map((r, i): Arrival => [0, ts += r.gap, r.key, r.close, i % 2, r.key]);
});

it('has the same bits whatever order the symbols of a moment arrive in', () => {
  let seen = 0;
  fc.assert(fc.property(rows, fc.nat(), fc.constantFrom(undefined, 5), (list, seed, every) => {
    // Rows of one symbol stay in order; symbols of a moment are turned round.
    const place = (r: Arrival): number => (r[2].charCodeAt(0) * 31 + seed) % 7;
    const shuffled = [...list].sort((a, b) => a[1] - b[1] || place(a) - place(b));
    const got = run(list, every);
    seen += got.rows.length;
    expect(plain(run(shuffled, every))).toEqual(plain(got));
  }), { numRuns: 200 });
  expect(seen).toBeGreaterThan(500);
});

it('is the same at any cut and after any restore', () => {
  const cutAnywhere = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
  fc.assert(fc.property(rows, cutAnywhere, fc.array(fc.nat(40), { maxLength: 6 }), (list, cuts, restores) => {
    expect(run(list, 4, { cuts, lateness: 3, restoreAt: new Set(restores) }).rows).toEqual(run(list, 4, { lateness: 3 }).rows);
  }), { numRuns: 150 });
});
