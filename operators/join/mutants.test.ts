import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OperatorIo, TimedInstance, TimedOperator } from '../../src/core/operator.ts';
import { correlation } from './correlation.ts';
import { demean } from './demean.ts';
import { drive, ref, type Arrival, type DriveOptions, type TestStream } from '../../test/drive-timed.ts';
import { join } from './join.ts';
import { rank } from './rank.ts';

/** Planted faults: the properties that the operators are held to must notice every one of them. */
const BARS: TestStream = { id: 'bars', columns: ['close'] };
const of = ref(BARS, 'close');

type Change = (it: TimedInstance, io: OperatorIo, again: () => TimedInstance) => TimedInstance;
const mutant = (op: TimedOperator, change: Change): TimedOperator =>
  ({ ...op, create: (args, io, saved) => change(op.create(args, io, saved), io, () => op.create(args, io, undefined)) });

const wrap = (it: TimedInstance, part: Partial<TimedInstance>): TimedInstance => ({
  get due() {
    return it.due;
  },
  row: (input, i, watermark) => it.row(input, i, watermark),
  advance: (watermark) => it.advance(watermark),
  save: () => it.save(),
  ...part,
});

const forgetsOnRestore = (op: TimedOperator): TimedOperator => mutant(op, (it) => wrap(it, { save: () => undefined }));

/** Does not wait for the watermark: every row completes its moment. */
const impatient = (op: TimedOperator): TimedOperator =>
  mutant(op, (it, io) => wrap(it, {
    row(input, i, watermark) {
      it.row(input, i, watermark);
      it.advance(io.rows[input].frame.ts[i]);
    },
  }));

/** Begins anew with each epoch. */
const forgetsAtEpoch = (op: TimedOperator): TimedOperator =>
  mutant(op, (first, _io, again) => {
    let it = first;
    return {
      get due() {
        return it.due;
      },
      row(input, i, watermark) {
        if (i === 0) it = again();
        it.row(input, i, watermark);
      },
      advance: (watermark) => it.advance(watermark),
      save: () => it.save(),
    };
  });

const row = fc.record({
  gap: fc.integer({ min: 0, max: 1 }), key: fc.constantFrom('A', 'B', 'C'), close: fc.double({ min: 0.1, max: 1e6, noNaN: true }),
});
const rows = fc.uniqueArray(row, { minLength: 12, maxLength: 30, selector: (r) => r.close });
const arrivalsOf = (list: readonly { gap: number; key: string; close: number }[], inputs = 1): Arrival[] => {
  let ts = 0;
  return list.map((r, i) => [i % inputs, ts += r.gap, r.key, r.close]);
};

type Law = (op: TimedOperator) => boolean;
const holds = (check: () => void): boolean => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};

const law = (args: Record<string, unknown>, streams: readonly TestStream[], o: DriveOptions, lateness = 0): Law => (op) => holds(() =>
  fc.assert(fc.property(rows, (list) => {
    const arrivals = arrivalsOf(list, streams.length);
    expect(drive(op, args, streams, arrivals, { lateness, ...o }).rows).toEqual(drive(op, args, streams, arrivals, { lateness }).rows);
  }), { numRuns: 50, seed: 7 }));

/** Symbols of a moment in reverse order, rows of one symbol as they were. */
const orderFree = (args: Record<string, unknown>): Law => (op) => holds(() => fc.assert(fc.property(rows, (list) => {
  const arrivals = arrivalsOf(list);
  const turned = [...arrivals].sort((a, b) => a[1] - b[1] || (a[2] < b[2] ? 1 : a[2] > b[2] ? -1 : 0));
  const bare = (xs: readonly Arrival[]): unknown[] => drive(op, args, [BARS], xs).rows.map(({ seq: _, ...r }) => r);
  expect(bare(turned)).toEqual(bare(arrivals));
}), { numRuns: 50, seed: 7 }));

const restored = law({ how: 'asof' }, [BARS, BARS], { restoreAt: new Set([3, 8]) });
const cut = (args: Record<string, unknown>, inputs: number, lateness = 0): Law =>
  law(args, new Array<TestStream>(inputs).fill(BARS), { cuts: [1, 3, 2] }, lateness);
const ranked = { of, descending: false, as: 'rank', pct: false };
const correlated = { of, over: 3, as: 'c' };

const remembers = law(correlated, [BARS], { restoreAt: new Set([6]) });

describe('planted faults are noticed', () => {
  const cases: readonly (readonly [name: string, law: Law, sound: TimedOperator, broken: TimedOperator])[] = [
    ['as-of join that forgets its state', restored, join, forgetsOnRestore(join)],
    ['correlation that forgets its state', remembers, correlation, forgetsOnRestore(correlation)],
    ['rank that does not wait', orderFree(ranked), rank, impatient(rank)],
    ['demean that does not wait', orderFree({ of, as: 'rest' }), demean, impatient(demean)],
    ['as-of join that begins anew with an epoch', cut({ how: 'asof' }, 2), join, forgetsAtEpoch(join)],
    ['outer join that begins anew with an epoch', cut({ how: 'outer' }, 2, 2), join, forgetsAtEpoch(join)],
    ['rank that begins anew with an epoch', cut(ranked, 1, 2), rank, forgetsAtEpoch(rank)],
  ];
  it.each(cases)('%s', (_name, check, sound, broken) => {
    expect(check(sound)).toBe(true);
    expect(check(broken)).toBe(false);
  });

  it('a join that mixes keys, and one that sees a tick ahead', () => {
    const list: Arrival[] = [[1, 1, 'A', 10], [1, 1, 'B', 20], [0, 1, 'A', 1], [1, 3, 'A', 30], [0, 2, 'A', 2]];
    const seen = (streams: readonly TestStream[], xs: readonly Arrival[]): unknown =>
      drive(join, { how: 'asof' }, streams, xs, { lateness: 5 }).rows.map((r) => r.bars_close);
    expect(seen([BARS, BARS], list)).toEqual([10, 10]);
    expect(seen([BARS, { ...BARS, scope: 'market' }], list)).not.toEqual([10, 10]);
    expect(seen([BARS, BARS], list.map(([k, ts, ...r]) => [k, k === 1 ? ts - 1 : ts, ...r] as const))).not.toEqual([10, 10]);
  });
});
