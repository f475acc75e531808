import type { OutputRows } from '../core/connector.ts';
import { DAY } from '../core/time.ts';
import type { Schema } from '../core/types.ts';

/** Value that the market traded in a symbol on the UTC day of a time; NaN where it is not known. */
export interface TradedValue {
  on(symbol: string, ts: number): number;
}

/** Knows nothing. */
export const UNTRADED: TradedValue = Object.freeze({ on: () => NaN });

/** What several stretches know; of a day in two of them what the first knows. */
export const tradedIn = (parts: readonly TradedValue[]): TradedValue => ({
  on(symbol, ts) {
    for (const p of parts) {
      const value = p.on(symbol, ts);
      if (!Number.isNaN(value)) return value;
    }
    return NaN;
  },
});

/** Sums up what markets trade: close x volume of bars, price x size of trades. Memory grows with days and symbols, not with rows. */
export class MarketValue implements TradedValue {
  private readonly keys = new Map<string, number>();
  /** By key: days in order, and the sum of each. */
  private readonly days: number[][] = [];
  private readonly sums: number[][] = [];

  /** Rows of one market, symbol by symbol in the order of time; those without a volume add nothing. */
  add({ n, sel, ts, key, keys, cols, schema }: OutputRows & { readonly schema: Schema }): void {
    const column = (...names: string[]): Float64Array | null => {
      const at = names.map((name) => schema.findIndex((f) => f.name === name)).find((c) => c >= 0);
      return at === undefined ? null : cols[at] as Float64Array;
    };
    const price = column('close', 'price');
    const volume = column('volume', 'size');
    if (price === null || volume === null) return;
    for (let j = 0; j < n; j++) {
      const i = sel === null ? j : sel[j];
      const value = price[i] * volume[i];
      if (!(value > 0)) continue;
      const k = key[i];
      if (this.days[k] === undefined) this.know(k, keys.names[k]);
      const days = this.days[k];
      const sums = this.sums[k];
      const day = Math.floor(ts[i] / DAY);
      if (days.length === 0 || days[days.length - 1] !== day) {
        days.push(day);
        sums.push(value);
      } else sums[sums.length - 1] += value;
    }
  }

  private know(k: number, symbol: string): void {
    while (this.days.length <= k) {
      this.days.push([]);
      this.sums.push([]);
    }
    this.keys.set(symbol, k);
  }

  on(symbol: string, ts: number): number {
    const k = this.keys.get(symbol);
    if (k === undefined) return NaN;
    const at = this.days[k].lastIndexOf(Math.floor(ts / DAY));
    return at < 0 ? NaN : this.sums[k][at];
  }
}
