import type { Drawdown } from '../drawdowns.ts';
import { ulcerIndex } from '../drawdowns.ts';
import type { StatisticsInput } from '../input.ts';
import { chosen, mean } from '../moments.ts';
import { statisticsOf } from '../statistic.ts';

const list = (i: StatisticsInput): readonly Drawdown[] => i.drawdowns.list;

/** Largest of a value over the drawdowns, 0 without any; NaN without an account. */
const most = (i: StatisticsInput, of: (d: Drawdown) => number): number =>
  (i.equity.length < 2 ? NaN : list(i).reduce((a, d) => Math.max(a, of(d)), 0));

const average = (i: StatisticsInput, of: (d: Drawdown) => number): number => mean(list(i).map(of));

const deepest = (i: StatisticsInput): Drawdown | undefined => list(i).toSorted((a, b) => b.depth - a.depth)[0];

export const DRAWDOWN = statisticsOf('Drawdown', [
  { name: 'max_drawdown', title: 'Maximum drawdown', unit: 'percent', formula: 'largest fall below the highest value so far, as a share of '
    + 'it; 0 or more', source: 'empyrical, quantstats max_drawdown (there negative); Lean, PyAlgoTrade', higherIsBetter: false,
  of: (i) => most(i, (d) => d.depth) },
  { name: 'max_drawdown_money', title: 'Maximum drawdown in money', unit: 'money', formula: 'largest fall below the highest value so far',
    source: 'backtrader DrawDown moneydown', higherIsBetter: false, of: (i) => most(i, (d) => d.money) },
  { name: 'average_drawdown', title: 'Mean drawdown', unit: 'percent', formula: 'mean of the depths of all drawdowns',
    source: 'quantstats drawdown_details', higherIsBetter: false, of: (i) => average(i, (d) => d.depth) },
  { name: 'drawdowns', title: 'Drawdowns', unit: 'count', formula: 'times that the account fell below its highest value',
    source: 'by definition', higherIsBetter: null, of: (i) => (i.equity.length < 2 ? NaN : list(i).length) },
  { name: 'max_drawdown_days', title: 'Longest drawdown', unit: 'days',
    formula: 'longest time from a highest value until it is reached again, or to the end', source: 'backtesting.py Max. Drawdown Duration',
    higherIsBetter: false, of: (i) => most(i, (d) => d.days) },
  { name: 'average_drawdown_days', title: 'Mean length of drawdowns', unit: 'days',
    formula: 'mean time from a highest value until it is reached again, or to the end', source: 'backtesting.py Avg. Drawdown Duration',
    higherIsBetter: false, of: (i) => average(i, (d) => d.days) },
  { name: 'longest_days_below', title: 'Longest time below the high', unit: 'days',
    formula: 'longest time from a highest value to the last moment below it', source: 'PyAlgoTrade getLongestDrawDownDuration',
    higherIsBetter: false, of: (i) => most(i, (d) => d.daysBelow) },
  { name: 'max_drawdown_periods', title: 'Longest drawdown in periods', unit: 'count', formula: 'most periods in a row below the high',
    source: 'backtrader DrawDown len', higherIsBetter: false, of: (i) => most(i, (d) => d.periods) },
  { name: 'recovery_days', title: 'Recovery of the deepest drawdown', unit: 'days',
    formula: 'time from the lowest value of the deepest drawdown until the high is reached again; null while it is not',
    source: 'by definition', higherIsBetter: false, of: (i) => deepest(i)?.daysToRecover ?? NaN },
  { name: 'max_recovery_days', title: 'Longest recovery', unit: 'days', formula: 'longest time from a lowest value to the high before it',
    source: 'by definition', higherIsBetter: false, of: (i) => most(i, (d) => d.daysToRecover ?? 0) },
  { name: 'time_below_high', title: 'Time below the high', unit: 'percent', formula: 'periods that end below the highest value / all',
    source: 'by definition', higherIsBetter: false, of: (i) => chosen(i.below, (d) => d > 0).length / i.below.length },
  { name: 'current_drawdown', title: 'Drawdown at the end', unit: 'percent', formula: '1 - last value / highest value',
    source: 'Lean end-trade drawdown, of the account', higherIsBetter: false, of: (i) => i.below[i.below.length - 1] },
  { name: 'ulcer_index', title: 'Ulcer index', unit: 'percent', formula: 'sqrt(sum D^2 / (n - 1)), D the fall below the high as a share',
    source: 'Martin (1987) as in quantstats ulcer_index', higherIsBetter: false, of: (i) => ulcerIndex(i.below) },
  { name: 'pain_index', title: 'Pain index', unit: 'percent', formula: 'mean of D, the fall below the high as a share',
    source: 'Zephyr Associates (2006)', higherIsBetter: false, of: (i) => mean(i.below) },
]);
