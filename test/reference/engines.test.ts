import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { BacktestRun } from '../../src/backtest/model.ts';
import { backtestOf, csvOf, type Table } from './play.ts';
import { reference } from './reference.ts';

const day = (ts: number): string => new Date(ts / 1000).toISOString().slice(0, 10);
const last = (xs: ArrayLike<number>): number => xs[xs.length - 1];
const relative = (found: number, wanted: number, within: number): void => {
  expect(Math.abs(found - wanted), `${found} for ${wanted}`).toBeLessThanOrEqual(within * Math.max(1, Math.abs(wanted)));
};

/** Equity by day against a column of a published curve; every day of it must be there. */
function sameCurve(run: BacktestRun, table: Table, column: string, within: number): void {
  const found = new Map(Array.from(run.curve.ts, (ts, i) => [day(ts), run.curve.equity[i]]));
  let compared = 0;
  for (const row of table) {
    const date = /^\d{8}$/.test(row.date) ? `${row.date.slice(0, 4)}-${row.date.slice(4, 6)}-${row.date.slice(6)}` : row.date;
    const equity = found.get(date);
    if (equity === undefined) throw new Error(`no equity on ${date}`);
    expect(Math.abs(equity - Number(row[column])), date).toBeLessThanOrEqual(within * Math.max(1, Math.abs(Number(row[column]))));
    compared += 1;
  }
  expect(compared).toBeGreaterThan(3);
}

const backtestingPy = reference('backtestingpy');

describe.skipIf(backtestingPy === null)('backtesting.py', () => {
  const at = (file: string): string => join(backtestingPy as string, file);
  it.each([
    ['backtesting-py-sma-cross', 'goog_smacross_10_30_asserted'],
    ['backtesting-py-sma-cross-commission', 'goog_smacross_10_20_comm0.2pct'],
    ['backtesting-py-stop-target', 'goog_sltp'],
    ['backtesting-py-long-only', 'goog_smalong_95pct_fixed_plus_pct'],
  ])('%s', async (pipeline, name) => {
    const run = await backtestOf(pipeline, 'bars', csvOf(at('GOOG.csv'), { first: 'date', symbol: 'GOOG' }));
    const wanted = JSON.parse(readFileSync(at(`${name}.json`), 'utf8')) as { expected: Record<string, number> };
    const trades = csvOf(at(`${name}.trades.csv`));
    expect(run.trades).toHaveLength(trades.length);
    run.trades.forEach((t, i) => {
      const row = trades[i];
      expect([t.side === 'long' ? t.quantity : -t.quantity, day(t.entryTs), day(t.exitTs)]).toEqual([Number(row.Size), row.EntryTime, row.ExitTime]);
      relative(t.entryPrice, Number(row.EntryPrice), 1e-8);
      relative(t.exitPrice, Number(row.ExitPrice), 1e-8);
      relative(t.pnl, Number(row.PnL), 1e-8);
      relative(t.commission, Number(row.Commission), 1e-8);
      relative(t.return, Number(row.ReturnPct), 1e-8);
    });
    relative(last(run.curve.equity), wanted.expected['Equity Final [$]'], 1e-8);
    const lines = gunzipSync(readFileSync(at(`${name}.equity.csv.gz`))).toString().trim().split('\n').slice(1).map((l) => l.split(','));
    sameCurve(run, lines.map(([date, equity]) => ({ date, equity })), 'equity', 1e-8);
    const metric = (key: string, of: string, scale = 1): void => relative((run.metrics[key] ?? NaN) * scale, wanted.expected[of], 1e-8);
    metric('annual_return_geometric', 'Return (Ann.) [%]', 100);
    metric('volatility_geometric', 'Volatility (Ann.) [%]', 100);
    metric('sharpe_geometric', 'Sharpe Ratio');
    metric('sortino_geometric', 'Sortino Ratio');
    metric('max_drawdown', 'Max. Drawdown [%]', -100);
    metric('sqn_sample', 'SQN');
    metric('win_rate', 'Win Rate [%]', 100);
    metric('profit_factor_returns', 'Profit Factor');
    metric('kelly', 'Kelly Criterion');
    metric('average_trade_geometric', 'Avg. Trade [%]', 100);
    metric('cagr', 'CAGR [%]', 100);
  });
});

const backtrader = reference('backtrader');

describe.skipIf(backtrader === null)('backtrader', () => {
  it.each([
    ['backtrader-sma-cross', 'sma15_stocklike', '2006-day-001'], ['backtrader-futures', 'sma15_futureslike', '2006-day-001'],
    ['backtrader-bracket', 'orcl_bracket', 'orcl-2003-2005'],
  ])('%s', async (pipeline, name, data) => {
    const at = (file: string): string => join(backtrader as string, file);
    const run = await backtestOf(pipeline, 'bars', csvOf(at(`${data}.csv`), { symbol: 'X' }));
    const wanted = (JSON.parse(readFileSync(at(`${name}.json`), 'utf8')) as { expected: Record<string, number> }).expected;
    relative(last(run.curve.equity), wanted.final_value, 1e-9);
    relative(last(run.curve.cash), wanted.final_cash, 1e-9);
    const fills = csvOf(at(`${name}.fills.csv`));
    expect(run.fills.map((f) => [day(f.ts), f.side, f.quantity])).toEqual(fills.map((f) => [f.date, f.side, Math.abs(Number(f.executed_size_cum))]));
    run.fills.forEach((f, i) => {
      expect(f.price).toBeCloseTo(Number(fills[i].executed_price_avg), 9);
      expect(f.commission).toBeCloseTo(Number(fills[i].commission_cum), 9);
    });
    expect(run.trades.filter((t) => !t.open)).toHaveLength(wanted.closed_trades);
    sameCurve(run, csvOf(at(`${name}.equity.csv`)), 'value', 1e-9);
    relative(run.metrics.sqn ?? NaN, wanted.sqn, 1e-10);
    relative((run.metrics.max_drawdown ?? NaN) * 100, wanted.max_drawdown_pct, 1e-9);
  });
});

const lean = reference('lean');

/** Adjusted prices under the names of a bar. */
const spy = (from: string, to: string): Table => csvOf(join(lean as string, 'spy_daily_raw_and_adjusted.csv'), { symbol: 'SPY' })
  .filter((r) => r.date >= from && r.date <= to)
  .map((r) => ({
    date: `${r.date.slice(0, 4)}-${r.date.slice(4, 6)}-${r.date.slice(6)}`, symbol: 'SPY', open: r.adj_open, high: r.adj_high, low: r.adj_low,
    close: r.adj_close, volume: r.volume,
  }));

describe.skipIf(lean === null)('Lean', () => {
  it('BasicTemplateDaily', async () => {
    const run = await backtestOf('lean-buy-and-hold', 'bars', spy('20131008', '20131017'));
    expect(run.orders).toHaveLength(1);
    expect(run.orders[0].filled).toBe(697);
    expect(run.costs.commission).toBeCloseTo(3.485, 9);
    expect(last(run.curve.equity)).toBeCloseTo(104486.21831449, 2);
  });

  it('MACDTrend', async () => {
    const run = await backtestOf('lean-macd-trend', 'bars', spy('20040101', '20141231'));
    const fills = csvOf(join(lean as string, 'macdtrend.fills.csv'));
    expect(run.fills).toHaveLength(fills.length);
    run.fills.forEach((f, i) => {
      expect([day(f.ts).replaceAll('-', ''), f.side, f.quantity]).toEqual([fills[i].date, fills[i].side, Number(fills[i].qty)]);
      expect(f.price).toBeCloseTo(Number(fills[i].price), 6);
      expect(f.commission).toBeCloseTo(Number(fills[i].fee), 9);
    });
    expect(last(run.curve.equity)).toBeCloseTo(137751.03784329, 2);
    expect(run.costs.commission).toBeCloseTo(468.54, 6);
    sameCurve(run, csvOf(join(lean as string, 'macdtrend.equity.csv')), 'equity', 1e-7);
    relative(run.metrics.cagr_365 ?? NaN, 0.0295218, 2e-3);
    relative(run.metrics.max_drawdown ?? NaN, 0.3489173904751488, 1e-6);
    relative(run.metrics.average_win_balance ?? NaN, 0.04778236862187613, 1e-6);
    relative(run.metrics.average_loss_balance ?? NaN, -0.041590964677440355, 1e-6);
  });
});

const pyalgotrade = reference('pyalgotrade');

describe.skipIf(pyalgotrade === null)('PyAlgoTrade', () => {
  it('SMA(20) on ORCL 2000, at most a quarter of the volume', async () => {
    const at = (file: string): string => join(pyalgotrade as string, file);
    const data = csvOf(at('orcl-2000-yahoofinance.csv'), { symbol: 'ORCL' })
      .map((r) => ({ ...r, 'adj_close': r['Adj Close'], date: r.Date })).reverse();
    const run = await backtestOf('pyalgotrade-sma-cross', 'raw', data);
    const fills = csvOf(at('orcl2000_sma20.fills.csv'));
    expect(run.fills.map((f) => [day(f.ts), f.side, f.quantity])).toEqual(fills.map((f) => [f.date, f.side, Number(f.qty)]));
    run.fills.forEach((f, i) => expect(f.price).toBeCloseTo(Number(fills[i].price), 9));
    const wanted = (JSON.parse(readFileSync(at('orcl2000_sma20.json'), 'utf8')) as { expected: Record<string, number> }).expected;
    relative(last(run.curve.equity), wanted.final_value, 1e-9);
    relative(run.metrics.max_drawdown ?? NaN, wanted.max_drawdown, 1e-9);
    expect(run.trades.filter((t) => !t.open)).toHaveLength(wanted.trades);
    expect(run.trades.filter((t) => !t.open && t.pnl > 0)).toHaveLength(wanted.wins);
  });
});

const nautilus = reference('nautilus');

describe.skipIf(nautilus === null)('NautilusTrader', () => {
  it('EMA cross on one-minute bars: 902 orders', async () => {
    const at = (file: string): string => join(nautilus as string, file);
    const data = csvOf(at('btcusdt_1m_10000.csv'), { symbol: 'BTCUSDT' }).map((r) => ({ ...r, date: `${r.timestamp.replace(' ', 'T')}Z` }));
    const run = await backtestOf('nautilus-ema-cross', 'bars', data);
    const fills = csvOf(at('ema_cross_quotes.fills.csv'));
    expect(run.orders).toHaveLength(902);
    expect(run.fills).toHaveLength(fills.length);
    run.fills.forEach((f, i) => {
      expect([new Date(f.ts / 1000).toISOString().slice(0, 19), f.side, f.price]).toEqual(
        [fills[i].bar_close_ts.slice(0, 19).replace(' ', 'T'), Number(fills[i].side) > 0 ? 'buy' : 'sell', Number(fills[i].price)]);
      expect(f.commission).toBeCloseTo(Number(fills[i].fee_usdt), 8);
    });
    expect(last(run.curve.equity)).toBeCloseTo(9_999_954.943133, 6);
  });
});
