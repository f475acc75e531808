import { ulcerIndex } from '../drawdowns.ts';
import { cumReturnsFinal } from '../growth.ts';
import type { StatisticsInput } from '../input.ts';
import { deviation, mean, sum } from '../moments.ts';
import {
  annualReturn, autocorrelationPenalty, calmar, maxDrawdown, omega, type Rate, sharpe, sortino, tailRatioOfSorted,
} from '../performance.ts';
import { statisticsOf } from '../statistic.ts';
import { kelly } from '../trade-sums.ts';
import { shortfallBelowNormal } from './risk.ts';

const rate = (i: StatisticsInput): Rate => ({ riskFree: i.rate, periods: i.periodsPerYear });

const payoff = (i: StatisticsInput): number => i.gains.meanWin / i.gains.meanLoss;
const factor = (i: StatisticsInput): number => i.gains.won / i.gains.lost;
const steady = (i: StatisticsInput, value: () => number): number => (i.constant ? NaN : value());
const riskless = (i: StatisticsInput): number => i.riskFree;

/** Depth of the drawdowns' own tail per deviation of returns: the pitfall of the serenity index. */
const pitfall = (i: StatisticsInput): number => -shortfallBelowNormal(i.below.map((d) => -d)) / deviation(i.returns);

export const RATIOS = statisticsOf('Ratios of return to risk', [
  { name: 'sharpe', title: 'Sharpe ratio', unit: 'ratio', formula: 'mean(r - rf) / std(r - rf) sqrt(P), std of a sample (n - 1)',
    annualisation: 'times sqrt(P)', source: 'Sharpe (1994); empyrical sharpe_ratio, quantstats sharpe', higherIsBetter: true,
    of: (i) => steady(i, () => sharpe(i.returns, rate(i))) },
  { name: 'sortino', title: 'Sortino ratio', unit: 'ratio', formula: 'P mean(r - rf) / (sqrt(mean(min(r - rf, 0)^2)) sqrt(P))',
    annualisation: 'P over sqrt(P)', source: 'Sortino and van der Meer (1991); empyrical sortino_ratio', higherIsBetter: true,
    of: (i) => sortino(i.returns, rate(i)) },
  { name: 'adjusted_sortino', title: 'Adjusted Sortino ratio', unit: 'ratio', formula: 'sortino / sqrt(2)', annualisation: 'as sortino',
    source: 'Schwager; quantstats adjusted_sortino', higherIsBetter: true, of: (i) => sortino(i.returns, rate(i)) / Math.SQRT2 },
  { name: 'smart_sharpe', title: 'Sharpe ratio less autocorrelation', unit: 'ratio', formula: 'sharpe / autocorrelation_penalty',
    annualisation: 'as sharpe', source: 'quantstats smart_sharpe', higherIsBetter: true,
    of: (i) => steady(i, () => sharpe(i.returns, rate(i)) / autocorrelationPenalty(i.returns)) },
  { name: 'smart_sortino', title: 'Sortino ratio less autocorrelation', unit: 'ratio', formula: 'sortino / autocorrelation_penalty',
    annualisation: 'as sortino', source: 'quantstats smart_sortino', higherIsBetter: true,
    of: (i) => steady(i, () => sortino(i.returns, rate(i)) / autocorrelationPenalty(i.returns)) },
  { name: 'calmar', title: 'Calmar ratio', unit: 'ratio', formula: 'annual_return / max_drawdown', annualisation: 'as annual_return',
    source: 'Young (1991); empyrical calmar_ratio', higherIsBetter: true, of: (i) => calmar(i.returns, i.periodsPerYear) },
  { name: 'omega', title: 'Omega ratio', unit: 'ratio', formula: 'sum of max(r - rf, 0) / sum of max(rf - r, 0)',
    source: 'Keating and Shadwick (2002); empyrical omega_ratio', higherIsBetter: true,
    of: (i) => omega(i.returns, { riskFree: i.rate }) },
  { name: 'gain_to_pain', title: 'Gain to pain ratio', unit: 'ratio', formula: 'sum of r / size of the sum of r below 0',
    source: 'Schwager (2012); quantstats gain_to_pain_ratio', higherIsBetter: true, of: (i) => sum(i.returns) / i.gains.lost },
  { name: 'gain_to_pain_months', title: 'Gain to pain ratio of months', unit: 'ratio',
    formula: 'sum of monthly returns / size of the sum of those below 0', source: 'Schwager (2012)', higherIsBetter: true,
    of: ({ months }) => sum(months.map((m) => m.value)) / -sum(months.map((m) => Math.min(0, m.value))) },
  { name: 'recovery_factor', title: 'Recovery factor', unit: 'ratio', formula: 'size of the sum of r / max_drawdown',
    source: 'quantstats recovery_factor', higherIsBetter: true, of: (i) => Math.abs(sum(i.returns)) / -maxDrawdown(i.returns) },
  { name: 'return_over_drawdown', title: 'Return over drawdown', unit: 'ratio', formula: 'net profit / largest fall in money',
    source: 'MetaTrader recovery factor', higherIsBetter: true,
    of: (i) => (i.equity[i.equity.length - 1] - i.equity[0]) / i.drawdowns.list.reduce((a, d) => Math.max(a, d.money), 0) },
  { name: 'ulcer_performance', title: 'Ulcer performance index', unit: 'ratio', formula: '(total return - risk-free) / ulcer_index',
    source: 'quantstats ulcer_performance_index', higherIsBetter: true,
    of: (i) => (cumReturnsFinal(i.returns) - riskless(i)) / ulcerIndex(i.below) },
  { name: 'martin', title: 'Martin ratio', unit: 'ratio', formula: '(annual_return - risk-free) / ulcer_index',
    annualisation: 'as annual_return', source: 'Martin and McCann (1989)', higherIsBetter: true,
    of: (i) => (annualReturn(i.returns, i.periodsPerYear) - riskless(i)) / ulcerIndex(i.below) },
  { name: 'pain_ratio', title: 'Pain ratio', unit: 'ratio', formula: '(annual_return - risk-free) / pain_index',
    annualisation: 'as annual_return', source: 'Zephyr Associates (2006)', higherIsBetter: true,
    of: (i) => (annualReturn(i.returns, i.periodsPerYear) - riskless(i)) / mean(i.below) },
  { name: 'sterling', title: 'Sterling ratio', unit: 'ratio', formula: 'annual_return / (average_drawdown + 0.1)',
    annualisation: 'as annual_return', source: 'Kestner (1996)', higherIsBetter: true,
    of: (i) => annualReturn(i.returns, i.periodsPerYear) / (mean(i.drawdowns.list.map((d) => d.depth)) + 0.1) },
  { name: 'burke', title: 'Burke ratio', unit: 'ratio', formula: '(annual_return - risk-free) / sqrt(sum of squared depths of drawdowns)',
    annualisation: 'as annual_return', source: 'Burke (1994)', higherIsBetter: true,
    of: (i) => (annualReturn(i.returns, i.periodsPerYear) - riskless(i)) / Math.sqrt(sum(i.drawdowns.list.map((d) => d.depth ** 2))) },
  { name: 'serenity', title: 'Serenity index', unit: 'ratio',
    formula: 'sum of r / (ulcer_index pitfall), pitfall the mean drawdown beyond its normal 95 % over std(r)',
    source: 'KeyQuant; quantstats serenity_index (up to 0.0.82)', higherIsBetter: true,
    of: (i) => steady(i, () => (sum(i.returns) - riskless(i)) / (ulcerIndex(i.below) * pitfall(i))) },
  { name: 'payoff_periods', title: 'Payoff of periods', unit: 'ratio', formula: 'mean r above 0 / size of the mean r below 0',
    source: 'quantstats payoff_ratio', higherIsBetter: true, of: payoff },
  { name: 'profit_factor_periods', title: 'Profit factor of periods', unit: 'ratio', formula: 'sum of r above 0 / size of the sum below 0',
    source: 'quantstats profit_factor', higherIsBetter: true, of: factor },
  { name: 'win_rate_periods', title: 'Winning periods', unit: 'percent', formula: 'periods with r above 0 / periods with r not 0',
    source: 'quantstats win_rate', higherIsBetter: true, of: (i) => i.gains.share },
  { name: 'kelly_periods', title: 'Kelly share of periods', unit: 'percent', formula: 'W - (1 - W) / payoff_periods, W the winning periods',
    source: 'Kelly (1956); quantstats kelly_criterion', higherIsBetter: true,
    of: (i) => kelly(i.gains.share, i.gains.meanWin, i.gains.meanLoss) },
  { name: 'common_sense', title: 'Common sense ratio', unit: 'ratio', formula: 'profit_factor_periods tail_ratio',
    source: 'quantstats common_sense_ratio', higherIsBetter: true, of: (i) => factor(i) * tailRatioOfSorted(i.sorted) },
  { name: 'cpc_index', title: 'CPC index', unit: 'ratio', formula: 'profit_factor_periods win_rate_periods payoff_periods',
    source: 'quantstats cpc_index', higherIsBetter: true, of: (i) => factor(i) * i.gains.share * payoff(i) },
]);
