import { chosen, deviation, mean, quantileOfSorted, type Series } from '../moments.ts';
import { normalDensity, normalQuantile } from '../normal.ts';
import { annualVolatility, autocorrelationPenalty, conditionalValueAtRisk, downsideRisk } from '../performance.ts';
import { statisticsOf } from '../statistic.ts';

/** Value at risk of a normal distribution with the mean and deviation of the returns. quantstats `value_at_risk`. */
export const normalValueAtRisk = (x: Series, cutoff: number): number => mean(x) + deviation(x) * normalQuantile(cutoff);

/** Mean of a normal distribution below its value at risk. */
export const normalShortfall = (x: Series, cutoff: number): number =>
  mean(x) - deviation(x) * normalDensity(normalQuantile(cutoff)) / cutoff;

/** Mean of the values below the normal value at risk, or that itself where there are none. quantstats `cvar` up to 0.0.82. */
export function shortfallBelowNormal(x: Series, cutoff = 0.05): number {
  const limit = normalValueAtRisk(x, cutoff);
  const beyond = chosen(x, (v) => v < limit);
  return beyond.length === 0 ? limit : mean(beyond);
}

/** Chance of a gambler to lose all with so many wins among moves. */
function ruin(returns: Series): number {
  const moved = chosen(returns, (r) => r !== 0);
  const w = chosen(moved, (r) => r > 0).length / moved.length;
  return ((1 - w) / (1 + w)) ** returns.length;
}

const WORSE = 'smaller (more negative) is worse';

export const RISK = statisticsOf('Risk', [
  { name: 'volatility', title: 'Volatility', unit: 'percent', formula: 'sqrt(sum (r - mean)^2 / (n - 1)) sqrt(P)',
    annualisation: 'times sqrt(P)', source: 'empyrical annual_volatility', higherIsBetter: false,
    of: (i) => annualVolatility(i.returns, i.periodsPerYear) },
  { name: 'volatility_period', title: 'Volatility of a period', unit: 'percent', formula: 'sqrt(sum (r - mean)^2 / (n - 1))',
    source: 'by definition', higherIsBetter: false, of: (i) => deviation(i.returns) },
  { name: 'downside_risk', title: 'Downside risk', unit: 'percent', formula: 'sqrt(mean(min(r - rf, 0)^2)) sqrt(P)',
    annualisation: 'times sqrt(P)', source: 'empyrical downside_risk', higherIsBetter: false,
    of: (i) => downsideRisk(i.returns, { riskFree: i.rate, periods: i.periodsPerYear }) },
  { name: 'upside_risk', title: 'Upside deviation', unit: 'percent', formula: 'sqrt(mean(max(r - rf, 0)^2)) sqrt(P)',
    annualisation: 'times sqrt(P)', source: 'Sortino, van der Meer and Plantinga (1999)', higherIsBetter: true,
    of: (i) => downsideRisk(i.returns.map((r) => -r), { riskFree: -i.rate, periods: i.periodsPerYear }) },
  { name: 'var_95', title: 'Value at risk 95 %', unit: 'percent', formula: `5th percentile of r, straight between neighbours; ${WORSE}`,
    source: 'empyrical value_at_risk', higherIsBetter: true, of: (i) => quantileOfSorted(i.sorted, 0.05) },
  { name: 'var_99', title: 'Value at risk 99 %', unit: 'percent', formula: `1st percentile of r, straight between neighbours; ${WORSE}`,
    source: 'empyrical value_at_risk', higherIsBetter: true, of: (i) => quantileOfSorted(i.sorted, 0.01) },
  { name: 'cvar_95', title: 'Conditional value at risk 95 %', unit: 'percent', formula: 'mean of the worst floor(0.05 (n - 1)) + 1 r',
    source: 'empyrical conditional_value_at_risk', higherIsBetter: true, of: (i) => conditionalValueAtRisk(i.sorted, 0.05) },
  { name: 'cvar_99', title: 'Conditional value at risk 99 %', unit: 'percent', formula: 'mean of the worst floor(0.01 (n - 1)) + 1 r',
    source: 'empyrical conditional_value_at_risk', higherIsBetter: true, of: (i) => conditionalValueAtRisk(i.sorted, 0.01) },
  { name: 'var_95_normal', title: 'Value at risk 95 %, normal', unit: 'percent', formula: 'mean(r) - 1.645 std(r)',
    source: 'quantstats value_at_risk', higherIsBetter: true, of: (i) => normalValueAtRisk(i.returns, 0.05) },
  { name: 'var_99_normal', title: 'Value at risk 99 %, normal', unit: 'percent', formula: 'mean(r) - 2.326 std(r)',
    source: 'quantstats value_at_risk', higherIsBetter: true, of: (i) => normalValueAtRisk(i.returns, 0.01) },
  { name: 'cvar_95_normal', title: 'Conditional value at risk 95 %, normal', unit: 'percent',
    formula: 'mean(r) - std(r) density(z) / 0.05 at z = -1.645', source: 'quantstats conditional_value_at_risk (from 0.0.83)',
    higherIsBetter: true, of: (i) => normalShortfall(i.returns, 0.05) },
  { name: 'cvar_99_normal', title: 'Conditional value at risk 99 %, normal', unit: 'percent',
    formula: 'mean(r) - std(r) density(z) / 0.01 at z = -2.326', source: 'quantstats conditional_value_at_risk (from 0.0.83)',
    higherIsBetter: true, of: (i) => normalShortfall(i.returns, 0.01) },
  { name: 'cvar_95_below_normal', title: 'Mean below the normal value at risk', unit: 'percent',
    formula: 'mean of the r below mean(r) - 1.645 std(r)', source: 'quantstats conditional_value_at_risk (up to 0.0.82)',
    higherIsBetter: true, of: (i) => shortfallBelowNormal(i.returns) },
  { name: 'var_99_pareto', title: 'Value at risk 99 %, extreme values', unit: 'percent',
    formula: 'loss (positive) by a generalised Pareto distribution of what goes beyond the worst tenth of r; needs 100 periods',
    source: 'Gilli and Kellezi (2006)', higherIsBetter: false, of: (i) => i.tail?.valueAtRisk ?? NaN },
  { name: 'cvar_99_pareto', title: 'Shortfall 99 %, extreme values', unit: 'percent',
    formula: 'mean loss (positive) beyond var_99_pareto in the same distribution',
    source: 'Gilli and Kellezi (2006)', higherIsBetter: false, of: (i) => i.tail?.shortfall ?? NaN },
  { name: 'risk_of_ruin', title: 'Risk of ruin', unit: 'probability',
    formula: '((1 - w) / (1 + w)) ^ n, w the share of periods that gained among those that moved',
    source: 'quantstats risk_of_ruin', higherIsBetter: false, of: (i) => ruin(i.sorted) },
  { name: 'autocorrelation_penalty', title: 'Autocorrelation penalty', unit: 'ratio',
    formula: 'sqrt(1 + 2 sum over k of (n - k) / n rho^k), rho the size of the correlation of neighbouring r',
    source: 'quantstats autocorr_penalty', higherIsBetter: false, of: (i) => (i.constant ? NaN : autocorrelationPenalty(i.returns)) },
]);
