import type { BacktestRun } from '../backtest/model.ts';
import type { MonteCarlo } from '../backtest/report/extras.ts';
import { metricText } from '../backtest/report/metric.ts';
import { simpleReturns } from '../backtest/statistics/growth.ts';
import {
  PERCENTILES, returnMonteCarlo, tradeMonteCarlo, type MonteCarloResult, type Spread,
} from '../backtest/statistics/overfitting/monte-carlo.ts';
import { tradeSums } from '../backtest/statistics/trade-sums.ts';
import type { BacktestDecl } from '../language/document.ts';
import { METRIC_DOCS } from './backtest-extras.ts';

export interface MonteCarloFinding {
  readonly shown: MonteCarlo;
  readonly json: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

type Settings = NonNullable<BacktestDecl['monteCarlo']>;

const DEFAULTS: Settings = Object.freeze<Settings>({ runs: 1000, method: 'trades', block: 20 });

/** What the file and `--monte-carlo` ask for; null where neither does. */
export function monteCarloOf(declared: Settings | null, flag: boolean, runs: number | null): Settings | null {
  if (declared === null && !flag) return null;
  const base = declared ?? DEFAULTS;
  return runs === null ? base : { ...base, runs };
}

const shares = (s: Spread): Record<string, number> => Object.fromEntries(PERCENTILES.map((p) => [`p${p}`, s[p]]));

/** Percentiles that the picture shows. */
const BANDS = [5, 25, 50, 75, 95] as const;

/** How far the result of a run may be luck: other histories of its trades or its returns. Null where it has none. */
export function monteCarloFinding(run: BacktestRun, settings: Settings): MonteCarloFinding | null {
  const { capital, seed, curve, periodsPerYear } = run;
  const { runs, method, block } = settings;
  const byTrades = method === 'trades';
  const steps = byTrades ? tradeSums(run.trades, capital).ofBalance : simpleReturns(curve.equity);
  const found = byTrades ? tradeMonteCarlo(steps, 'bootstrap', { capital, runs, seed })
    : returnMonteCarlo(steps, { capital, runs, seed, block, periodsPerYear });
  if (found === null) return null;
  const sentence = byTrades ? `Its ${steps.length} trades drawn again with repetition.`
    : `Its returns drawn again in blocks of ${block} periods on average.`;
  return { shown: picture(found, run, steps, sentence, byTrades), json: summary(found, settings, seed), lines: linesOf(found, sentence) };
}

function picture(found: MonteCarloResult, run: BacktestRun, steps: ArrayLike<number>, method: string, byTrades: boolean): MonteCarlo {
  const { capital, curve, seed } = run;
  let value = capital;
  let at = 0;
  const actual = found.fan.map(({ step }) => {
    for (; at < step; at++) value *= 1 + (Number.isNaN(steps[at]) ? 0 : steps[at]);
    return value;
  });
  return {
    method, paths: found.runs, seed, xKind: byTrades ? 'step' : 'time',
    x: [byTrades ? 0 : curve.ts[0], ...found.fan.map(({ step }) => (byTrades ? step : curve.ts[step]))],
    quantiles: BANDS.map((p) => ({ share: p / 100, values: [capital, ...found.fan.map(({ equity }) => equity[p])] })),
    actual: [capital, ...actual],
    figures: figuresOf(found).map(([name, text]) => ({ name, value: text })),
  };
}

const share = (x: number): string => metricText('max_drawdown', x, METRIC_DOCS);
const money = (x: number): string => metricText('final_equity', x, { final_equity: { title: 'Final equity', unit: 'money' } });

function figuresOf({ finalEquity, maxDrawdown, probabilityOfLoss, probabilityOfRuin }: MonteCarloResult): [name: string, value: string][] {
  return [
    ['Account at the end (5, 50, 95 %)', [5, 50, 95].map((p) => money(finalEquity[p as 5])).join(', ')],
    ['Max drawdown (5, 50, 95 %)', [5, 50, 95].map((p) => share(maxDrawdown[p as 5])).join(', ')],
    ['Probability of a loss', share(probabilityOfLoss)], ['Probability of losing half', share(probabilityOfRuin)],
  ];
}

const summary = (found: MonteCarloResult, { method, block }: Settings, seed: number): Readonly<Record<string, unknown>> => ({
  method, ...(method === 'blocks' ? { block } : {}), runs: found.runs, seed, final_equity: shares(found.finalEquity),
  max_drawdown: shares(found.maxDrawdown), probability_of_loss: found.probabilityOfLoss, probability_of_ruin: found.probabilityOfRuin,
});

const linesOf = (found: MonteCarloResult, sentence: string): string[] => [
  `Monte Carlo: ${found.runs} histories. ${sentence}`, ...figuresOf(found).map(([name, text]) => `  ${name.padEnd(33)} ${text}`),
];
