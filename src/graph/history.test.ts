import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Frame } from '../core/frame.ts';
import { KeyTable } from '../core/keys.ts';
import { History } from './history.ts';

const frame = new Frame(new KeyTable(), [{ name: 'x', type: 'f64' }, { name: 't', type: 'text' }], 1);

const add = (h: History, ts: number, value: number): void => {
  (frame.cols[0] as Float64Array)[0] = value;
  frame.cols[1][0] = `t${value}`;
  h.add(ts, frame, 0);
};

const at = (h: History, ts: number): [number, string | null] | null => {
  const e = h.find(ts);
  if (e < 0) return null;
  const x = new Float64Array(1);
  const t: (string | null)[] = [null];
  h.copy(e, 0, x, 0);
  h.copy(e, 1, t, 0);
  return [x[0], t[0]];
};

const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.boolean()), { maxLength: 80 });

it('finds the last entry at or before a time, also of entries out of order, also after a copy', () => {
  fc.assert(fc.property(steps, fc.array(fc.integer({ min: -2, max: 64 })), (list, asked) => {
    let h = new History([0, 1]);
    const all: [ts: number, value: number][] = [];
    list.forEach(([ts, copied], value) => {
      add(h, ts, value);
      all.push([ts, value]);
      if (copied) {
        const saved = h.save();
        add(h, ts, -1);
        h = new History([0, 1]);
        h.load(saved);
      }
    });
    const sorted = all.map((x, i) => [...x, i] as const).sort((a, b) => a[0] - b[0] || a[2] - b[2]);
    for (const ts of asked) {
      const want = sorted.filter((x) => x[0] <= ts).at(-1);
      expect(at(h, ts)).toEqual(want === undefined ? null : [want[1], `t${want[1]}`]);
    }
  }));
});

it('pruning takes nothing that a later time can ask for', () => {
  fc.assert(fc.property(steps, fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 20 }), (list, low, more) => {
    const whole = new History([0, 1]);
    const cut = new History([0, 1]);
    list.forEach(([ts], value) => {
      add(whole, ts, value);
      add(cut, ts, value);
    });
    cut.prune(low);
    expect(at(cut, low + more)).toEqual(at(whole, low + more));
  }));
});
