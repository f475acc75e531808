import type { StatisticsInput } from '../input.ts';
import { chosen, correlation, kurtosis, mean, quantileOfSorted, shape, skewness } from '../moments.ts';
import { stability, tailRatioOfSorted } from '../performance.ts';
import { statisticsOf } from '../statistic.ts';
import { longestRun } from '../trade-sums.ts';

const few = (i: StatisticsInput): boolean => i.returns.length === 0;

/** Chance that a normal distribution looks as skewed and tailed as this: n / 6 (skew^2 + (kurtosis - 3)^2 / 4), chi squared of 2. */
function jarqueBera(i: StatisticsInput): number {
  const { skew, kurt } = shape(i.returns);
  return i.constant ? NaN : Math.exp(-i.sorted.length / 12 * (skew ** 2 + (kurt - 3) ** 2 / 4));
}

export const DISTRIBUTION = statisticsOf('Distribution', [
  { name: 'skew', title: 'Skewness', unit: 'ratio', formula: 'n sqrt(n - 1) / (n - 2) sum d^3 / (sum d^2)^1.5, d = r - mean',
    source: 'pandas skew; quantstats skew', higherIsBetter: true, of: (i) => (i.constant ? NaN : skewness(i.returns)) },
  { name: 'kurtosis', title: 'Excess kurtosis', unit: 'ratio', formula: 'fourth moment over squared second, without bias, normal 0',
    source: 'pandas kurtosis; quantstats kurtosis', higherIsBetter: false, of: (i) => (i.constant ? NaN : kurtosis(i.returns)) },
  { name: 'jarque_bera', title: 'Chance of being normal', unit: 'probability',
    formula: 'exp(-n / 12 (skew^2 + (kurtosis - 3)^2 / 4)) of the sample moments', source: 'Jarque and Bera (1980)',
    higherIsBetter: null, of: jarqueBera },
  { name: 'tail_ratio', title: 'Tail ratio', unit: 'ratio', formula: 'size of the 95th percentile of r over that of the 5th',
    source: 'empyrical tail_ratio', higherIsBetter: true, of: (i) => tailRatioOfSorted(i.sorted) },
  { name: 'stability', title: 'Stability', unit: 'ratio', formula: 'R squared of a line through the cumulated log(1 + r)',
    source: 'empyrical stability_of_timeseries', higherIsBetter: true, of: (i) => (i.constant ? NaN : stability(i.returns)) },
  { name: 'autocorrelation', title: 'Autocorrelation', unit: 'ratio', formula: 'correlation of r with the r before',
    source: 'by definition', higherIsBetter: null,
    of: (i) => (few(i) ? NaN : correlation(i.returns.subarray(0, -1), i.returns.subarray(1))) },
  { name: 'outlier_win_ratio', title: 'Outlier win ratio', unit: 'ratio', formula: '99th percentile of r over the mean r of 0 or more',
    source: 'quantstats outlier_win_ratio', higherIsBetter: null,
    of: (i) => quantileOfSorted(i.sorted, 0.99) / mean(chosen(i.returns, (r) => r >= 0)) },
  { name: 'outlier_loss_ratio', title: 'Outlier loss ratio', unit: 'ratio', formula: '1st percentile of r over the mean r below 0',
    source: 'quantstats outlier_loss_ratio', higherIsBetter: false,
    of: (i) => quantileOfSorted(i.sorted, 0.01) / mean(chosen(i.returns, (r) => r < 0)) },
  { name: 'consecutive_win_periods', title: 'Longest run of winning periods', unit: 'count', formula: 'most r above 0 in a row',
    source: 'quantstats consecutive_wins', higherIsBetter: true, of: (i) => (few(i) ? NaN : longestRun(i.returns, (r) => r > 0)) },
  { name: 'consecutive_loss_periods', title: 'Longest run of losing periods', unit: 'count', formula: 'most r below 0 in a row',
    source: 'quantstats consecutive_losses', higherIsBetter: false, of: (i) => (few(i) ? NaN : longestRun(i.returns, (r) => r < 0)) },
]);
