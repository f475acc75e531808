import { describe, expect, it } from 'vitest';
import { DAY } from '../../core/time.ts';
import type { TradeRow } from '../model.ts';
import { statistics } from './catalogue/index.ts';
import { drawdowns } from './drawdowns.ts';
import { logBeta, totalAlpha } from './factor.ts';
import { cumReturns, timeWeightedReturn } from './growth.ts';
import { statisticsInput } from './input.ts';
import { sharpe } from './performance.ts';
import { column, json, PRESENT, table, timeOf, times, tradeOf } from './reference.fixture.ts';
import { deflatedSharpe, expectedMaxSharpe, probabilisticSharpe } from './sharpe-confidence.ts';

const near = (got: number | null | undefined, want: number, tolerance = 1e-8): void => {
  expect(got).toEqual(expect.any(Number));
  expect(Math.abs((got as number) - want)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(want)));
};

interface BacktestingPy {
  readonly expected: Readonly<Record<string, number>> & Readonly<Record<`${string} Duration`, { readonly seconds: number }>>;
}

/** Name in backtesting.py, name here, and the factor between them (its percents, its sign of drawdowns). */
const BACKTESTING_PY: readonly (readonly [string, string, number?])[] = [
  ['Exposure Time [%]', 'exposure_curve', 100], ['Equity Final [$]', 'final_equity'], ['Equity Peak [$]', 'peak_equity'],
  ['Return [%]', 'total_return', 100], ['Return (Ann.) [%]', 'annual_return_geometric', 100],
  ['Volatility (Ann.) [%]', 'volatility_geometric', 100], ['CAGR [%]', 'cagr', 100], ['Sharpe Ratio', 'sharpe_geometric'],
  ['Sortino Ratio', 'sortino_geometric'], ['Calmar Ratio', 'calmar_geometric'], ['Beta', 'beta_log'],
  ['Max. Drawdown [%]', 'max_drawdown', -100], ['Avg. Drawdown [%]', 'average_drawdown_geometric', -100], ['# Trades', 'trades'],
  ['Win Rate [%]', 'win_rate', 100], ['Best Trade [%]', 'best_trade', 100], ['Worst Trade [%]', 'worst_trade', 100],
  ['Avg. Trade [%]', 'average_trade_geometric', 100], ['Profit Factor', 'profit_factor_returns'], ['Expectancy [%]', 'average_trade', 100],
  ['SQN', 'sqn_sample'], ['Kelly Criterion', 'kelly'],
];

const RUNS = ['goog_smacross_10_30_asserted', 'goog_smacross_10_20_comm0.2pct', 'goog_sltp', 'goog_smalong_95pct_fixed_plus_pct'];

describe.skipIf(!PRESENT).each(RUNS)('backtesting.py %s', (name) => {
  it('every statistic, from its trades and equity', () => {
    const { expected } = json<BacktestingPy>(`backtestingpy/${name}.json`);
    const curve = table(`backtestingpy/${name}.equity.csv.gz`);
    const closes = column(table('backtestingpy/GOOG.csv'), 'Close');
    const trades = table(`backtestingpy/${name}.trades.csv`).map((t): TradeRow => tradeOf({
      side: Number(t.Size) > 0 ? 'long' : 'short', quantity: Math.abs(Number(t.Size)), entryTs: timeOf(t.EntryTime),
      exitTs: timeOf(t.ExitTime), pnl: Number(t.PnL), return: Number(t.ReturnPct),
    }));
    const equity = column(curve, 'Equity');
    const got = statistics(statisticsInput({ ts: times(curve), equity, benchmark: closes, trades }));
    for (const [theirs, ours, factor = 1] of BACKTESTING_PY) near((got[ours] ?? NaN) * factor, expected[theirs]);
    // Buy and hold counts from the first row on which the strategy acts: there the benchmark's return is theirs, and so is alpha.
    near(totalAlpha(got.total_return ?? NaN, logBeta(equity, closes), expected['Buy & Hold Return [%]'] / 100) * 100, expected['Alpha [%]']);
    // Its durations are rounded up to whole days.
    const days = (key: string): number => (expected as BacktestingPy['expected'])[`${key} Duration`].seconds / 86_400;
    near(Math.ceil(got.max_drawdown_days ?? NaN), days('Max. Drawdown'));
    near(Math.ceil(got.average_drawdown_days_geometric ?? NaN), days('Avg. Drawdown'));
    near(Math.ceil(got.max_days ?? NaN), days('Max. Trade'));
    near(Math.ceil(got.average_days ?? NaN), days('Avg. Trade'));
    near(got.days, (expected as unknown as { Duration: { seconds: number } }).Duration.seconds / 86_400);
  });
});

/** Round trips of a strategy that buys and sells one lot at a time. */
function pairs(fills: readonly { ts: number; buy: boolean; quantity: number; price: number; fee: number }[], multiplier = 1): TradeRow[] {
  return fills.flatMap((exit, i) => {
    const entry = fills[i - 1];
    if (exit.buy || entry === undefined || !entry.buy) return [];
    const commission = entry.fee + exit.fee;
    return [tradeOf({ entryTs: entry.ts, exitTs: exit.ts, quantity: exit.quantity, commission,
      pnl: (exit.price - entry.price) * exit.quantity * multiplier - commission,
      return: (exit.price - entry.price) / entry.price })];
  });
}

describe.skipIf(!PRESENT).each([['sma15_stocklike', 1], ['sma15_futureslike', 10], ['orcl_bracket', 1]])('backtrader %s', (name, multiplier) => {
  it('quality number and drawdown, from its fills and equity', () => {
    const { expected } = json<{ expected: Readonly<Record<string, number>> }>(`backtrader/${name}.json`);
    const fills = table(`backtrader/${name}.fills.csv`).map((f) => ({
      ts: timeOf(f.date), buy: f.side === 'buy', quantity: Math.abs(Number(f.executed_size_cum)), price: Number(f.executed_price_avg),
      fee: Number(f.commission_cum),
    }));
    const curve = table(`backtrader/${name}.equity.csv`);
    const got = statistics(statisticsInput({ ts: times(curve), equity: column(curve, 'value'), trades: pairs(fills, multiplier) }));
    near(got.trades, expected.closed_trades);
    near(got.sqn, expected.sqn, 1e-10);
    near(100 * (got.max_drawdown ?? NaN), expected.max_drawdown_pct);
    near(got.max_drawdown_periods, expected.max_drawdown_len_bars);
    near(got.final_equity, expected.final_value, 1e-6);
  });
});

describe.skipIf(!PRESENT)('Lean MACDTrend', () => {
  it('wins, losses, ratios, growth and drawdown, from its fills and equity', () => {
    const { expected_published: published, verified_here: exact } = json<Record<string, Readonly<Record<string, number>>>>('lean/macdtrend.json');
    const fills = table('lean/macdtrend.fills.csv').map((f) => ({
      ts: timeOf(f.date), buy: f.side === 'buy', quantity: Number(f.qty), price: Number(f.price), fee: Number(f.fee),
    }));
    const curve = table('lean/macdtrend.equity.csv');
    // The algorithm runs from the start of 2004-01-01 to the end of 2014-12-31.
    const ts = Float64Array.from([timeOf('2004-01-01'), ...times(curve).slice(0, -1), timeOf('2014-12-31') + DAY]);
    const trades = pairs(fills);
    const got = statistics(statisticsInput({ ts, equity: Float64Array.from([100_000, ...column(curve, 'equity')]), trades }));
    near(got.cagr_365, exact['CAGR (365-day years)']);
    near(got.max_drawdown, exact['max drawdown on daily closes']);
    // Lean stamps its samples one day off from the bars.
    expect(Math.abs((got.max_drawdown_days ?? NaN) - published['Drawdown Recovery days'])).toBeLessThanOrEqual(1);
    near(got.wins, exact.wins);
    near(got.losses, exact.losses);
    near(got.average_win_balance, exact['avg win']);
    near(got.average_loss_balance, exact['avg loss']);
    near(trades.reduce((a, t) => a + t.commission, 0), exact.fees, 1e-4);
    near(got.profit_loss_ratio, published['Profit-Loss Ratio'], 0.005);
    near(got.expectancy_balance, published.Expectancy, 0.0005);
    near(100 * (got.win_rate ?? NaN), published['Win Rate %'], 0.01);
    near(got.final_equity, published['End Equity'], 1e-7);
  });
});

describe.skipIf(!PRESENT)('PyAlgoTrade', () => {
  const { cases, time_weighted_return: twr } = PRESENT ? json<{
    cases: readonly { closes: number[]; max_drawdown: number; longest_days: number }[];
    time_weighted_return: { values: readonly (number | string)[]; expected_cumulative: number };
  }>('pyalgotrade/drawdown_twr.json') : { cases: [], time_weighted_return: { values: [], expected_cumulative: 0 } };

  it('drawdowns of short series', () => {
    expect(cases.length).toBe(3);
    for (const { closes, max_drawdown: depth, longest_days: longest } of cases) {
      const got = statistics(statisticsInput({ ts: Float64Array.from(closes, (_, i) => i * DAY), equity: Float64Array.from(closes) }));
      near(Math.round((got.max_drawdown ?? NaN) * 100) / 100, depth);
      near(got.longest_days_below, longest);
    }
  });

  it('a return that deposits do not touch', () => {
    const [values, flows]: [number[], number[]] = [[], []];
    let flow = 0;
    for (const v of twr.values) {
      if (typeof v === 'string') {
        flow = Number(v.replace('deposit ', ''));
        continue;
      }
      values.push(v);
      flows.push(flow);
      flow = 0;
    }
    near(timeWeightedReturn(values, flows), twr.expected_cumulative, 1e-6);
  });

  it('a full run: returns, Sharpe ratio, drawdown and its days, trades', () => {
    const { expected } = json<{ expected: Readonly<Record<string, number>> }>('pyalgotrade/orcl2000_sma20.json');
    const rows = table('pyalgotrade/orcl2000_sma20.returns.csv');
    const returns = column(rows, 'return');
    const fills = table('pyalgotrade/orcl2000_sma20.fills.csv').map((f) => ({
      ts: timeOf(f.date), buy: f.side === 'buy', quantity: Number(f.qty), price: Number(f.price), fee: Number(f.commission),
    }));
    const ts = times(rows);
    const got = statistics(statisticsInput({ ts: Float64Array.from([ts[0] - DAY, ...ts]), trades: pairs(fills),
      equity: Float64Array.from([1e6, ...cumReturns(returns, 1e6)]) }));
    near(got.total_return, expected.cum_return);
    near(sharpe(returns, { riskFree: expected.sharpe_rf / 252 }), expected.sharpe);
    near(got.max_drawdown, expected.max_drawdown);
    near(got.longest_days_below, expected.longest_dd_days);
    near(got.trades, expected.trades);
    near(got.wins, expected.wins);
    near(got.losses, expected.losses);
    near(got.average_pnl, expected.avg_profit);
  });
});

describe.skipIf(!PRESENT)('probabilistic and deflated Sharpe ratio', () => {
  interface Case {
    readonly name: string;
    readonly sr: number;
    readonly n: number;
    readonly skew: number;
    readonly kurt: number;
    readonly benchmark?: number;
    readonly trials?: number;
    readonly var_sr?: number;
    readonly expected_sr0?: number;
    readonly expected: number;
  }

  it('worked examples of the papers', () => {
    const { cases } = json<{ cases: readonly Case[] }>('metrics/psr_dsr.json');
    expect(cases.length).toBeGreaterThan(1);
    for (const c of cases) {
      const facts = { sharpe: c.sr, count: c.n, skew: c.skew, kurt: c.kurt };
      if (c.trials === undefined) {
        near(probabilisticSharpe(facts, c.benchmark ?? 0), c.expected);
        continue;
      }
      near(expectedMaxSharpe(c.trials, c.var_sr ?? NaN), c.expected_sr0 ?? NaN);
      near(deflatedSharpe(facts, c.trials, c.var_sr ?? NaN), c.expected);
    }
  });
});

it('a drawdown that recovers counts to the recovery, one that does not to the end', () => {
  const { list } = drawdowns([0, 1, 2, 3, 4, 5].map((d) => d * DAY), [10, 9, 8, 12, 12, 6]);
  expect(list.map((d) => [d.depth, d.days, d.daysBelow, d.daysToRecover, d.periods])).toEqual([[1 - 8 / 10, 3, 2, 1, 2], [0.5, 1, 1, null, 1]]);
});
