import { expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { bandwidths, parzen, shares } from './parzen.ts';
import { median } from './prune.ts';
import { randomSearch } from './random-search.ts';
import type { Search } from './search.ts';
import { type Params, type Space, space } from './space.ts';
import { tpeSearch } from './tpe.ts';

/** Branin and Hoo 1972: three minima of 0.397887. */
const branin = ({ x, y }: Params): number => {
  const [a, b] = [Number(x), Number(y)];
  return (b - (5.1 / (4 * Math.PI ** 2)) * a * a + (5 / Math.PI) * a - 6) ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(a) + 10;
};
const plane = space({ x: { min: -5, max: 10 }, y: { min: 0, max: 15 } });

/** Least at rate 0.001, kind a, n 37, flag set: 0. */
const mixed = (p: Params): number =>
  (Math.log10(Number(p.rate)) + 3) ** 2 + ['a', 'b', 'c', 'd'].indexOf(String(p.kind)) + ((Number(p.n) - 37) / 30) ** 2 + (p.flag ? 0 : 0.5);
const kinds = space({
  rate: { min: 1e-6, max: 1, scale: 'log' }, kind: ['d', 'c', 'b', 'a'], n: { min: 1, max: 200, integer: true }, flag: [true, false],
});

const least = (search: Search, f: (p: Params) => number, n: number): number => {
  let best = Infinity;
  for (let i = 0; i < n; i++) {
    const p = search.ask();
    if (p === null) break;
    search.tell(p, -f(p));
    best = Math.min(best, f(p));
  }
  return best;
};
const seeds = Array.from({ length: 31 }, (_, i) => i + 1);
const medians = (s: Space, f: (p: Params) => number, n: number) => ({
  random: median(seeds.map((seed) => least(randomSearch(s, seed), f, n))),
  tpe: median(seeds.map((seed) => least(tpeSearch(s, { seed }), f, n))),
});

it.each<[string, Space, (p: Params) => number, number]>([
  ['Branin', plane, branin, 40], ['Branin', plane, branin, 80], ['a mixed function', kinds, mixed, 40], ['a mixed function', kinds, mixed, 80],
])('on %s it is better than random in the median over 31 seeds', (_, s, f, n) => {
  const found = medians(s, f, n);
  const optimum = f === branin ? 0.397887 : 0;
  expect(found.tpe - optimum).toBeLessThan(0.75 * (found.random - optimum));
});

it('comes near the minimum of Branin', () => {
  expect(medians(plane, branin, 80).tpe).toBeLessThan(0.5);
});

it('goes on with failed trials and with none that worked', () => {
  const search = tpeSearch(plane, { seed: 5 });
  const tried: Params[] = [];
  for (let i = 0; i < 60; i++) {
    const p = search.ask() as Params;
    tried.push(p);
    search.tell(p, i < 20 || Number(p.x) > 0 ? null : -branin(p));
  }
  // Where all fails it stops looking.
  expect(tried.slice(40).filter((p) => Number(p.x) <= 0).length).toBeGreaterThan(14);
});

it('asks for a batch of different sets before it is told', () => {
  const search = tpeSearch(plane, { seed: 5 });
  for (let i = 0; i < 20; i++) {
    const p = search.ask() as Params;
    search.tell(p, -branin(p));
  }
  const batch = Array.from({ length: 8 }, () => search.ask() as Params);
  expect(new Set(batch.map((p) => JSON.stringify(p))).size).toBe(8);
});

it('start-up sets cover each axis evenly', () => {
  const search = tpeSearch(plane, { seed: 9, startup: 10 });
  const xs = Array.from({ length: 10 }, () => Math.floor((Number(search.ask()?.x) + 5) / 1.5));
  expect(xs.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it('densities integrate to 1 and follow their points', () => {
  const d = parzen([0.1, 0.12, 0.11, 0.9]);
  let sum = 0;
  for (let i = 0; i < 10_000; i++) sum += Math.exp(d.log((i + 0.5) / 10_000)) / 10_000;
  expect(sum).toBeCloseTo(1, 5);
  expect(d.log(0.11)).toBeGreaterThan(d.log(0.4));
  const random = new Random(1);
  const drawn = Array.from({ length: 4000 }, () => d.draw(random));
  expect(drawn.every((u) => u >= 0 && u < 1)).toBe(true);
  // Share of draws below 0.3 is that of the density.
  let share = 0;
  for (let i = 0; i < 3000; i++) share += Math.exp(d.log((i + 0.5) / 10_000)) / 10_000;
  expect(drawn.filter((u) => u < 0.3).length / 4000).toBeCloseTo(share, 1);
});

it('kernels are narrow where points are dense', () => {
  const found = bandwidths([0.5, 0.51, 0.52, 0.9]);
  expect(found[1]).toBe(1 / 5);
  expect(found[3]).toBeCloseTo(0.38, 12);
  expect(bandwidths(Array.from({ length: 200 }, (_, i) => i / 200))[100]).toBe(0.01);
});

it('levels without order are smoothed by one more trial', () => {
  const d = shares([0.125, 0.125, 0.625], 4);
  expect([0.125, 0.375, 0.625, 0.875].map((u) => Math.exp(d.log(u)))).toEqual([2.25, 0.25, 1.25, 0.25].map((w) => expect.closeTo(w / 4, 12)));
});
