import type { StatisticsInput } from './input.ts';

export const UNITS = Object.freeze(['ratio', 'percent', 'money', 'days', 'count', 'bars', 'probability', 'per year'] as const);
export type Unit = (typeof UNITS)[number];

/** One number about a backtest, with all that is needed to read it. */
export interface Statistic {
  readonly name: string;
  readonly title: string;
  /** What it is about: the heading under which it is listed. */
  readonly theme: string;
  /** `percent` and `probability` are shares: 0.15 is 15 %. */
  readonly unit: Unit;
  /** In words and plain mathematics; r is a return per period, P the periods a year, rf the risk-free return of a period. */
  readonly formula: string;
  /** How it is brought to a year; null where it is not. */
  readonly annualisation: string | null;
  /** Paper, book or engine that defines it so. */
  readonly source: string;
  readonly higherIsBetter: boolean | null;
  /** null where it cannot be computed: no data, no trades, a division by zero. */
  of(input: StatisticsInput): number | null;
}

/** A statistic as it is written down: of is any number, and what is left out is not annualised. */
export interface StatisticSpec extends Omit<Statistic, 'theme' | 'annualisation' | 'of'> {
  readonly annualisation?: string;
  readonly of: (input: StatisticsInput) => number;
}

/** Statistics of one theme; what is not finite becomes null. */
export function statisticsOf(theme: string, specs: readonly StatisticSpec[]): readonly Statistic[] {
  return Object.freeze(specs.map(({ annualisation = null, of, ...spec }) => Object.freeze({
    ...spec, theme, annualisation,
    of: (input: StatisticsInput): number | null => {
      const value = of(input);
      return Number.isFinite(value) ? value : null;
    },
  })));
}
