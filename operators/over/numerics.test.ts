import { describe, expect, it } from 'vitest';
import type { Kernel } from '../../src/core/kernel.ts';
import { Random } from '../../src/core/random.ts';
import { runOver, withDefaults } from '../../src/core/run-kernel.ts';
import { mean } from '../statistic/mean.ts';
import { stdev } from '../statistic/stdev.ts';
import { sum } from '../statistic/sum.ts';
import { variance } from '../statistic/var.ts';
import { TimeRing } from './ring.ts';

const run = (k: Kernel, span: number, xs: readonly number[], ts: (r: number) => number = (r) => r): Float64Array => {
  const state = k.over({ ...withDefaults(k), period: { micros: span } });
  if (state === null) throw new TypeError(k.name);
  return runOver(k, state, { ts: Float64Array.from(xs, (_, r) => ts(r)), key: new Int32Array(xs.length), inputs: [Float64Array.from(xs)] });
};

describe('digits over a span of time', () => {
  it('a constant series has its own value as mean and a deviation of exactly 0', () => {
    for (const x of [0.1, 1 / 3, 1e-12, 123456.789, 1e14, -0.7]) {
      const xs = new Array<number>(300).fill(x);
      expect(new Set(run(mean, 37, xs, (r) => 3 * r + (r % 5)))).toEqual(new Set([x]));
      expect([...run(stdev, 37, xs)].slice(1).every((v) => v === 0)).toBe(true);
    }
  });

  it('an outlier of 1e17 leaves no trace once it has left', () => {
    const random = new Random(5);
    const xs = Array.from({ length: 400 }, () => 250 + random.normal());
    const wild = xs.map((x, r) => (r === 57 ? 1e17 : x));
    for (const k of [mean, variance]) {
      const [want, got] = [run(k, 20, xs), run(k, 20, wild)];
      for (let r = 77; r < xs.length; r++) expect(Math.abs(got[r] - want[r])).toBeLessThan(1e-9 * Math.abs(want[r]));
    }
  });

  it('keeps its digits where the level is large against the spread, and while the window grows', () => {
    const random = new Random(6);
    const noise = Array.from({ length: 5000 }, () => random.normal());
    const got = run(variance, 1e6, noise.map((x) => x + 1e9));
    const plain = run(variance, 1e6, noise);
    // Adding 1e9 rounds every number to 1.2e-7; what is beyond that would be ours.
    for (let r = 10; r < noise.length; r++) expect(Math.abs(got[r] - plain[r])).toBeLessThan(1e-6 * Math.max(1, plain[r]));
  });

  it('a window of zeros after large values has the sum 0', () => {
    const random = new Random(8);
    const xs = [...Array.from({ length: 40 }, () => random.next() * 1e9), ...new Array<number>(12).fill(0)];
    expect([...run(sum, 6, xs)].slice(45)).toEqual(new Array(7).fill(0));
  });

  it('renews in constant time per row however the window grows and shrinks', () => {
    const rows = 60_000;
    // Bursts of a row a microsecond, then a trickle: the window grows to thousands of rows and falls to a few.
    let now = 0;
    const ts = Float64Array.from({ length: rows }, (_, r) => (now += Math.floor(r / 10_000) % 2 === 0 ? 1 : 900));
    const random = new Random(9);
    const xs = Float64Array.from({ length: rows }, () => random.normal());
    let read = 0;
    const at = TimeRing.prototype.at;
    TimeRing.prototype.at = function counted(this: TimeRing, ...args: Parameters<typeof at>) {
      read++;
      return at.apply(this, args);
    };
    try {
      const state = variance.over({ period: { micros: 5000 } });
      if (state === null) throw new TypeError('var');
      runOver(variance, state, { ts, key: new Int32Array(rows), inputs: [xs] });
    } finally {
      TimeRing.prototype.at = at;
    }
    expect(read / rows).toBeLessThan(12);
  });
});
