import { expect, it } from 'vitest';
import { Frame } from './frame.ts';
import { KeyTable } from './keys.ts';
import { cell, layOut, ring, Slab } from './layout.ts';

it('a key keeps its id, by order of appearance', () => {
  const keys = new KeyTable();
  expect([keys.intern('B'), keys.intern('A'), keys.intern('B')]).toEqual([0, 1, 0]);
  expect(keys.find('A')).toBe(1);
  expect(keys.find('C')).toBe(-1);
  const again = new KeyTable();
  again.intern('Z');
  again.load(keys.save());
  expect([again.size, again.find('A'), again.find('Z')]).toEqual([2, 1, -1]);
});

it('a frame grows and keeps its rows', () => {
  const f = new Frame(new KeyTable(), [{ name: 'x', type: 'f64' }, { name: 't', type: 'text' }], 2);
  for (let i = 0; i < 5; i++) {
    const at = f.push(i, i * 10, 0);
    (f.cols[0] as Float64Array)[at] = i / 2;
    f.cols[1][at] = `r${i}`;
  }
  expect(f.capacity).toBe(8);
  expect([...f.ts.subarray(0, 5)]).toEqual([0, 10, 20, 30, 40]);
  expect([...(f.cols[0] as Float64Array).subarray(0, 5)]).toEqual([0, 0.5, 1, 1.5, 2]);
  expect(f.cols[1].slice(0, 5)).toEqual(['r0', 'r1', 'r2', 'r3', 'r4']);
});

it('state is laid out in order, blank as declared', () => {
  const l = layOut({ mean: cell(), seen: cell(7), past: ring(3, NaN) });
  expect([l.at.mean, l.at.seen, l.at.past, l.doubles]).toEqual([0, 1, 2, 5]);
  expect([...l.blank]).toEqual([0, 7, NaN, NaN, NaN]);
});

it('a slab makes blank rows for new keys and keeps the old ones', () => {
  const slab = new Slab([Float64Array.of(1, 2), Float64Array.of(3)]);
  slab.ensure(1);
  slab.data[0] = 9;
  slab.ensure(100);
  expect([...slab.data.subarray(0, 6)]).toEqual([9, 2, 3, 1, 2, 3]);
  expect([...slab.data.subarray(297, 300)]).toEqual([1, 2, 3]);
});

it('a saved slab does not follow the live one, and a loaded one grows on', () => {
  const slab = new Slab([Float64Array.of(5)]);
  slab.ensure(1);
  const saved = slab.save();
  slab.data[0] = 6;
  const other = new Slab([Float64Array.of(5)]);
  other.load(saved);
  other.ensure(40);
  expect([saved[0], other.data[0], other.data[39]]).toEqual([5, 5, 5]);
});
