import { Random } from '../src/core/random.ts';

/** Trades of a seeded random walk, as the columns of one big chunk. */
export interface Trades {
  readonly n: number;
  readonly ts: Float64Array;
  readonly key: Int32Array;
  readonly price: Float64Array;
  readonly size: Float64Array;
  /** Null throughout: the walk has no aggressor. */
  readonly side: Float64Array;
}

export function makeTrades(n: number, symbols: number, seed = 7): Trades {
  const random = new Random(seed);
  const t: Trades = {
    n, ts: new Float64Array(n), key: new Int32Array(n), price: new Float64Array(n), size: new Float64Array(n),
    side: new Float64Array(n).fill(NaN),
  };
  const last = new Float64Array(symbols).fill(100);
  for (let i = 0; i < n; i++) {
    const k = random.int(0, symbols - 1);
    last[k] *= 1 + (random.next() - 0.5) * 0.001;
    t.ts[i] = 1.7e15 + i * 1000;
    t.key[i] = k;
    t.price[i] = last[k];
    t.size[i] = 1 + random.int(0, 99);
  }
  return t;
}
