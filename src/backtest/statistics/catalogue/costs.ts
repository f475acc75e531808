import type { CostSplit } from '../../model.ts';
import type { StatisticsInput } from '../input.ts';
import { mean, sum } from '../moments.ts';
import { statisticsOf, type StatisticSpec } from '../statistic.ts';

const cost = (kind: keyof CostSplit, title: string, formula: string): StatisticSpec =>
  ({ name: kind === 'total' ? 'costs' : kind, title, unit: 'money', formula, source: 'by definition', higherIsBetter: false,
    of: (i) => i.costs[kind] });

/** Results of winning trades before commission. */
const earned = (i: StatisticsInput): number => sum(i.tradeSums.rows.map((t) => Math.max(0, t.pnl + t.commission)));

const meanEquity = (i: StatisticsInput): number => mean(i.equity);

export const COSTS = statisticsOf('Exposure and costs', [
  { name: 'exposure', title: 'Exposure', unit: 'percent', formula: 'market rows with a position / all', source: 'by definition',
    higherIsBetter: null, of: (i) => i.exposure },
  { name: 'return_over_exposure', title: 'Annual return over exposure', unit: 'percent', formula: 'cagr / exposure',
    annualisation: 'as cagr', source: 'quantstats rar', higherIsBetter: true,
    of: (i) => ((i.equity[i.equity.length - 1] / i.equity[0]) ** (365.25 / i.days) - 1) / i.exposure },
  { name: 'turnover', title: 'Turnover', unit: 'money', formula: 'sum of the worth of all fills', source: 'by definition',
    higherIsBetter: null, of: (i) => i.turnover },
  { name: 'turnover_per_year', title: 'Turnover a year', unit: 'per year',
    formula: 'turnover / mean account value / days 365.25: how often the account is bought and sold', annualisation: 'by calendar days',
    source: 'Lean Portfolio Turnover, of a year', higherIsBetter: null, of: (i) => i.turnover / meanEquity(i) / i.days * 365.25 },
  cost('commission', 'Commission', 'sum of all commissions; a rebate counts against it'),
  cost('slippage', 'Slippage', 'sum of what fills were worse than the price of the profile'),
  cost('borrow', 'Borrow', 'sum of the fees for borrowed shares'),
  cost('funding', 'Funding', 'sum of funding paid'),
  cost('interest', 'Interest', 'sum of interest paid; what was received counts against it'),
  cost('total', 'Costs', 'sum of all costs'),
  { name: 'costs_of_gross_profit', title: 'Costs of gross profit', unit: 'percent',
    formula: 'costs / results of winning trades before commission', source: 'by definition', higherIsBetter: false,
    of: (i) => i.costs.total / earned(i) },
  { name: 'costs_of_turnover', title: 'Costs of turnover', unit: 'percent', formula: 'costs / turnover', source: 'by definition',
    higherIsBetter: false, of: (i) => i.costs.total / i.turnover },
  { name: 'costs_of_capital_per_year', title: 'Costs a year', unit: 'percent', formula: 'costs / mean account value / days 365.25',
    annualisation: 'by calendar days', source: 'by definition', higherIsBetter: false,
    of: (i) => i.costs.total / meanEquity(i) / i.days * 365.25 },
]);
