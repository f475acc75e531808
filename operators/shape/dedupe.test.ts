import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Frame } from '../../src/core/frame.ts';
import { KeyTable } from '../../src/core/keys.ts';
import { layOut, Slab } from '../../src/core/layout.ts';
import { column } from '../../src/core/operator.ts';
import { dedupe, fingerprint } from './dedupe.ts';

type Row = readonly [ts: number, key: string, price: number | null, id: string | null];

/** Which rows stay; `restoreAt` lists the rows before which the state is copied and put back. */
function kept(list: readonly Row[], within: number, memory: number, restoreAt: ReadonlySet<number> = new Set()): boolean[] {
  const schema = [column('price'), column('id', 'text')];
  const args = { on: schema.map((f, slot) => ({ input: 0, slot, type: f.type, label: f.name })), within, memory };
  const layout = layOut(dedupe.state(args));
  const step = dedupe.step(args, layout.at as Record<string, number>);
  const frame = new Frame(new KeyTable(), schema, 4);
  let slab = new Slab([layout.blank]);
  return list.map(([ts, key, price, id], i) => {
    if (restoreAt.has(i)) {
      const saved = slab.save();
      slab = new Slab([layout.blank]);
      slab.load(saved);
    }
    const k = frame.keys.intern(key);
    frame.push(i, ts, k);
    (frame.cols[0] as Float64Array)[i] = price ?? NaN;
    (frame.cols[1] as (string | null)[])[i] = id;
    slab.ensure(k + 1);
    return step(slab.data, k * slab.width, frame, i, []);
  });
}

it('drops a row redelivered at the same time and keeps the same values of another time or key', () => {
  expect(kept([[1, 'A', 5, 'x'], [1, 'A', 5, 'x'], [1, 'B', 5, 'x'], [2, 'A', 5, 'x'], [2, 'A', 5, 'y'], [2, 'A', 6, 'y']], 0, 16))
    .toEqual([true, false, true, true, true, true]);
});

it('holds null equal to null and to nothing else', () => {
  const list: Row[] = [[1, 'A', null, null], [1, 'A', null, null], [1, 'A', 0, null], [1, 'A', null, '']];
  expect(kept(list, 0, 16)).toEqual([true, false, true, true]);
});

it('measures from the row let through, so that endless repetition passes once in a while', () => {
  expect(kept([0, 4, 8, 12, 20].map((ts) => [ts, 'A', 1, null]), 10, 16)).toEqual([true, false, false, true, false]);
});

it('remembers as many rows as it is told', () => {
  const list: Row[] = [[1, 'A', 1, null], [1, 'A', 2, null], [1, 'A', 3, null], [1, 'A', 1, null], [1, 'A', 3, null]];
  expect(kept(list, 0, 2)).toEqual([true, true, true, true, false]);
});

it('equals looking at all rows let through, also after a restore', () => {
  const text = fc.option(fc.constantFrom('x', 'y', ''), { nil: null });
  const row: fc.Arbitrary<Row> = fc.tuple(fc.nat(12), fc.constantFrom('A', 'B'), fc.option(fc.nat(2), { nil: null }), text);
  let dropped = 0;
  fc.assert(fc.property(fc.array(row, { minLength: 10, maxLength: 40 }), fc.nat(5), fc.integer({ min: 1, max: 8 }), fc.array(fc.nat(40)),
    (list, within, memory, restores) => {
      const through: Row[] = [];
      const want = list.map((r) => {
        const own = through.filter((t) => t[1] === r[1]).slice(-memory);
        const repeats = own.some((t) => Math.abs(t[0] - r[0]) <= within && t[2] === r[2] && t[3] === r[3]);
        if (!repeats) through.push(r);
        return !repeats;
      });
      dropped += want.filter((w) => !w).length;
      expect(kept(list, within, memory, new Set(restores))).toEqual(want);
    }), { numRuns: 200 });
  expect(dropped).toBeGreaterThan(100);
});

it('tells texts apart by two fingerprints that look unrelated', () => {
  const seen = new Set<string>();
  for (let n = 0; n < 20_000; n++) seen.add(`${fingerprint(`trade-${n}`, 0)}/${fingerprint(`trade-${n}`, 1)}`);
  expect(seen.size).toBe(20_000);
  expect(Number.isSafeInteger(fingerprint('a', 0))).toBe(true);
});
