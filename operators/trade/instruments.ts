import type { Instrument } from './account.ts';

/** Settings of `broker` that say what a unit of each symbol is. */
export interface InstrumentArgs {
  readonly multiplier?: number;
  readonly margin?: number | null;
  readonly tick?: number;
  readonly lot?: number;
  readonly instruments?: readonly {
    readonly symbol: string; readonly multiplier?: number; readonly margin?: number; readonly tick?: number; readonly lot?: number;
    readonly currency?: string;
  }[];
  readonly currencies?: Readonly<Record<string, string>>;
  readonly fx?: Readonly<Record<string, string>>;
}

/** Foreign currencies by number; 0 is the account's own. A currency without a rate in `fx` is taken for the account's. */
export const currenciesOf = (a: InstrumentArgs): readonly string[] => ['', ...Object.keys(a.fx ?? {}).sort()];

export interface Instruments {
  readonly instrumentOf: (key: number) => Instrument;
  /** Currency whose rate is the price of a symbol; 0 for a symbol that is none. */
  readonly fxOf: (key: number) => number;
}

/** What each symbol is, by its number among `names`. */
export function instrumentsOf(a: InstrumentArgs, names: readonly string[]): Instruments {
  const currencies = currenciesOf(a);
  const numberOf = (name: string | undefined): number => Math.max(0, currencies.indexOf(name ?? ''));
  const special = new Map((a.instruments ?? []).map((i) => [i.symbol, i]));
  const rates = new Map(Object.entries(a.fx ?? {}).map(([currency, symbol]) => [symbol, numberOf(currency)]));
  return {
    instrumentOf: (key) => {
      const symbol = names[key];
      const own = special.get(symbol);
      return {
        multiplier: own?.multiplier ?? a.multiplier ?? 1, margin: own?.margin ?? a.margin ?? NaN, tick: own?.tick ?? a.tick ?? 0.01,
        lot: own?.lot ?? a.lot ?? 1, currency: numberOf(own?.currency ?? a.currencies?.[symbol]),
      };
    },
    fxOf: (key) => (rates.size === 0 ? 0 : rates.get(names[key]) ?? 0),
  };
}
