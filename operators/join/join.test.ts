import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../src/core/diagnostic.ts';
import { drive, type Arrival, type Cell, type DriveOptions, type Driven, type TestStream } from '../../test/drive-timed.ts';
import { join } from './join.ts';

const LEFT: TestStream = { id: 'a', columns: ['x', 'tag:text'] };
const RIGHT: TestStream = { id: 'b', columns: ['x', 'note:text'] };
const run = (args: Record<string, unknown>, arrivals: readonly Arrival[], o?: DriveOptions): Driven =>
  drive(join, args, [LEFT, RIGHT], arrivals, o);

interface Row {
  readonly input: number;
  readonly ts: number;
  readonly key: string;
  readonly x: number;
  readonly text: string | null;
}

const WIDE = 1000;
/** Time goes on by 0 to 2 a row and a row may be up to 5 behind it. */
const row = fc.record({
  input: fc.integer({ min: 0, max: 1 }), gap: fc.integer({ min: 0, max: 2 }), behind: fc.constantFrom(0, 0, 0, 1, 2, 5),
  key: fc.constantFrom('A', 'B'), x: fc.integer({ min: 0, max: 9 }), text: fc.option(fc.constantFrom('p', 'q')),
});
const rows = fc.array(row, { minLength: 5, maxLength: 50 }).map((list) => {
  let now = 10;
  return list.map(({ gap, behind, ...r }): Row => ({ ...r, ts: (now += gap) - behind }));
});
const arrivals = (list: readonly Row[]): Arrival[] => list.map((r) => [r.input, r.ts, r.key, r.x, r.text] as const);
const bare = (d: Driven): string[] => d.rows.map(({ seq: _, ...rest }) => JSON.stringify(rest)).sort();
const shape = (ts: number, key: string, l: Row | null, r: Row | null): Record<string, Cell> =>
  ({ ts, key, x: l?.x ?? null, tag: l?.text ?? null, b_x: r?.x ?? null, note: r?.text ?? null });

/** Every left row with the newest right row that arrived before it and is not later, by looking at all of them. */
function naiveAsof(list: readonly Row[], tolerance: number): string[] {
  return list.flatMap((l, at) => {
    if (l.input !== 0) return [];
    let best: Row | null = null;
    for (const r of list.slice(0, at)) {
      if (r.input === 1 && r.key === l.key && r.ts <= l.ts && (best === null || r.ts >= best.ts)) best = r;
    }
    if (best !== null && l.ts - best.ts > tolerance) best = null;
    return [JSON.stringify(shape(l.ts, l.key, l, best))];
  }).sort();
}

function naivePairs(list: readonly Row[], before: number, after: number, outer: boolean): string[] {
  const lefts = list.filter((r) => r.input === 0);
  const rights = list.filter((r) => r.input === 1);
  const meets = (l: Row, r: Row): boolean => l.key === r.key && r.ts >= l.ts - before && r.ts <= l.ts + after;
  const out = lefts.flatMap((l) => rights.filter((r) => meets(l, r)).map((r) => shape(Math.max(l.ts, r.ts), l.key, l, r)));
  if (outer) {
    for (const l of lefts) if (!rights.some((r) => meets(l, r))) out.push(shape(l.ts, l.key, l, null));
    for (const r of rights) if (!lefts.some((l) => meets(l, r))) out.push(shape(r.ts, r.key, null, r));
  }
  return out.map((r) => JSON.stringify(r)).sort();
}

const noLate = (list: readonly Row[], lateness: number): Row[] => {
  let newest = -Infinity;
  return list.filter((r) => {
    const fine = r.ts > newest - lateness - 1;
    newest = Math.max(newest, r.ts);
    return fine;
  });
};

describe('join how: asof', () => {
  it('takes the last right row at or before the left one, of the same key', () => {
    const got = run({ how: 'asof' }, [
      [1, 1, 'A', 10, 'r1'], [1, 2, 'B', 20, 'r2'], [0, 2, 'A', 1, 'l1'], [1, 3, 'A', 30, null], [0, 3, 'A', 2, 'l2'],
    ]);
    expect(got.rows).toEqual([
      { seq: 2, ts: 2, key: 'A', x: 1, tag: 'l1', b_x: 10, note: 'r1' },
      { seq: 4, ts: 3, key: 'A', x: 2, tag: 'l2', b_x: 30, note: null },
    ]);
  });

  it('does not see a right row whose time lies ahead, and sees it once left gets there', () => {
    const got = run({ how: 'asof' }, [[1, 9, 'A', 90, 'ahead'], [0, 5, 'A', 1, null], [0, 9, 'A', 2, null]], { lateness: 10 });
    expect(got.rows.map((r) => r.b_x)).toEqual([null, 90]);
  });

  it('forgets by tolerance, both ends included', () => {
    const got = run({ how: 'asof', tolerance: 3 }, [[1, 1, 'A', 10, null], [0, 4, 'A', 1, null], [0, 5, 'A', 2, null]]);
    expect(got.rows.map((r) => r.b_x)).toEqual([10, null]);
  });

  it('equals the naive join for rows in any order within the lateness', () => {
    let matched = 0;
    fc.assert(fc.property(rows, fc.integer({ min: 0, max: 12 }), (list, tolerance) => {
      const got = run({ how: 'asof', tolerance }, arrivals(list), { lateness: WIDE });
      matched += got.rows.filter((r) => r.b_x !== null).length;
      expect(bare(got)).toEqual(naiveAsof(list, tolerance));
    }), { numRuns: 300 });
    expect(matched).toBeGreaterThan(500);
  });

  it('equals the naive join of the rows that are not late', () => {
    fc.assert(fc.property(rows, fc.integer({ min: 0, max: 8 }), (list, lateness) => {
      const fine = noLate(list, lateness);
      const got = run({ how: 'asof' }, arrivals(list), { lateness });
      expect(bare(got)).toEqual(naiveAsof(fine, Infinity));
      expect(got.counts.late).toBe(list.length - fine.length);
    }), { numRuns: 300 });
  });
});

describe('join how: inner, outer, interval', () => {
  it('emits a pair when the second arrives, all rows of one time meeting each other', () => {
    const got = run({ how: 'inner' }, [
      [0, 1, 'A', 1, 'l'], [1, 1, 'A', 5, 'r'], [1, 1, 'B', 6, 'r'], [0, 1, 'A', 2, 'l'], [0, 2, 'A', 3, 'l'],
    ]);
    expect(got.rows.map((r) => [r.seq, r.x, r.b_x])).toEqual([[1, 1, 5], [3, 2, 5]]);
    expect(got.counts).toEqual({ filtered: 2, late: 0 });
  });

  it('lets the unmet out of an outer join when the watermark passes them', () => {
    const got = run({ how: 'outer' }, [[0, 1, 'A', 1, 'l'], [1, 2, 'A', 5, 'r'], [0, 3, 'A', 2, 'l']]);
    expect(got.rows).toEqual([
      { seq: 1, ts: 1, key: 'A', x: 1, tag: 'l', b_x: null, note: null },
      { seq: 2, ts: 2, key: 'A', x: null, tag: null, b_x: 5, note: 'r' },
      { seq: 2, ts: 3, key: 'A', x: 2, tag: 'l', b_x: null, note: null },
    ]);
  });

  const cases: readonly { args: Record<string, unknown>; before: number; after: number; outer: boolean }[] = [
    { args: { how: 'inner' }, before: 0, after: 0, outer: false },
    { args: { how: 'outer' }, before: 0, after: 0, outer: true },
    { args: { how: 'interval', within: { before: 3, after: 5 } }, before: 3, after: 5, outer: false },
    { args: { how: 'interval', within: { before: 0, after: 2 } }, before: 0, after: 2, outer: false },
  ];
  it.each(cases)('equals all pairs of the rows that are not late: $args', ({ args, before, after, outer }) => {
    let seen = 0;
    fc.assert(fc.property(rows, fc.integer({ min: 0, max: 12 }), (list, lateness) => {
      const got = run(args, arrivals(list), { lateness });
      seen += got.rows.length;
      expect(bare(got)).toEqual(naivePairs(noLate(list, lateness), before, after, outer));
    }), { numRuns: 300 });
    expect(seen).toBeGreaterThan(200);
  });

  it('never emits an outer row before its time, nor out of order of time in one step', () => {
    fc.assert(fc.property(rows, (list) => {
      const got = run({ how: 'outer' }, arrivals(list), { lateness: 4 });
      const alone = got.rows.filter((r) => r.x === null || r.b_x === null).map((r) => r.ts as number);
      expect(alone).toEqual([...alone].sort((a, b) => a - b));
    }), { numRuns: 100 });
  });
});

describe('join, whatever the cut', () => {
  it.each(['asof', 'inner', 'outer', 'interval'])('%s: same rows at any cut and after any restore', (how) => {
    const args = how === 'interval' ? { how, within: { before: 2, after: 2 } } : { how };
    let seen = 0;
    fc.assert(fc.property(rows, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(40), { maxLength: 5 }), (list, cuts, restores) => {
        const whole = run(args, arrivals(list), { lateness: 3 });
        const cut = run(args, arrivals(list), { lateness: 3, cuts, restoreAt: new Set(restores) });
        seen += whole.rows.length;
        expect(cut.rows).toEqual(whole.rows);
      }), { numRuns: 150 });
    expect(seen).toBeGreaterThan(100);
  });
});

describe('join with a stream of the whole market', () => {
  it('gives the market row to every key and keeps the symbol', () => {
    const market: TestStream = { ...RIGHT, scope: 'market' };
    const rowsIn: Arrival[] = [[1, 1, '*', 7, 'm'], [0, 1, 'A', 1, null], [0, 1, 'B', 2, null]];
    for (const how of ['asof', 'inner']) {
      const got = drive(join, { how }, [LEFT, market], rowsIn);
      expect(got.rows.map((r) => [r.key, r.x, r.b_x])).toEqual([['A', 1, 7], ['B', 2, 7]]);
    }
    const swapped = drive(join, { how: 'inner' }, [{ ...LEFT, scope: 'market' }, RIGHT], [[0, 1, '*', 7, 'm'], [1, 1, 'A', 1, null]]);
    expect(swapped.rows.map((r) => [r.key, r.x, r.b_x])).toEqual([['A', 7, 1]]);
  });

  it('refuses to look up one of many symbols for the market', () => {
    expect(() => drive(join, { how: 'asof' }, [{ ...LEFT, scope: 'market' }, RIGHT], [])).toThrow(Refusal);
  });
});

describe('join settings', () => {
  it('says what does not belong together', () => {
    expect(join.check?.({ how: 'inner', tolerance: 5 })?.field).toBe('tolerance');
    expect(join.check?.({ how: 'asof', within: {} })?.field).toBe('within');
    expect(join.check?.({ how: 'interval' })?.field).toBe('how');
    expect(join.check?.({ how: 'interval', within: { after: 1 } })).toBeNull();
    expect(join.check?.({ how: 'asof', tolerance: 1 })).toBeNull();
  });

  it('copies late rows of the left to the side output', () => {
    const got = run({ how: 'asof' }, [[0, 5, 'A', 1, null], [0, 1, 'A', 2, null], [1, 2, 'A', 3, null]], { late: 'side_output' });
    expect(got.lateRows).toEqual([[0, 1]]);
    expect(got.counts.late).toBe(2);
  });
});
