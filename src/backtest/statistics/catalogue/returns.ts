import type { Aggregate } from '../growth.ts';
import { aggregateReturns, cumReturnsFinal } from '../growth.ts';
import type { StatisticsInput } from '../input.ts';
import { chosen, count, mean, quantileOfSorted, sum } from '../moments.ts';
import { annualReturn } from '../performance.ts';
import { statisticsOf } from '../statistic.ts';

const total = ({ equity }: StatisticsInput): number => (equity.length < 2 ? NaN : equity[equity.length - 1] / equity[0] - 1);

const grown = (i: StatisticsInput, yearDays: number): number => (1 + total(i)) ** (yearDays / i.days) - 1;

const values = (parts: readonly Aggregate[]): Float64Array => Float64Array.from(parts, (p) => p.value);
const best = (x: Float64Array): number => (x.length === 0 ? NaN : Math.max(...x));
const worst = (x: Float64Array): number => (x.length === 0 ? NaN : Math.min(...x));
const winning = (x: Float64Array): number => chosen(x, (v) => v > 0).length / chosen(x, (v) => v !== 0 && !Number.isNaN(v)).length;

const quarters = (i: StatisticsInput): Float64Array => values(aggregateReturns(i.ts.subarray(1), i.returns, 'quarterly'));

const POWER = 'to the power of P over the number of returns';

export const RETURNS = statisticsOf('Returns', [
  { name: 'total_return', title: 'Total return', unit: 'percent', formula: 'last value / first value - 1', source: 'by definition',
    higherIsBetter: true, of: total },
  { name: 'net_profit', title: 'Net profit', unit: 'money', formula: 'last value - first value', source: 'by definition',
    higherIsBetter: true, of: ({ equity }) => equity[equity.length - 1] - equity[0] },
  { name: 'final_equity', title: 'Final equity', unit: 'money', formula: 'last account value, open positions at their last price',
    source: 'by definition', higherIsBetter: true, of: ({ equity }) => equity[equity.length - 1] },
  { name: 'peak_equity', title: 'Peak equity', unit: 'money', formula: 'highest account value', source: 'by definition',
    higherIsBetter: true, of: ({ equity }) => equity.reduce((a, b) => Math.max(a, b), -Infinity) },
  { name: 'low_equity', title: 'Lowest equity', unit: 'money', formula: 'lowest account value', source: 'by definition',
    higherIsBetter: true, of: ({ equity }) => equity.reduce((a, b) => Math.min(a, b), Infinity) },
  { name: 'days', title: 'Calendar days', unit: 'days', formula: 'time from the first value to the last', source: 'by definition',
    higherIsBetter: null, of: (i) => i.days },
  { name: 'periods', title: 'Periods', unit: 'count', formula: 'number of returns', source: 'by definition', higherIsBetter: null,
    of: (i) => count(i.returns) },
  { name: 'cagr', title: 'Compound annual growth', unit: 'percent', formula: '(last / first) ^ (365.25 / days) - 1',
    annualisation: 'calendar years of 365.25 days', source: 'backtesting.py CAGR', higherIsBetter: true, of: (i) => grown(i, 365.25) },
  { name: 'cagr_365', title: 'Compound annual growth, 365 days', unit: 'percent', formula: '(last / first) ^ (365 / days) - 1',
    annualisation: 'calendar years of 365 days', source: 'Lean Compounding Annual Return', higherIsBetter: true,
    of: (i) => grown(i, 365) },
  { name: 'annual_return', title: 'Annual return', unit: 'percent', formula: '(last / first) ^ (P / number of returns) - 1',
    annualisation: POWER, source: 'empyrical annual_return; quantstats cagr', higherIsBetter: true,
    of: (i) => annualReturn(i.returns, i.periodsPerYear) },
  { name: 'mean_return', title: 'Mean return', unit: 'percent', formula: 'sum of r / n', source: 'by definition', higherIsBetter: true,
    of: (i) => mean(i.returns) },
  { name: 'mean_return_annual', title: 'Mean return a year', unit: 'percent', formula: 'P mean(r), without compounding',
    annualisation: 'times P', source: 'Sharpe (1994)', higherIsBetter: true, of: (i) => mean(i.returns) * i.periodsPerYear },
  { name: 'median_return', title: 'Median return', unit: 'percent', formula: 'middle of the sorted r', source: 'by definition',
    higherIsBetter: true, of: (i) => quantileOfSorted(i.sorted, 0.5) },
  { name: 'expected_return', title: 'Expected return', unit: 'percent', formula: '(last / first) ^ (1 / n) - 1: geometric mean per period',
    source: 'quantstats expected_return', higherIsBetter: true, of: (i) => (1 + cumReturnsFinal(i.returns)) ** (1 / i.returns.length) - 1 },
  { name: 'expected_return_month', title: 'Expected return of a month', unit: 'percent',
    formula: 'geometric mean of the returns of calendar months', source: 'quantstats expected_return', higherIsBetter: true,
    of: (i) => (1 + total(i)) ** (1 / i.months.length) - 1 },
  { name: 'expected_return_year', title: 'Expected return of a year', unit: 'percent',
    formula: 'geometric mean of the returns of calendar years', source: 'quantstats expected_return', higherIsBetter: true,
    of: (i) => (1 + total(i)) ** (1 / i.years.length) - 1 },
  { name: 'best_period', title: 'Best period', unit: 'percent', formula: 'largest r', source: 'by definition', higherIsBetter: true,
    of: (i) => i.sorted[i.sorted.length - 1] },
  { name: 'worst_period', title: 'Worst period', unit: 'percent', formula: 'smallest r', source: 'by definition', higherIsBetter: true,
    of: (i) => i.sorted[0] },
  { name: 'best_day', title: 'Best day', unit: 'percent', formula: 'largest compounded return of a UTC day', source: 'quantstats best',
    higherIsBetter: true, of: (i) => best(i.daily) },
  { name: 'worst_day', title: 'Worst day', unit: 'percent', formula: 'smallest compounded return of a UTC day',
    source: 'quantstats worst', higherIsBetter: true, of: (i) => worst(i.daily) },
  { name: 'best_month', title: 'Best month', unit: 'percent', formula: 'largest compounded return of a calendar month',
    source: 'quantstats best', higherIsBetter: true, of: (i) => best(values(i.months)) },
  { name: 'worst_month', title: 'Worst month', unit: 'percent', formula: 'smallest compounded return of a calendar month',
    source: 'quantstats worst', higherIsBetter: true, of: (i) => worst(values(i.months)) },
  { name: 'best_year', title: 'Best year', unit: 'percent', formula: 'largest compounded return of a calendar year',
    source: 'quantstats best', higherIsBetter: true, of: (i) => best(values(i.years)) },
  { name: 'worst_year', title: 'Worst year', unit: 'percent', formula: 'smallest compounded return of a calendar year',
    source: 'quantstats worst', higherIsBetter: true, of: (i) => worst(values(i.years)) },
  { name: 'win_rate_days', title: 'Winning days', unit: 'percent', formula: 'days that gained / days that moved',
    source: 'quantstats win_rate', higherIsBetter: true, of: (i) => winning(i.daily) },
  { name: 'win_rate_months', title: 'Winning months', unit: 'percent', formula: 'months that gained / months that moved',
    source: 'quantstats win_rate', higherIsBetter: true, of: (i) => winning(values(i.months)) },
  { name: 'win_rate_quarters', title: 'Winning quarters', unit: 'percent', formula: 'quarters that gained / quarters that moved',
    source: 'quantstats win_rate', higherIsBetter: true, of: (i) => winning(quarters(i)) },
  { name: 'win_rate_years', title: 'Winning years', unit: 'percent', formula: 'years that gained / years that moved',
    source: 'quantstats win_rate', higherIsBetter: true, of: (i) => winning(values(i.years)) },
  { name: 'average_win_period', title: 'Mean winning period', unit: 'percent', formula: 'mean of r above 0', source: 'quantstats avg_win',
    higherIsBetter: true, of: (i) => mean(chosen(i.returns, (r) => r > 0)) },
  { name: 'average_loss_period', title: 'Mean losing period', unit: 'percent', formula: 'mean of r below 0', source: 'quantstats avg_loss',
    higherIsBetter: true, of: (i) => mean(chosen(i.returns, (r) => r < 0)) },
  { name: 'sum_of_returns', title: 'Sum of returns', unit: 'percent', formula: 'sum of r, without compounding', source: 'by definition',
    higherIsBetter: true, of: (i) => (i.returns.length === 0 ? NaN : sum(i.returns)) },
]);
