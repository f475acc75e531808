import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Refusal } from '../../src/core/diagnostic.ts';
import { drive, schemaOf, type Arrival, type TestStream } from '../../test/drive-timed.ts';
import { merge } from './merge.ts';

const A: TestStream = { id: 'a', columns: ['price', 'note:text'] };
const B: TestStream = { id: 'b', columns: ['note:text', 'score'] };

it('puts rows under each other in order of arrival, with nulls where a stream lacks the column', () => {
  const got = drive(merge, {}, [A, B], [[0, 5, 'K', 1, 'p'], [1, 3, 'L', 'q', 2], [0, 6, 'K', null, null]]);
  expect(got.rows).toEqual([
    { seq: 0, ts: 5, key: 'K', price: 1, note: 'p', score: null },
    { seq: 1, ts: 3, key: 'L', price: null, note: 'q', score: 2 },
    { seq: 2, ts: 6, key: 'K', price: null, note: null, score: null },
  ]);
  expect(got.counts).toEqual({ filtered: 0, late: 0 });
});

it('refuses one name with two types, naming both streams', () => {
  const info = (id: string, ...columns: string[]): Parameters<typeof merge.schema>[1][number] =>
    ({ id, schema: schemaOf(columns), clock: id, scope: 'key' });
  expect(() => merge.schema({}, [info('a', 'x'), info('b', 'x:text')])).toThrow(/`x` is f64 in `a` and text in `b`/);
  expect(() => merge.schema({}, [info('a', 'x'), info('b', 'x:text')])).toThrow(Refusal);
});

it('loses and changes nothing at any cut', () => {
  const row = fc.tuple(fc.nat(1), fc.nat(20), fc.constantFrom('K', 'L'), fc.nat(9));
  fc.assert(fc.property(fc.array(row, { maxLength: 30 }), fc.integer({ min: 1, max: 5 }), (list, cut) => {
    const arrivals = list.map(([input, ts, key, x]): Arrival => (input === 0 ? [0, ts, key, x, 'n'] : [1, ts, key, null, x]));
    const got = drive(merge, {}, [A, B], arrivals, { cuts: [cut], restoreAt: new Set([cut]) });
    expect(got.rows.map((r) => [r.ts, r.key, r.price ?? r.score])).toEqual(list.map(([, ts, key, x]) => [ts, key, x]));
  }), { numRuns: 100 });
});
