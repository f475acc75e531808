import { expect, it } from 'vitest';
import { gridSearch } from './grid.ts';
import { randomSearch } from './random-search.ts';
import type { Search } from './search.ts';
import { keyOf, type Params, space } from './space.ts';
import { tpeSearch } from './tpe.ts';

const take = (s: Search, n: number, score: (p: Params) => number | null = () => 0): Params[] => {
  const out: Params[] = [];
  for (let p = s.ask(); p !== null && out.length < n; p = out.length < n ? s.ask() : null) {
    out.push(p);
    s.tell(p, score(p));
  }
  return out;
};

const small = space({ fast: [8, 12, 16], slow: [26, 34], on: [true, false] });
const kinds = { grid: () => gridSearch(small), random: () => randomSearch(small, 7), tpe: () => tpeSearch(small, { seed: 7 }) };

it('a grid is exactly the product, the last parameter fastest', () => {
  const found = take(gridSearch(small), 100).map((p) => `${p.fast} ${p.slow} ${p.on}`);
  expect(found).toEqual([8, 12, 16].flatMap((f) => [26, 34].flatMap((s) => [true, false].map((o) => `${f} ${s} ${o}`))));
});

it('a condition leaves sets out', () => {
  const s = space({ fast: [8, 30], slow: [26, 34] }, (p) => p.fast < p.slow);
  expect(take(gridSearch(s), 10)).toEqual([{ fast: 8, slow: 26 }, { fast: 8, slow: 34 }, { fast: 30, slow: 34 }]);
});

it.each(Object.keys(kinds) as (keyof typeof kinds)[])('%s gives each set of a finite space once, then null', (kind) => {
  const search = kinds[kind]();
  const found = take(search, 100, (p) => Number(p.fast));
  expect(found).toHaveLength(12);
  expect(new Set(found.map((p) => keyOf(small, p))).size).toBe(12);
  expect(search.ask()).toBeNull();
  expect(search.size).toBe(12);
});

it('a huge grid begins at once, and a space of which hardly anything is allowed is still gone through', () => {
  const wide = { min: 1, max: 1_000_000, integer: true };
  const first = take(gridSearch(space({ a: wide, b: wide, c: wide, d: wide })), 3);
  expect(first.map((p) => p.d)).toEqual([1, 2, 3]);
  const rare = space({ a: { min: 1, max: 100, integer: true }, b: { min: 1, max: 100, integer: true } }, (p) => p.a === 77 && Number(p.b) > 98);
  expect(take(randomSearch(rare, 1), 9).map((p) => p.b).sort()).toEqual([100, 99]);
});

it('what has no end or allows nothing is refused, not waited for', () => {
  const never = space({ a: { min: 1, max: 1e9, integer: true } }, () => false);
  const drift = space({ a: { min: 0, max: 1 } }, () => false);
  expect(() => gridSearch(space({ a: { min: 0, max: 1 } }))).toThrow(/has no end/);
  expect(() => gridSearch(never).ask()).toThrow(/none of 1000000 sets/);
  expect(() => randomSearch(drift, 1).ask()).toThrow(/none of 100000 sets/);
  expect(() => tpeSearch(drift, { seed: 1 }).ask()).toThrow(/none of/);
});

it.each(['random', 'tpe'] as const)('%s: the same seed gives the same sets, another one others', (kind) => {
  const s = space({ x: { min: 0, max: 1 }, k: ['a', 'b', 'c'], r: { min: 1e-5, max: 1, scale: 'log' } });
  const make = (seed: number) => (kind === 'random' ? randomSearch(s, seed) : tpeSearch(s, { seed }));
  const score = (p: Params) => -Math.abs(Number(p.x) - 0.3);
  expect(take(make(1), 40, score)).toEqual(take(make(1), 40, score));
  expect(take(make(1), 40, score)).not.toEqual(take(make(2), 40, score));
});

it('random draws evenly along a log scale', () => {
  const found = take(randomSearch(space({ r: { min: 1e-4, max: 1, scale: 'log' } }), 3), 4000).map((p) => Math.log10(Number(p.r)));
  const decades = [-4, -3, -2, -1].map((d) => found.filter((x) => x >= d && x < d + 1).length);
  for (const n of decades) expect(Math.abs(n - 1000)).toBeLessThan(120);
});
