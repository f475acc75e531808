import type { StatisticsInput } from '../input.ts';
import type { Statistic } from '../statistic.ts';
import { BENCHMARK } from './benchmark.ts';
import { COSTS } from './costs.ts';
import { DISTRIBUTION } from './distribution.ts';
import { DRAWDOWN } from './drawdown.ts';
import { BALANCE, GEOMETRIC } from './engine-variants.ts';
import { OVERFITTING } from './overfitting.ts';
import { RATIOS } from './ratios.ts';
import { RETURNS } from './returns.ts';
import { RISK } from './risk.ts';
import { TRADES } from './trades.ts';

/** All statistics, theme by theme. */
export const STATISTICS: readonly Statistic[] = Object.freeze([
  RETURNS, RISK, DRAWDOWN, RATIOS, TRADES, BENCHMARK, COSTS, DISTRIBUTION, OVERFITTING, GEOMETRIC, BALANCE,
].flat());

const BY_NAME: ReadonlyMap<string, Statistic> = new Map(STATISTICS.map((s) => [s.name, s]));

export const statisticNamed = (name: string): Statistic | undefined => BY_NAME.get(name);

/** Every statistic of an input, or those named, by name; null where one cannot be computed. */
export function statistics(input: StatisticsInput, names: Iterable<string> = BY_NAME.keys()): Record<string, number | null> {
  return Object.fromEntries([...names].map((name) => [name, BY_NAME.get(name)?.of(input) ?? null]));
}
