import type { OutputRows } from '../core/connector.ts';
import { DAY } from '../core/time.ts';
import type { Schema } from '../core/types.ts';

/** Days of UTC in order, and what was traded on each. */
interface DaySums {
  readonly days: number[];
  readonly sums: number[];
}

/** Value that the market traded by symbol and UTC day: plain data, which goes from thread to thread. */
export type TradedValue = ReadonlyMap<string, DaySums>;

/** What was traded in a symbol on the UTC day of a time; NaN where it is not known. */
export function tradedOn(traded: TradedValue, symbol: string, ts: number): number {
  const of = traded.get(symbol);
  const at = of === undefined ? -1 : of.days.lastIndexOf(Math.floor(ts / DAY));
  return of === undefined || at < 0 ? NaN : of.sums[at];
}

/** What several stretches know; of a day in two of them what the last knows. */
export function tradedIn(parts: readonly TradedValue[]): TradedValue {
  const all = new Map<string, DaySums>();
  for (const part of parts) {
    for (const [symbol, { days, sums }] of part) {
      const known = all.get(symbol);
      all.set(symbol, known === undefined ? { days: [...days], sums: [...sums] }
        : { days: known.days.concat(days), sums: known.sums.concat(sums) });
    }
  }
  return all;
}

/** Sums up what markets trade: close x volume of bars, price x size of trades. Memory grows with days and symbols, not with rows. */
export class MarketValue {
  readonly traded = new Map<string, DaySums>();
  private readonly byKey: (DaySums | undefined)[] = [];

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
      const { days, sums } = this.byKey[key[i]] ?? this.know(key[i], keys.names[key[i]]);
      const day = Math.floor(ts[i] / DAY);
      if (days.length === 0 || days[days.length - 1] !== day) {
        days.push(day);
        sums.push(value);
      } else sums[sums.length - 1] += value;
    }
  }

  private know(k: number, symbol: string): DaySums {
    const of = this.traded.get(symbol) ?? { days: [], sums: [] };
    this.traded.set(symbol, of);
    this.byKey[k] = of;
    return of;
  }
}
