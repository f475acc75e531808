import { expect, it } from 'vitest';
import { KeyTable } from '../core/keys.ts';
import { DAY } from '../core/time.ts';
import type { Schema } from '../core/types.ts';
import { MarketValue, tradedIn, tradedOn } from './market-value.ts';

const keys = new KeyTable();
const [a, b] = ['A', 'B'].map((s) => keys.intern(s));
const SCHEMA: Schema = ['close', 'volume'].map((name) => ({ name, type: 'f64' }));

const rows = (...of: (readonly [ts: number, key: number, close: number, volume: number])[]) => ({
  n: of.length, sel: null, seq: new Float64Array(of.length), ts: Float64Array.from(of, (r) => r[0]), key: Int32Array.from(of, (r) => r[1]),
  keys, cols: [Float64Array.from(of, (r) => r[2]), Float64Array.from(of, (r) => r[3])], schema: SCHEMA,
});

it('sums what is traded by symbol and day, over any number of epochs', () => {
  const market = new MarketValue();
  market.add(rows([5, a, 10, 2], [6, b, 1, 7], [7, a, 11, 1]));
  market.add(rows([8, a, 10, 1], [DAY, a, 12, 3], [DAY, b, 2, NaN], [DAY + 1, b, 2, 0]));
  market.add({ ...rows([DAY + 2, a, 9, 9], [DAY + 2, a, 1, 1]), n: 1, sel: Int32Array.of(1) });
  const on = (symbol: string, ts: number): number => tradedOn(structuredClone(market.traded), symbol, ts);
  expect([on('A', 0), on('B', 3), on('A', DAY), on('B', DAY), on('C', 0)]).toEqual([41, 7, 37, NaN, NaN]);
  const other = new MarketValue();
  other.add(rows([1, a, 1, 1], [2 * DAY, a, 1, 2]));
  const both = tradedIn([market.traded, other.traded]);
  expect([tradedOn(both, 'A', 0), tradedOn(both, 'B', 3), tradedOn(both, 'A', 2 * DAY)]).toEqual([1, 7, 2]);
});

it('knows nothing of quotes', () => {
  const market = new MarketValue();
  market.add({ ...rows([1, a, 10, 2]), schema: ['bid', 'ask'].map((name) => ({ name, type: 'f64' })) });
  expect(market.traded.size).toBe(0);
});
