import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TimerHeap } from './timers.ts';

const drain = (h: TimerHeap): [number, number][] => {
  const out: [number, number][] = [];
  while (h.due < Infinity) {
    const at = h.due;
    out.push([at, h.pop()]);
  }
  return out;
};

const timer = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 5 }));

it('fires in (time, key) order, each pair once', () => {
  fc.assert(fc.property(fc.array(timer), (timers) => {
    const h = new TimerHeap();
    for (const [t, k] of timers) h.add(t, k);
    const want = [...new Set(timers.map(([t, k]) => t * 10 + k))].sort((a, b) => a - b).map((x) => [Math.floor(x / 10), x % 10]);
    expect(drain(h)).toEqual(want);
  }));
});

it('goes on from a copy, which the original does not touch', () => {
  fc.assert(fc.property(fc.array(timer), fc.nat(10), (timers, popped) => {
    const a = new TimerHeap();
    for (const [t, k] of timers) a.add(t, k);
    for (let i = 0; i < popped && a.size > 0; i++) a.pop();
    const saved = a.save();
    const b = new TimerHeap();
    b.load(saved);
    const rest = drain(a);
    expect(drain(b)).toEqual(rest);
    b.load(saved);
    expect(b.size).toBe(rest.length);
  }));
});

it('takes a timer again once it has fired', () => {
  const h = new TimerHeap();
  h.add(1, 0);
  h.pop();
  h.add(1, 0);
  expect(h.size).toBe(1);
});
