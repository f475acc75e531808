import type { Column } from '../../src/core/frame.ts';
import { known, type Beside, type Part } from './parts.ts';

/** Values by record number, which a snapshot copies. */
function beside<T>(): Beside & { readonly at: (T | undefined)[] } {
  const at: (T | undefined)[] = [];
  return {
    at,
    clear: (slot) => {
      if (slot < at.length) at[slot] = undefined;
    },
    save: () => at.slice(),
    load: (saved) => {
      at.length = 0;
      for (const value of saved as (T | undefined)[]) at.push(value);
    },
  };
}

/** The value that is not null of the earliest or latest row; of rows at the same time, of the one that came first or last. */
export function edgePart(x: number, last: boolean, text: boolean): Part {
  const texts = beside<string>();
  const closer = (a: number, b: number): boolean => (last ? a >= b : a < b);
  return {
    blank: [last ? -Infinity : Infinity, NaN],
    add: (S, a, slot, ts, cols, i) => {
      const value = cols[x][i];
      if (text ? value === null : !known(value as number)) return;
      if (!closer(ts, S[a])) return;
      S[a] = ts;
      if (text) texts.at[slot] = value as string;
      else S[a + 1] = value as number;
    },
    merge: (S, a, slot, from, fromSlot) => {
      if (!closer(S[from], S[a])) return;
      S[a] = S[from];
      S[a + 1] = S[from + 1];
      if (text) texts.at[slot] = texts.at[fromSlot];
    },
    write: (S, a, slot, _call, out, o) => {
      if (out instanceof Float64Array) out[o] = S[a + 1];
      else out[o] = texts.at[slot] ?? null;
    },
    beside: texts,
  };
}

interface Values {
  n: number;
  a: Float64Array;
}

/** All values of the window, for quantiles; sorted when one is asked for. Takes 8 bytes a row. */
export function valuesPart(x: number): Part {
  const lists = beside<Values>();
  const listOf = (slot: number): Values => (lists.at[slot] ??= { n: 0, a: new Float64Array(16) });
  const append = (list: Values, from: Float64Array, n: number): void => {
    if (list.n + n > list.a.length) {
      const a = new Float64Array(Math.max(2 * list.a.length, list.n + n));
      a.set(list.a);
      list.a = a;
    }
    for (let k = 0; k < n; k++) list.a[list.n + k] = from[k];
    list.n += n;
  };
  const one = new Float64Array(1);
  return {
    blank: [],
    add: (_S, _a, slot, _ts, cols, i) => {
      one[0] = (cols[x] as Float64Array)[i];
      if (known(one[0])) append(listOf(slot), one, 1);
    },
    merge: (_S, _a, slot, _from, fromSlot) => {
      const from = lists.at[fromSlot];
      if (from !== undefined) append(listOf(slot), from.a, from.n);
    },
    write: (_S, _a, slot, call, out, o) => {
      const list = lists.at[slot];
      const sorted = list?.a.subarray(0, list.n).sort();
      (out as Float64Array)[o] = sorted === undefined ? NaN : quantileOf(sorted, sorted.length, call.fn === 'median' ? 0.5 : call.param);
    },
    beside: lists,
  };
}

/** Quantile of the first `n` of sorted values, linear between neighbours (type 7 of Hyndman and Fan); NaN of none. */
export function quantileOf(sorted: Float64Array, n: number, p: number): number {
  if (n === 0) return NaN;
  const place = (n - 1) * p;
  const below = Math.floor(place);
  const low = sorted[below];
  return below === place ? low : low + (sorted[below + 1] - low) * (place - below);
}

/** How many different values; takes memory for each of them. */
export function distinctPart(x: number): Part {
  const sets = beside<Set<number | string>>();
  const setOf = (slot: number): Set<number | string> => (sets.at[slot] ??= new Set());
  return {
    blank: [],
    add: (_S, _a, slot, _ts, cols, i) => {
      const value = distinctValue(cols[x], i);
      if (value !== null) setOf(slot).add(value);
    },
    merge: (_S, _a, slot, _from, fromSlot) => {
      const from = sets.at[fromSlot];
      if (from !== undefined) for (const value of from) setOf(slot).add(value);
    },
    write: (_S, _a, slot, _call, out, o) => {
      (out as Float64Array)[o] = sets.at[slot]?.size ?? 0;
    },
    beside: sets,
  };
}

/** A value to tell apart; null for a null. */
export function distinctValue(col: Column, i: number): number | string | null {
  const value = col[i];
  return typeof value === 'string' ? value : value !== null && known(value) ? value : null;
}
