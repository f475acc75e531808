import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseTime } from '../core/time.ts';
import { SyntheticReader } from './synthetic-read.ts';
import { contextFor, readAll } from '../../test/connect/support.ts';
import type { PlainRow } from '../../test/connect/support.ts';

const make = async (schema: string, args: Record<string, unknown> = {}, rows?: number): Promise<PlainRow[]> => {
  const ctx = contextFor(schema, args);
  return readAll(new SyntheticReader(ctx, rows), ctx);
};
const hashOf = (rows: readonly PlainRow[]): string => createHash('sha256').update(rows.join('\n')).digest('hex').slice(0, 16);
const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;

describe.each(['trade', 'quote', 'bar'])('%s', (schema) => {
  it('depends on the seed alone, not on the size of chunks', async () => {
    const args = { length: HOUR / 4, rate: 2, every: 10_000_000 };
    const want = await make(schema, args);
    expect(want.length).toBeGreaterThan(300);
    for (const rows of [1, 7, 256]) expect(hashOf(await make(schema, args, rows))).toBe(hashOf(want));
    expect(hashOf(await make(schema, { ...args, seed: 8 }))).not.toBe(hashOf(want));
  });

  it('is in order of time', async () => {
    const rows = await make(schema, { length: HOUR / 30, rate: 5, symbols: Array.from({ length: 40 }, (_, i) => `S${i}`) });
    expect(rows.every((r, i) => i === 0 || Number(rows[i - 1][0]) <= Number(r[0]))).toBe(true);
  });
});

it('the same market on every machine and in every version', async () => {
  const hashes = await Promise.all(['trade', 'quote', 'bar'].map(async (schema) => hashOf(await make(schema, { length: HOUR }))));
  expect(hashes).toEqual(['c966581877b3d55b', '4031c41bc1939186', 'd7074d016d6e8a1c']);
});

it('every trade happens at the bid or the ask that the quotes show', async () => {
  const args = { length: HOUR / 4, rate: 3 };
  const quotes = await make('quote', args);
  const trades = await make('trade', args);
  const now = new Map<unknown, PlainRow>();
  let q = 0;
  for (const [ts, symbol, price, , side] of trades) {
    for (; q < quotes.length && Number(quotes[q][0]) <= Number(ts); q++) now.set(quotes[q][1], quotes[q]);
    expect(price).toBe(now.get(symbol)![side === 1 ? 3 : 2]);
  }
  expect(trades.length).toBeGreaterThan(8_000);
  expect(quotes.every((r) => Number(r[2]) < Number(r[3]))).toBe(true);
});

it('a symbol does not depend on the others', async () => {
  const of = async (symbols: string[]): Promise<PlainRow[]> =>
    (await make('trade', { length: HOUR / 4, symbols })).filter((r) => r[1] === 'A');
  expect(await of(['B', 'C', 'A'])).toEqual(await of(['A']));
});

describe('statistics', () => {
  const returns = (rows: readonly PlainRow[], symbol: string): number[] => {
    const close = rows.filter((r) => r[1] === symbol).map((r) => Number(r[5]));
    return close.slice(1).map((c, i) => Math.log(c / close[i]));
  };
  const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;
  const corr = (x: readonly number[], y: readonly number[]): number => {
    const [mx, my] = [mean(x), mean(y)];
    const cov = mean(x.map((v, i) => (v - mx) * (y[i] - my)));
    return cov / Math.sqrt(mean(x.map((v) => (v - mx) ** 2)) * mean(y.map((v) => (v - my) ** 2)));
  };

  it('volatility and correlation are those asked for', async () => {
    const rows = await make('bar', { symbols: ['A', 'B'], every: 300_000_000, length: 200 * DAY, jumps: 0, correlation: 0.6, tick: 0.0001,
      prices: { A: '100', B: '50' } });
    const [a, b] = [returns(rows, 'A'), returns(rows, 'B')];
    const yearly = Math.sqrt(mean(a.map((r) => r * r)) * 252 * 78);
    expect(yearly).toBeGreaterThan(0.24);
    expect(yearly).toBeLessThan(0.38);
    expect(corr(a, b)).toBeGreaterThan(0.45);
    expect(corr(a, b)).toBeLessThan(0.75);
    const size = a.map(Math.abs);
    expect(corr(size.slice(1), size.slice(0, -1))).toBeGreaterThan(0.1);
    expect(rows[0][2]).toBeCloseTo(100, -1);
  });

  it('trades come at the rate asked for, most at the open and the close', async () => {
    const rows = await make('trade', { symbols: ['A', 'B', 'C', 'D', 'E', 'F'] });
    const open = parseTime('2025-01-02T14:30:00Z')!;
    const perSecond = rows.length / 6 / 23_400;
    expect(perSecond).toBeGreaterThan(0.7);
    expect(perSecond).toBeLessThan(1.4);
    const share = (from: number): number =>
      rows.filter((r) => Number(r[0]) >= open + from * HOUR && Number(r[0]) < open + (from + 0.5) * HOUR).length;
    expect(share(0)).toBeGreaterThan(1.3 * share(3));
    expect(share(6)).toBeGreaterThan(1.3 * share(3));
  });

  it('jumps leap', async () => {
    const largest = async (jumps: number): Promise<number> =>
      Math.max(...returns(await make('bar', { symbols: ['A'], length: 10 * DAY, session: DAY, jumps }), 'A').map(Math.abs));
    expect(await largest(5)).toBeGreaterThan(1.3 * (await largest(0)));
  });
});

it('prices are whole ticks, sessions keep their hours and weekends are closed', async () => {
  const rows = await make('trade', { length: 6 * DAY, rate: 0.02, tick: 0.05 });
  expect(rows.every((r) => Math.abs(Number(r[2]) * 20 - Math.round(Number(r[2]) * 20)) < 1e-9)).toBe(true);
  const days = new Set(rows.map((r) => new Date(Number(r[0]) / 1000).toISOString().slice(0, 10)));
  expect([...days]).toEqual(['2025-01-02', '2025-01-03', '2025-01-06', '2025-01-07']);
  const around = await make('trade', { length: 3 * DAY, rate: 0.02, session: DAY });
  expect(new Set(around.map((r) => Math.floor(Number(r[0]) / HOUR) % 24)).size).toBe(24);
});

it('bars carry the end of their minute, or the start where the source says so', async () => {
  const args = { length: 600_000_000, symbols: ['A'] };
  const close = await make('bar', args);
  expect(close.map((r) => r[0])).toEqual(Array.from({ length: 10 }, (_, i) => parseTime('2025-01-02T14:31:00Z')! + i * 60_000_000));
  expect((await make('bar', { ...args, stamp: 'open' }))[0][0]).toBe(parseTime('2025-01-02T14:30:00Z'));
  expect(close.every((r) => Number(r[3]) >= Math.max(Number(r[2]), Number(r[5]))
    && Number(r[4]) <= Math.min(Number(r[2]), Number(r[5])))).toBe(true);
});

it('refuses what it cannot make', () => {
  expect(() => new SyntheticReader(contextFor('news', {}))).toThrow(/trades, quotes and bars/);
  expect(() => new SyntheticReader(contextFor('trade', { start: 'soon' }))).toThrow(/no time/);
});
