import { DAY } from '../../core/time.ts';
import type { BacktestRun, CostSplit, TradeRow } from '../model.ts';
import { drawdowns, type DrawdownPass } from './drawdowns.ts';
import { type Aggregate, aggregateReturns, dailyReturns, simpleReturns } from './growth.ts';
import { chosen, flat, present, type Series } from './moments.ts';
import { type ParetoTail, paretoTail } from './pareto-tail.ts';
import { gains, type Gains } from './performance.ts';
import { type DaySample, sampleDays } from './sampled-days.ts';
import { sharpeFacts, type SharpeFacts } from './sharpe-confidence.ts';
import { type TradeSums, tradeSums } from './trade-sums.ts';

/** What statistics are computed from. */
export interface StatisticsFacts {
  /** Account values and their event times; the first is the start, so there is one more of them than returns. */
  readonly ts: Float64Array;
  readonly equity: Float64Array;
  /** Value of the benchmark at the same times, null without one. */
  readonly benchmark: Float64Array | null;
  /** Returns per year. */
  readonly periodsPerYear: number;
  /** Risk-free return of a year, 0.02 for 2 %. */
  readonly riskFree: number;
  readonly capital: number;
  readonly trades: readonly TradeRow[];
  readonly costs: CostSplit;
  /** Share of rows with a position, and the worth of all fills. */
  readonly exposure: number;
  readonly turnover: number;
  /** Parameter sets tried, and the variance of their Sharpe ratios per period; null where it is not known. */
  readonly trials: number;
  readonly trialVariance: number | null;
}

/** Facts and what several statistics need of them, computed once when first asked for. */
export interface StatisticsInput extends StatisticsFacts, Derived {}

interface Derived {
  readonly returns: Float64Array;
  /** Returns of the benchmark; all NaN without one. */
  readonly benchmarkReturns: Float64Array;
  /** Risk-free return of one period: (1 + riskFree) ^ (1 / periodsPerYear) - 1. */
  readonly rate: number;
  /** Does the account never move, or always by the same share? Then a ratio over its deviation means nothing. */
  readonly constant: boolean;
  readonly days: number;
  readonly sorted: Float64Array;
  readonly drawdowns: DrawdownPass;
  /** Distances below the high at the end of each return. */
  readonly below: Float64Array;
  readonly tradeSums: TradeSums;
  readonly sample: DaySample;
  readonly gains: Gains;
  readonly sharpeFacts: SharpeFacts;
  readonly tail: ParetoTail | null;
  readonly daily: Float64Array;
  readonly months: readonly Aggregate[];
  readonly years: readonly Aggregate[];
}

const NO_COSTS: CostSplit = Object.freeze({ commission: 0, slippage: 0, borrow: 0, funding: 0, interest: 0, total: 0 });

/** The values of `make`, each computed when it is first read. */
function lazily<T extends object>(make: { readonly [K in keyof T]: () => T[K] }): T {
  const out = {};
  for (const name of Object.keys(make) as (keyof T)[]) {
    Object.defineProperty(out, name, {
      configurable: true, enumerable: true,
      get() {
        const value = make[name]();
        Object.defineProperty(out, name, { value, enumerable: true });
        return value;
      },
    });
  }
  return out as T;
}

/** The input of facts; what is left out is none of it. */
export function statisticsInput(facts: Pick<StatisticsFacts, 'ts' | 'equity'> & Partial<StatisticsFacts>): StatisticsInput {
  const full: StatisticsFacts = {
    benchmark: null, periodsPerYear: 252, riskFree: 0, capital: facts.equity[0] ?? NaN, trades: [], costs: NO_COSTS, exposure: NaN,
    turnover: NaN, trials: 1, trialVariance: null, ...facts,
  };
  const { ts, equity, trades, benchmark } = full;
  const later = ts.subarray(1);
  const derived: Derived = lazily<Derived>({
    returns: () => simpleReturns(equity),
    benchmarkReturns: () => (benchmark === null ? derived.returns.map(() => NaN) : simpleReturns(benchmark)),
    rate: () => (1 + full.riskFree) ** (1 / full.periodsPerYear) - 1,
    constant: () => flat(derived.returns),
    days: () => (ts.length === 0 ? 0 : (ts[ts.length - 1] - ts[0]) / DAY),
    sorted: () => present(derived.returns).sort(),
    drawdowns: () => drawdowns(ts, equity),
    below: () => derived.drawdowns.curve.subarray(1),
    tradeSums: () => tradeSums(trades, full.capital),
    sample: () => sampleDays(ts, equity),
    gains: () => gains(derived.returns),
    sharpeFacts: () => sharpeFacts(derived.returns, derived.rate),
    tail: () => paretoTail(derived.sorted),
    daily: () => dailyReturns(later, derived.returns),
    months: () => aggregateReturns(later, derived.returns, 'monthly'),
    years: () => aggregateReturns(later, derived.returns, 'yearly'),
  });
  return Object.assign(derived, full);
}

/** The parts of a run that statistics read. */
export type MeasuredRun = Pick<BacktestRun,
  'curve' | 'periodsPerYear' | 'capital' | 'trades' | 'costs' | 'exposure' | 'turnover' | 'trials'>;

/** The input of a finished run; a benchmark without two values is none. */
export function inputOf(run: MeasuredRun, more: Partial<Pick<StatisticsFacts, 'riskFree' | 'trialVariance'>> = {}): StatisticsInput {
  const { ts, equity, benchmark } = run.curve;
  const compared = chosen(benchmark as Series, (x) => !Number.isNaN(x)).length > 1;
  return statisticsInput({
    ts, equity, benchmark: compared ? benchmark : null, periodsPerYear: run.periodsPerYear, capital: run.capital, trades: run.trades,
    costs: run.costs, exposure: run.exposure, turnover: run.turnover, trials: run.trials, ...more,
  });
}
