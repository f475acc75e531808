import type { StatisticsInput } from '../input.ts';
import { chosen, mean, sum } from '../moments.ts';
import {
  compoundReturn, compoundSharpe, compoundSortino, compoundVolatility, countedDrawdowns, geometricMean, heldShare,
} from '../sampled-days.ts';
import { statisticsOf } from '../statistic.ts';
import { balanceShares } from '../trade-sums.ts';

const depth = (i: StatisticsInput): number => i.drawdowns.list.reduce((a, d) => Math.max(a, d.depth), 0);
const counted = (i: StatisticsInput): ReturnType<typeof countedDrawdowns> => countedDrawdowns(i.ts, i.equity);

/** backtesting.py's statistics where its definition of a word is another one. */
export const GEOMETRIC = statisticsOf('Compounded, as backtesting.py', [
  { name: 'annual_return_geometric', title: 'Annual return of days', unit: 'percent', formula: '(1 + g)^N - 1, g the geometric mean of '
    + 'the returns of days (UTC)', annualisation: 'N = 252, or 365 where days fall on weekends',
  source: 'backtesting.py Return (Ann.)', higherIsBetter: true, of: (i) => compoundReturn(i.sample) },
  { name: 'volatility_geometric', title: 'Compounded volatility', unit: 'percent', formula: 'sqrt((var + (1 + g)^2)^N - (1 + g)^(2N))',
    annualisation: 'N = 252 or 365, compounded', source: 'backtesting.py Volatility (Ann.)', higherIsBetter: false,
    of: (i) => compoundVolatility(i.sample) },
  { name: 'sharpe_geometric', title: 'Compounded Sharpe ratio', unit: 'ratio',
    formula: '(annual_return_geometric - risk-free) / volatility_geometric', annualisation: 'N = 252 or 365, compounded',
    source: 'backtesting.py Sharpe Ratio', higherIsBetter: true,
    of: (i) => (i.constant ? NaN : compoundSharpe(i.sample, i.riskFree)) },
  { name: 'sortino_geometric', title: 'Compounded Sortino ratio', unit: 'ratio',
    formula: '(annual_return_geometric - risk-free) / (sqrt(mean(min(r, 0)^2)) sqrt(N))', annualisation: 'N = 252 or 365',
    source: 'backtesting.py Sortino Ratio', higherIsBetter: true, of: (i) => compoundSortino(i.sample, i.riskFree) },
  { name: 'calmar_geometric', title: 'Compounded Calmar ratio', unit: 'ratio', formula: 'annual_return_geometric / max_drawdown',
    annualisation: 'N = 252 or 365', source: 'backtesting.py Calmar Ratio', higherIsBetter: true,
    of: (i) => compoundReturn(i.sample) / depth(i) },
  { name: 'average_drawdown_geometric', title: 'Mean drawdown, last value apart', unit: 'percent',
    formula: 'mean depth of drawdowns; one that begins with the last value is none', source: 'backtesting.py Avg. Drawdown',
    higherIsBetter: false, of: (i) => mean(counted(i).depths) },
  { name: 'average_drawdown_days_geometric', title: 'Mean length of drawdowns, last value apart', unit: 'days',
    formula: 'mean time of drawdowns; one that begins with the last value is none', source: 'backtesting.py Avg. Drawdown Duration',
    higherIsBetter: false, of: (i) => mean(counted(i).days) },
  { name: 'average_trade_geometric', title: 'Geometric mean trade', unit: 'percent', formula: 'exp(mean of log(1 + return of a trade)) - 1',
    source: 'backtesting.py Avg. Trade', higherIsBetter: true, of: (i) => geometricMean(i.tradeSums.returns) },
  { name: 'profit_factor_returns', title: 'Profit factor of trade returns', unit: 'ratio',
    formula: 'sum of returns of trades above 0 / size of the sum below 0', source: 'backtesting.py Profit Factor', higherIsBetter: true,
    of: ({ tradeSums: { returns } }) => sum(chosen(returns, (r) => r > 0)) / -sum(chosen(returns, (r) => r < 0)) },
  { name: 'exposure_curve', title: 'Exposure, entry and exit counted', unit: 'percent',
    formula: 'entries of the equity curve in or between the entry and the exit of a trade / all', source: 'backtesting.py Exposure Time',
    higherIsBetter: null, of: (i) => heldShare(i.ts, [...i.tradeSums.rows, ...i.tradeSums.open]) },
]);

/** Lean's statistics where its definition of a word is another one. */
export const BALANCE = statisticsOf('Shares of the balance, as Lean', [
  { name: 'average_win_balance', title: 'Mean win of the balance', unit: 'percent',
    formula: 'mean of result / (capital + results before), over trades that won', source: 'Lean Average Win', higherIsBetter: true,
    of: (i) => balanceShares(i.tradeSums).averageWin },
  { name: 'average_loss_balance', title: 'Mean loss of the balance', unit: 'percent',
    formula: 'mean of result / (capital + results before), over trades that did not win', source: 'Lean Average Loss', higherIsBetter: true,
    of: (i) => balanceShares(i.tradeSums).averageLoss },
  { name: 'profit_loss_ratio', title: 'Profit-loss ratio of the balance', unit: 'ratio',
    formula: 'average_win_balance / size of average_loss_balance', source: 'Lean Profit-Loss Ratio', higherIsBetter: true,
    of: (i) => balanceShares(i.tradeSums).profitLossRatio },
  { name: 'expectancy_balance', title: 'Expectancy of the balance', unit: 'ratio', formula: 'win_rate profit_loss_ratio - (1 - win_rate)',
    source: 'Lean Expectancy', higherIsBetter: true, of: (i) => balanceShares(i.tradeSums).expectancy },
  { name: 'variance_annual', title: 'Annual variance', unit: 'ratio', formula: 'sample variance of r times P', annualisation: 'times P',
    source: 'Lean Annual Variance (there of its own sampling)', higherIsBetter: false, of: (i) => {
      const m = mean(i.returns);
      return sum(i.returns.map((r) => (r - m) ** 2)) / (i.returns.length - 1) * i.periodsPerYear;
    } },
]);
