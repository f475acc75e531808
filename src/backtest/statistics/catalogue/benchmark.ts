import { alpha, battingAverage, beta, betaFragility, downCapture, linearAlpha, logBeta, totalAlpha, totalTreynor, upCapture, upDownCapture,
} from '../factor.ts';
import { cumReturnsFinal } from '../growth.ts';
import type { StatisticsInput } from '../input.ts';
import { correlation, deviation, flat } from '../moments.ts';
import { annualReturn, annualVolatility, excess, excessSharpe, maxDrawdown, type Rate, sharpe } from '../performance.ts';
import { statisticsOf } from '../statistic.ts';

const rate = (i: StatisticsInput): Rate => ({ riskFree: i.rate, periods: i.periodsPerYear });
const without = (i: StatisticsInput): boolean => i.benchmark === null;
const compared = (i: StatisticsInput, value: () => number): number => (without(i) ? NaN : value());
const active = (i: StatisticsInput): ReturnType<typeof excess> => excess(i.returns, i.benchmarkReturns);
const moving = (i: StatisticsInput, value: () => number): number => (without(i) || flat(active(i)) ? NaN : value());
const benchmarkTotal = (i: StatisticsInput): number => cumReturnsFinal(i.benchmarkReturns);

export const BENCHMARK = statisticsOf('Against the benchmark', [
  { name: 'benchmark_return', title: 'Return of the benchmark', unit: 'percent', formula: 'last value / first value - 1 of the benchmark',
    source: 'backtesting.py Buy & Hold Return', higherIsBetter: null, of: (i) => compared(i, () => benchmarkTotal(i)) },
  { name: 'benchmark_annual_return', title: 'Annual return of the benchmark', unit: 'percent', formula: 'annual_return of the benchmark',
    annualisation: 'as annual_return', source: 'empyrical annual_return', higherIsBetter: null,
    of: (i) => compared(i, () => annualReturn(i.benchmarkReturns, i.periodsPerYear)) },
  { name: 'benchmark_volatility', title: 'Volatility of the benchmark', unit: 'percent', formula: 'volatility of the benchmark',
    annualisation: 'times sqrt(P)', source: 'empyrical annual_volatility', higherIsBetter: null,
    of: (i) => compared(i, () => annualVolatility(i.benchmarkReturns, i.periodsPerYear)) },
  { name: 'benchmark_sharpe', title: 'Sharpe ratio of the benchmark', unit: 'ratio', formula: 'sharpe of the benchmark',
    annualisation: 'times sqrt(P)', source: 'empyrical sharpe_ratio', higherIsBetter: null,
    of: (i) => (without(i) || flat(i.benchmarkReturns) ? NaN : sharpe(i.benchmarkReturns, rate(i))) },
  { name: 'benchmark_max_drawdown', title: 'Drawdown of the benchmark', unit: 'percent', formula: 'max_drawdown of the benchmark',
    source: 'empyrical max_drawdown', higherIsBetter: null, of: (i) => compared(i, () => -maxDrawdown(i.benchmarkReturns)) },
  { name: 'excess_return', title: 'Excess return', unit: 'percent', formula: 'total_return - benchmark_return', source: 'by definition',
    higherIsBetter: true, of: (i) => compared(i, () => cumReturnsFinal(i.returns) - benchmarkTotal(i)) },
  { name: 'excess_return_annual', title: 'Excess return a year', unit: 'percent', formula: 'annual_return - benchmark_annual_return',
    annualisation: 'as annual_return', source: 'by definition', higherIsBetter: true,
    of: (i) => compared(i, () => annualReturn(i.returns, i.periodsPerYear) - annualReturn(i.benchmarkReturns, i.periodsPerYear)) },
  { name: 'alpha', title: 'Alpha', unit: 'percent', formula: '(1 + mean((r - rf) - beta (b - rf)))^P - 1',
    annualisation: 'to the power of P', source: 'Jensen (1968); empyrical alpha', higherIsBetter: true,
    of: (i) => compared(i, () => alpha(i.returns, i.benchmarkReturns, rate(i))) },
  { name: 'beta', title: 'Beta', unit: 'ratio', formula: 'cov(r, b) / var(b)', source: 'empyrical beta; quantstats greeks',
    higherIsBetter: null, of: (i) => compared(i, () => beta(i.returns, i.benchmarkReturns, rate(i))) },
  { name: 'alpha_linear', title: 'Alpha, not compounded', unit: 'percent', formula: '(mean(r) - beta mean(b)) P', annualisation: 'times P',
    source: 'quantstats greeks', higherIsBetter: true,
    of: (i) => compared(i, () => linearAlpha(i.returns, i.benchmarkReturns, i.periodsPerYear)) },
  { name: 'beta_log', title: 'Beta of log returns', unit: 'ratio', formula: 'cov(log(1 + r), log(1 + b)) / var(log(1 + b))',
    source: 'backtesting.py Beta', higherIsBetter: null, of: (i) => (i.benchmark === null ? NaN : logBeta(i.equity, i.benchmark)) },
  { name: 'alpha_total', title: 'Alpha of the whole time', unit: 'percent',
    formula: 'total_return - risk-free - beta_log (benchmark_return - risk-free)', source: 'backtesting.py Alpha', higherIsBetter: true,
    of: (i) => (i.benchmark === null ? NaN
      : totalAlpha(cumReturnsFinal(i.returns), logBeta(i.equity, i.benchmark), benchmarkTotal(i), i.riskFree)) },
  { name: 'correlation', title: 'Correlation', unit: 'ratio', formula: 'Pearson correlation of r and b', source: 'by definition',
    higherIsBetter: null, of: (i) => compared(i, () => correlation(i.returns, i.benchmarkReturns)) },
  { name: 'r_squared', title: 'R squared', unit: 'ratio', formula: 'correlation^2', source: 'quantstats r_squared', higherIsBetter: null,
    of: (i) => compared(i, () => correlation(i.returns, i.benchmarkReturns) ** 2) },
  { name: 'tracking_error', title: 'Tracking error', unit: 'percent', formula: 'std(r - b) sqrt(P)', annualisation: 'times sqrt(P)',
    source: 'Lean Tracking Error', higherIsBetter: false,
    of: (i) => compared(i, () => deviation(active(i)) * Math.sqrt(i.periodsPerYear)) },
  { name: 'information_ratio', title: 'Information ratio', unit: 'ratio', formula: 'mean(r - b) / std(r - b) sqrt(P)',
    annualisation: 'times sqrt(P)', source: 'Grinold and Kahn (1999); Lean Information Ratio', higherIsBetter: true,
    of: (i) => moving(i, () => excessSharpe(i.returns, i.benchmarkReturns) * Math.sqrt(i.periodsPerYear)) },
  { name: 'excess_sharpe', title: 'Excess Sharpe', unit: 'ratio', formula: 'mean(r - b) / std(r - b), of a period',
    source: 'empyrical excess_sharpe; quantstats information_ratio', higherIsBetter: true,
    of: (i) => moving(i, () => excessSharpe(i.returns, i.benchmarkReturns)) },
  { name: 'treynor', title: 'Treynor ratio', unit: 'percent', formula: '(annual_return - risk-free) / beta',
    annualisation: 'as annual_return', source: 'Treynor (1965)', higherIsBetter: true, of: (i) => compared(i, () =>
      (annualReturn(i.returns, i.periodsPerYear) - i.riskFree) / beta(i.returns, i.benchmarkReturns, rate(i))) },
  { name: 'treynor_total', title: 'Treynor ratio of the whole time', unit: 'percent', formula: '(total_return - risk-free) / beta',
    source: 'quantstats treynor_ratio', higherIsBetter: true,
    of: (i) => compared(i, () => totalTreynor(i.returns, i.benchmarkReturns, i.riskFree)) },
  { name: 'up_capture', title: 'Up capture', unit: 'ratio',
    formula: 'annual return over that of the benchmark, of periods in which it rose', annualisation: 'as annual_return',
    source: 'empyrical up_capture', higherIsBetter: true,
    of: (i) => compared(i, () => upCapture(i.returns, i.benchmarkReturns, i.periodsPerYear)) },
  { name: 'down_capture', title: 'Down capture', unit: 'ratio',
    formula: 'annual return over that of the benchmark, of periods in which it fell', annualisation: 'as annual_return',
    source: 'empyrical down_capture', higherIsBetter: false,
    of: (i) => compared(i, () => downCapture(i.returns, i.benchmarkReturns, i.periodsPerYear)) },
  { name: 'capture_ratio', title: 'Capture ratio', unit: 'ratio', formula: 'up_capture / down_capture', annualisation: 'as annual_return',
    source: 'empyrical up_down_capture', higherIsBetter: true,
    of: (i) => compared(i, () => upDownCapture(i.returns, i.benchmarkReturns, i.periodsPerYear)) },
  { name: 'batting_average', title: 'Batting average', unit: 'percent', formula: 'periods with r above b / all', source: 'by definition',
    higherIsBetter: true, of: (i) => compared(i, () => battingAverage(i.returns, i.benchmarkReturns)) },
  { name: 'beta_fragility', title: 'Beta fragility', unit: 'percent',
    formula: 'weighted r at the lowest and highest b, less r at the middle b', source: 'IMF working paper 12/216; empyrical '
      + 'beta_fragility_heuristic', higherIsBetter: true, of: (i) => compared(i, () => betaFragility(i.returns, i.benchmarkReturns)) },
]);
