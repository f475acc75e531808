import type { TradeRow } from '../../model.ts';
import type { StatisticsInput } from '../input.ts';
import { chosen, deviation, mean, median, sum } from '../moments.ts';
import { statisticsOf, type StatisticSpec, type Unit } from '../statistic.ts';
import { kelly, systemQuality, type TradeSums } from '../trade-sums.ts';

const best = (x: Float64Array): number => x.reduce((a, b) => Math.max(a, b), -Infinity);
const worst = (x: Float64Array): number => x.reduce((a, b) => Math.min(a, b), Infinity);

/** A statistic of the closed trades. */
const trade = (name: string, title: string, unit: Unit, formula: string, higherIsBetter: boolean | null, of: (t: TradeSums) => number,
  source = 'by definition'): StatisticSpec => ({ name, title, unit, formula, source, higherIsBetter, of: (i) => of(i.tradeSums) });

const shareWon = (t: TradeSums): number => t.won.length / t.rows.length;
const meanOf = (t: TradeSums, of: (row: TradeRow) => number): number => mean(t.rows.map(of));

const side = (t: TradeSums, which: TradeRow['side']): readonly TradeRow[] => t.rows.filter((r) => r.side === which);
const sideWon = (t: TradeSums, which: TradeRow['side']): number => side(t, which).filter((r) => r.pnl > 0).length / side(t, which).length;
const sidePnl = (t: TradeSums, which: TradeRow['side']): number => sum(side(t, which).map((r) => r.pnl));

const perYear = (i: StatisticsInput): number => i.tradeSums.rows.length / i.days * 365.25;

export const TRADES = statisticsOf('Closed trades', [
  trade('trades', 'Trades', 'count', 'round trips that ended', null, (t) => t.rows.length),
  trade('open_trades', 'Open trades', 'count', 'round trips still open at the end; no other statistic of trades counts them', null,
    (t) => t.open.length),
  trade('wins', 'Winning trades', 'count', 'trades with a result above 0, after commission', true, (t) => t.won.length),
  trade('losses', 'Losing trades', 'count', 'trades with a result below 0, after commission', false, (t) => t.lost.length),
  trade('win_rate', 'Win rate', 'percent', 'wins / trades', true, shareWon, 'backtesting.py Win Rate'),
  { name: 'trades_per_year', title: 'Trades a year', unit: 'per year', formula: 'trades / days 365.25', annualisation: 'by calendar days',
    source: 'by definition', higherIsBetter: null, of: perYear },
  trade('gross_profit', 'Gross profit', 'money', 'sum of the results above 0', true, (t) => t.grossProfit),
  trade('gross_loss', 'Gross loss', 'money', 'size of the sum of the results below 0', false, (t) => t.grossLoss),
  trade('average_pnl', 'Mean result', 'money', 'mean result of a trade', true, (t) => mean(t.pnl), 'PyAlgoTrade getAll'),
  trade('median_pnl', 'Median result', 'money', 'middle of the sorted results', true, (t) => median(t.pnl)),
  trade('best_pnl', 'Best result', 'money', 'largest result of a trade', true, (t) => best(t.pnl)),
  trade('worst_pnl', 'Worst result', 'money', 'smallest result of a trade', true, (t) => worst(t.pnl)),
  trade('deviation_pnl', 'Deviation of results', 'money', 'sqrt(sum (pnl - mean)^2 / (n - 1))', false, (t) => deviation(t.pnl)),
  trade('average_win', 'Mean win', 'money', 'mean of the results above 0', true, (t) => mean(t.won)),
  trade('average_loss', 'Mean loss', 'money', 'mean of the results below 0', true, (t) => mean(t.lost)),
  trade('average_trade', 'Mean return of a trade', 'percent', 'mean of result / value at entry', true, (t) => mean(t.returns),
    'backtesting.py Expectancy'),
  trade('median_trade', 'Median return of a trade', 'percent', 'middle of the sorted returns of trades', true, (t) => median(t.returns)),
  trade('best_trade', 'Best trade', 'percent', 'largest return of a trade', true, (t) => best(t.returns), 'backtesting.py Best Trade'),
  trade('worst_trade', 'Worst trade', 'percent', 'smallest return of a trade', true, (t) => worst(t.returns), 'backtesting.py Worst Trade'),
  trade('average_win_trade', 'Mean return of a win', 'percent', 'mean of the returns above 0', true,
    (t) => mean(chosen(t.returns, (r) => r > 0))),
  trade('average_loss_trade', 'Mean return of a loss', 'percent', 'mean of the returns below 0', true,
    (t) => mean(chosen(t.returns, (r) => r < 0))),
  trade('profit_factor', 'Profit factor', 'ratio', 'gross_profit / gross_loss, in money', true, (t) => t.grossProfit / t.grossLoss,
    'MetaTrader; backtrader TradeAnalyzer'),
  trade('payoff', 'Payoff', 'ratio', 'mean win / size of the mean loss, in money', true, (t) => mean(t.won) / -mean(t.lost)),
  trade('expectancy', 'Expectancy', 'ratio', 'W mean win / mean loss - (1 - W): what a trade earns per unit of money at risk', true,
    (t) => shareWon(t) * mean(t.won) / -mean(t.lost) - (1 - shareWon(t)), 'Tharp (2006)'),
  trade('kelly', 'Kelly share', 'percent', 'W - (1 - W) / payoff, W the win rate', true,
    (t) => kelly(shareWon(t), mean(t.won), -mean(t.lost)), 'Kelly (1956); backtesting.py Kelly Criterion'),
  trade('sqn', 'System quality number', 'ratio', 'sqrt(n) mean(pnl) / std(pnl), std of a population (n)', true,
    (t) => systemQuality(t.pnl, 0), 'Tharp (2008); backtrader SQN'),
  trade('sqn_sample', 'System quality number, sample', 'ratio', 'sqrt(n) mean(pnl) / std(pnl), std of a sample (n - 1)', true,
    (t) => systemQuality(t.pnl, 1), 'Tharp (2008); backtesting.py SQN'),
  trade('average_days', 'Mean time in a trade', 'days', 'mean time from entry to exit', null, (t) => mean(t.days)),
  trade('median_days', 'Median time in a trade', 'days', 'middle of the sorted times from entry to exit', null, (t) => median(t.days)),
  trade('max_days', 'Longest trade', 'days', 'longest time from entry to exit', null, (t) => best(t.days)),
  trade('average_win_days', 'Mean time in a win', 'days', 'mean time from entry to exit of wins', null,
    (t) => mean(chosen(t.days, (_, i) => t.pnl[i] > 0))),
  trade('average_loss_days', 'Mean time in a loss', 'days', 'mean time from entry to exit of losses', null,
    (t) => mean(chosen(t.days, (_, i) => t.pnl[i] < 0))),
  trade('average_bars', 'Mean rows in a trade', 'bars', 'mean market rows from entry to exit', null, (t) => meanOf(t, (r) => r.bars)),
  trade('average_mae', 'Mean adverse excursion', 'percent', 'mean of the worst open result over the value at entry; 0 or below', true,
    (t) => meanOf(t, (r) => r.mae), 'Sweeney (1996)'),
  trade('max_mae', 'Worst adverse excursion', 'percent', 'smallest open result over the value at entry', true,
    (t) => worst(Float64Array.from(t.rows, (r) => r.mae)), 'Sweeney (1996)'),
  trade('average_mfe', 'Mean favourable excursion', 'percent', 'mean of the best open result over the value at entry; 0 or above', true,
    (t) => meanOf(t, (r) => r.mfe), 'Sweeney (1996)'),
  trade('max_mfe', 'Best favourable excursion', 'percent', 'largest open result over the value at entry', true,
    (t) => best(Float64Array.from(t.rows, (r) => r.mfe)), 'Sweeney (1996)'),
  trade('edge_ratio', 'Edge ratio', 'ratio', 'average_mfe / size of average_mae', true,
    (t) => meanOf(t, (r) => r.mfe) / -meanOf(t, (r) => r.mae), 'Faith (2007), by return in place of average true range'),
  trade('end_trade_drawdown', 'Mean profit given back', 'percent', 'mean of the best open result less the return at exit', false,
    (t) => meanOf(t, (r) => r.mfe - r.return), 'Lean average end trade drawdown'),
  trade('max_win_streak', 'Longest run of wins', 'count', 'most wins in a row, in order of exits', true, (t) => t.streaks.won),
  trade('max_loss_streak', 'Longest run of losses', 'count', 'most losses in a row, in order of exits', false, (t) => t.streaks.lost),
  trade('long_trades', 'Long trades', 'count', 'trades that bought first', null, (t) => side(t, 'long').length),
  trade('short_trades', 'Short trades', 'count', 'trades that sold first', null, (t) => side(t, 'short').length),
  trade('long_win_rate', 'Win rate of longs', 'percent', 'long wins / long trades', true, (t) => sideWon(t, 'long')),
  trade('short_win_rate', 'Win rate of shorts', 'percent', 'short wins / short trades', true, (t) => sideWon(t, 'short')),
  trade('long_pnl', 'Result of longs', 'money', 'sum of the results of long trades', true, (t) => sidePnl(t, 'long')),
  trade('short_pnl', 'Result of shorts', 'money', 'sum of the results of short trades', true, (t) => sidePnl(t, 'short')),
]);
