import { expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../core/time.ts';
import type { FillRow } from '../model.ts';
import { capacityOf, leanShare } from './capacity.ts';

const fill = (symbol: string, day: number, quantity: number, price: number): FillRow => ({
  order: 1, ts: day * DAY, symbol, side: 'buy', quantity, price, commission: 0, slippage: 0, liquidity: 'taker',
});

it('scales the capital until fills are the given share of their bars', () => {
  const fills = [fill('A', 1, 10, 100), fill('A', 3, 30, 100)];
  const found = capacityOf(fills, 10_000, () => 100_000, 0.02);
  // 1000 and 3000 of 100,000: 1 % and 3 %, weighted by value 2.5 %.
  expect(found.participation).toBeCloseTo(0.025, 12);
  expect(found.capital).toBeCloseTo(8_000, 6);
  expect(found.symbols).toEqual([{ symbol: 'A', fills: 2, value: 4_000, participation: expect.closeTo(0.02, 12), capital: expect.closeTo(10_000, 6) }]);
});

it('at its own answer fills are the share exactly', () => {
  const fills = Array.from({ length: 20 }, (_, i) => fill(i % 2 === 0 ? 'A' : 'B', i, 5 + i, 40 + i));
  const market = (f: FillRow): number => 1e5 + f.ts / DAY * 5e4;
  const first = capacityOf(fills, 50_000, market, 0.05);
  const scale = Number(first.capital) / 50_000;
  const again = capacityOf(fills.map((f) => ({ ...f, quantity: f.quantity * scale })), Number(first.capital), market, 0.05);
  expect(again.participation).toBeCloseTo(0.05, 12);
  expect(again.capital).toBeCloseTo(Number(first.capital), 3);
});

it('names the tightest symbol first', () => {
  const fills = [fill('BIG', 1, 10, 100), fill('TINY', 2, 10, 100)];
  const found = capacityOf(fills, 10_000, (f) => (f.symbol === 'BIG' ? 1e7 : 1e4), 0.02);
  expect(found.symbols.map((s) => [s.symbol, Math.round(s.capital)])).toEqual([['TINY', 2_000], ['BIG', 2_000_000]]);
});

it('two visits within minutes lean on the same volume', () => {
  const at = (minutes: number) => capacityOf([fill('A', 0, 10, 100), { ...fill('A', 0, 10, 100), ts: minutes * MINUTE }], 1, () => 1e5, 0.2).symbols[0];
  expect(at(195).participation).toBeCloseTo(0.01, 12);
  // 97.5 minutes are half of half a session: the second bar counts half.
  expect(at(97.5).participation).toBeCloseTo(2_000 / 150_000, 12);
  expect(at(1).participation).toBeCloseTo(2_000 / 120_000, 12);
  // At the same time they share one bar.
  expect(at(0)).toMatchObject({ fills: 2, participation: expect.closeTo(0.02, 12) });
});

it('fills without a known volume are counted, not guessed', () => {
  const found = capacityOf([fill('A', 1, 10, 100), fill('B', 1, 10, 100), fill('C', 1, 10, 100)], 1e4, (f) => ({ A: NaN, B: 0 })[f.symbol] ?? 1e5, 0.02);
  expect([found.unknown, found.symbols.length]).toEqual([2, 1]);
  expect(capacityOf([], 1e4, () => 1, 0.02)).toEqual({ share: 0.02, participation: null, capital: null, symbols: [], unknown: 0 });
});

it('shares are those of Lean', () => {
  expect([DAY, HOUR, MINUTE, 0].map(leanShare)).toEqual([0.02, 0.05, 0.2, 0.5]);
});
