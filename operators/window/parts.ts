import type { Column } from '../../src/core/frame.ts';
import type { AggregateCall } from '../../src/core/operator.ts';
import { addSquare, addSquares, addSum, addTo, SQUARES, SUM, sumAt, variance } from './sums.ts';

/**
 * Something remembered of the rows of a window, from which one or more aggregates are read. Doubles lie at `S[a...]`; what is no fixed
 * number of doubles lies beside, by record number `slot`. Nulls are not part of any aggregate.
 */
export interface Part {
  readonly blank: readonly number[];
  add(S: Float64Array, a: number, slot: number, ts: number, cols: readonly Column[], i: number): void;
  /** Takes away the row that `add` was given; only for parts that can. */
  remove?(S: Float64Array, a: number, cols: readonly Column[], i: number): void;
  merge(S: Float64Array, a: number, slot: number, from: number, fromSlot: number): void;
  write(S: Float64Array, a: number, slot: number, call: AggregateCall, out: Column, o: number): void;
  readonly beside?: Beside;
}

export interface Beside {
  clear(slot: number): void;
  save(): unknown;
  load(saved: unknown): void;
}

/** A number that counts: neither null nor infinite. */
export const known = (x: number): boolean => x - x === 0;

const put = (out: Column, o: number, x: number): void => {
  (out as Float64Array)[o] = x;
};

/** Rows; with a column, rows where it is not null; with a bool, rows where it is true. */
export function countPart(x: number, text: boolean, bool: boolean): Part {
  const counts = (cols: readonly Column[], i: number): boolean => {
    if (x < 0) return true;
    const value = cols[x][i];
    return text ? value !== null : bool ? (value as number) > 0 : known(value as number);
  };
  return {
    blank: [0],
    add: (S, a, _slot, _ts, cols, i) => {
      if (counts(cols, i)) S[a] += 1;
    },
    remove: (S, a, cols, i) => {
      if (counts(cols, i)) S[a] -= 1;
    },
    merge: (S, a, _slot, from) => {
      S[a] += S[from];
    },
    write: (S, a, _slot, _call, out, o) => put(out, o, S[a]),
  };
}

/** Number, sum and sum of squares: sum, mean, population variance and standard deviation. */
export function momentsPart(x: number): Part {
  const fold = (S: Float64Array, a: number, value: number, sign: number): void => {
    if (!known(value)) return;
    S[a] += sign;
    if (S[a] === 0) {
      S.fill(0, a, a + 1 + SUM + SQUARES);
      return;
    }
    addTo(S, a + 1, sign * value);
    addSquare(S, a + 1 + SUM, value, sign);
  };
  return {
    blank: new Array<number>(1 + SUM + SQUARES).fill(0),
    add: (S, a, _slot, _ts, cols, i) => fold(S, a, (cols[x] as Float64Array)[i], 1),
    remove: (S, a, cols, i) => fold(S, a, (cols[x] as Float64Array)[i], -1),
    merge: (S, a, _slot, from) => {
      S[a] += S[from];
      addSum(S, a + 1, from + 1);
      addSquares(S, a + 1 + SUM, from + 1 + SUM);
    },
    write: (S, a, _slot, call, out, o) => {
      const n = S[a];
      if (n === 0) return put(out, o, NaN);
      switch (call.fn) {
        case 'sum': return put(out, o, sumAt(S, a + 1));
        case 'mean': return put(out, o, sumAt(S, a + 1) / n);
        case 'var': return put(out, o, variance(S, n, a + 1, a + 1 + SUM));
        default: return put(out, o, Math.sqrt(variance(S, n, a + 1, a + 1 + SUM)));
      }
    },
  };
}

/** Sum of price times size over the sum of sizes. */
export function vwapPart(price: number, size: number): Part {
  const fold = (S: Float64Array, a: number, cols: readonly Column[], i: number, sign: number): void => {
    const p = (cols[price] as Float64Array)[i];
    const v = (cols[size] as Float64Array)[i];
    if (!known(p) || !known(v)) return;
    S[a] += sign;
    if (S[a] === 0) {
      S.fill(0, a, a + 5);
      return;
    }
    addTo(S, a + 1, sign * (p * v));
    addTo(S, a + 3, sign * v);
  };
  return {
    blank: [0, 0, 0, 0, 0],
    add: (S, a, _slot, _ts, cols, i) => fold(S, a, cols, i, 1),
    remove: (S, a, cols, i) => fold(S, a, cols, i, -1),
    merge: (S, a, _slot, from) => {
      S[a] += S[from];
      addSum(S, a + 1, from + 1);
      addSum(S, a + 3, from + 3);
    },
    write: (S, a, _slot, _call, out, o) => {
      const size = sumAt(S, a + 3);
      put(out, o, size === 0 ? NaN : sumAt(S, a + 1) / size);
    },
  };
}

/** The smallest or largest value; `sign` is 1 for the largest. */
export function extremePart(x: number, sign: 1 | -1): Part {
  const fold = (S: Float64Array, a: number, value: number): void => {
    if (known(value) && !(S[a] * sign >= value * sign)) S[a] = value;
  };
  return {
    blank: [NaN],
    add: (S, a, _slot, _ts, cols, i) => fold(S, a, (cols[x] as Float64Array)[i]),
    merge: (S, a, _slot, from) => fold(S, a, S[from]),
    write: (S, a, _slot, _call, out, o) => put(out, o, S[a]),
  };
}
