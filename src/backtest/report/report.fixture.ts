import { dayOf } from '../../core/calendars/civil.ts';
import { Random } from '../../core/random.ts';
import { DAY } from '../../core/time.ts';
import type { BacktestRun, EquityCurve, FillRow, OrderRow, TradeRow } from '../model.ts';
import type { ReportExtras } from './extras.ts';
import { drawdowns } from './series.ts';

const HASH = 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c';

/** Weekdays from the start of 2004 on: a random walk with a drift, and a benchmark that moves with it in part. */
function walk(random: Random, days: number, capital: number): EquityCurve {
  const ts: number[] = [];
  for (let day = dayOf(2004, 1, 2); ts.length < days; day++) if ((((day + 4) % 7) + 7) % 7 % 6 !== 0) ts.push(day * DAY + 20.5 * 3.6e9);
  const n = ts.length;
  const [equity, benchmark, gross, net, cash] = [1, 2, 3, 4, 5].map(() => new Float64Array(n));
  equity[0] = capital;
  benchmark[0] = capital;
  cash[0] = capital;
  let level = 0.6;
  for (let i = 1; i < n; i++) {
    const shock = i > 1150 && i < 1450 ? -0.0016 : 0;
    const common = 0.0003 + shock + 0.01 * random.normal();
    benchmark[i] = benchmark[i - 1] * (1 + common);
    equity[i] = equity[i - 1] * (1 + 0.00035 + 0.35 * common + 0.0065 * random.normal());
    level = Math.min(0.98, Math.max(0.05, level + 0.03 * random.normal()));
    gross[i] = equity[i] * level;
    net[i] = equity[i] * level * (0.7 + 0.25 * Math.sin(i / 60));
    cash[i] = equity[i] - net[i];
  }
  return { ts: Float64Array.from(ts), equity, cash, gross, net, benchmark };
}

function trade(random: Random, curve: EquityCurve, symbols: readonly string[], open: boolean): TradeRow {
  const n = curve.ts.length;
  const at = open ? n - 2 : random.int(1, n - 40);
  const bars = open ? 1 : random.int(1, 38);
  const value = curve.equity[at] * 0.05;
  const entryPrice = 20 + 300 * random.next();
  const share = 0.004 + 0.03 * random.normal() + (random.next() < 0.04 ? 0.12 * random.normal() : 0);
  const short = random.next() < 0.35;
  const quantity = Math.max(1, Math.floor(value / entryPrice));
  return {
    symbol: symbols[Math.floor(symbols.length * random.next() ** 1.5)], side: short ? 'short' : 'long', quantity,
    entryTs: curve.ts[at], exitTs: curve.ts[at + bars], entryPrice, exitPrice: entryPrice * (1 + (short ? -share : share)),
    pnl: quantity * entryPrice * share - 2, commission: 2, return: share, bars,
    mae: Math.min(0, share) - 0.012 * Math.abs(random.normal()), mfe: Math.max(0, share) + 0.014 * Math.abs(random.normal()),
    entryReason: 'entry', exitReason: open ? 'end' : ['exit', 'stop', 'target'][random.int(0, 2)], open,
  };
}

function fillsOf(trades: readonly TradeRow[]): FillRow[] {
  const both = trades.flatMap((t, i): FillRow[] => [
    { order: 2 * i + 1, ts: t.entryTs, symbol: t.symbol, side: t.side === 'long' ? 'buy' : 'sell', quantity: t.quantity,
      price: t.entryPrice,
      commission: 1, slippage: 0.4, liquidity: 'taker' },
    { order: 2 * i + 2, ts: t.exitTs, symbol: t.symbol, side: t.side === 'long' ? 'sell' : 'buy', quantity: t.quantity, price: t.exitPrice,
      commission: 1, slippage: 0.4, liquidity: 'taker' },
  ]);
  return both.sort((a, b) => a.ts - b.ts || a.order - b.order);
}

const ordersOf = (fills: readonly FillRow[]): OrderRow[] => fills.map((f) => ({
  id: f.order, symbol: f.symbol, ts: f.ts, updated: f.ts, side: f.side, type: 'market', quantity: f.quantity, limit: null, stop: null,
    tif: 'gtc',
  status: 'filled', filled: f.quantity, avgPrice: f.price, parent: null, reason: 'entry', code: null,
}));

export interface Shape {
  readonly seed?: number;
  readonly days?: number;
  readonly symbols?: number;
  readonly trades?: number;
}

/** A run that never was: seeded, with every part that a report can show. 20 years of days, 50 symbols and 3,000 trades unless told. */
export function syntheticRun({ seed = 7, days = 5200, symbols: many = 50, trades: n = 3000 }: Shape = {}): BacktestRun {
  const random = new Random(seed);
  const symbols = Array.from({ length: many }, (_, i) => `${'ABCDEFGHIJ'[i % 10]}${'KLMNOPQRST'[Math.floor(i / 10) % 10]}${i % 3 === 0
    ? 'X' : 'CO'}`);
  const curve = walk(random, days, 100_000);
  const trades = Array.from({ length: n }, (_, i) => trade(random, curve, symbols, i < Math.min(3, n - 1))).sort((a, b) =>
    a.entryTs - b.entryTs);
  const fills = fillsOf(trades);
  const turnover = fills.reduce((a, f) => a + f.quantity * f.price, 0);
  const wins = trades.filter((t) => t.pnl > 0).length;
  const years = days / 252;
  const worst = drawdowns(curve)[0]?.depth ?? 0;
  const total = curve.equity[days - 1] / curve.equity[0] - 1;
  return {
    id: 'k7f2q9xm', pipeline: 'ema-cross',
      description: 'Buys when the fast average crosses above the slow one, with a stop at two average true ranges.',
    params: { fast: 12, slow: 26, stop_atr: 2, risk: 0.01, universe: 'large', shorts: true },
    from: curve.ts[0], to: curve.ts[days - 1], rows: days * many, seconds: 1.84, symbols, currency: 'USD', capital: 100_000,
      fillProfile: 'next-open',
    assumptions: [
      'A market order fills at the open of the next bar of its symbol.',
        'Commission is 1 USD for each order; slippage is 2 basis points of the price.',
      'A stop fills at its price, or at the open where the market opens beyond it.',
        'Orders take no more than 10 % of the volume of a bar.',
      'Prices are adjusted for splits; dividends are paid in cash.', 'Borrowing shares costs 0.5 % a year; idle cash earns nothing.',
    ],
    seed, versions: { millrace: '0.1.0', node: '20.20.2' }, pipelineHash: HASH, dataHash: [...HASH].reverse().join(''),
      hash: HASH.replaceAll('b', 'c'),
    curve, periodsPerYear: 252, orders: ordersOf(fills), fills, trades,
    costs: { commission: 2 * n, slippage: 0.8 * n, borrow: 812.4, funding: 0, interest: -143.2, total: 2.8 * n + 669.2 },
    benchmark: 'Index', exposure: 0.913, turnover, signals: 2 * n, refused: { max_position: 41, daily_loss: 3 },
    metrics: {
      total_return: total, cagr: (1 + total) ** (1 / years) - 1, volatility: 0.1167, sharpe: 1.021, sortino: 1.48, calmar: 0.41,
        omega: 1.19,
      max_drawdown: worst, max_drawdown_days: 611, win_rate: n === 0 ? null : wins / n, profit_factor: 1.32, trades: n, expectancy: 42.7,
        beta: 0.36, alpha: 0.071,
      probabilistic_sharpe: 0.9998, deflated_sharpe: 0.934, skew: -0.12, kurtosis: 3.4, var_95: -0.0114, cvar_95: -0.0158,
        ulcer_index: 0.061,
      average_trade_days: 19.4, commission: 2 * n, information_ratio: null,
    },
    requirements: [
      { text: 'sharpe >= 1', metric: 'sharpe', value: 1.021, ok: true }, { text: 'max_drawdown >= -20%', metric: 'max_drawdown',
        value: worst, ok: worst >= -0.2 },
      { text: 'deflated_sharpe >= 0.9', metric: 'deflated_sharpe', value: 0.934, ok: true }, { text: 'trades >= 100', metric: 'trades',
        value: n, ok: true },
    ],
    checks: [
      { name: 'parity', ok: true, text: '6,000 signals are the same in a live run and in the replay.' },
      { name: 'lookahead', ok: true, text: '200 cut points, no row changed by what came later.' },
    ],
    trials: 120,
  };
}

/** Nothing was traded: the account stays as it was. */
export function emptyRun(): BacktestRun {
  const run = syntheticRun({ days: 60, symbols: 2, trades: 0 });
  const flat = run.curve.ts.map(() => run.capital);
  const none = run.curve.ts.map(() => 0);
  return {
    ...run, description: '', params: {}, curve: { ts: run.curve.ts, equity: flat, cash: flat, gross: none, net: none, benchmark: none
      .map(() => NaN) },
    benchmark: null, costs: { commission: 0, slippage: 0, borrow: 0, funding: 0, interest: 0, total: 0 }, exposure: 0, signals: 0,
      refused: {},
    metrics: { total_return: 0, sharpe: null, trades: 0, win_rate: null }, requirements: [], checks: [], assumptions: [], trials: 1,
  };
}

/** One day: a start and an end. */
export function oneDayRun(): BacktestRun {
  const run = syntheticRun({ days: 2, symbols: 1, trades: 0 });
  return { ...run, benchmark: null, curve: { ...run.curve, benchmark: Float64Array.of(NaN, NaN) } };
}

/** Everything is lost after half of the time. */
export function ruinedRun(): BacktestRun {
  const run = syntheticRun({ days: 500, symbols: 3, trades: 40 });
  const equity = run.curve.equity.map((v, i) => (i < 250 ? v * (1 - i / 250) : 0));
  return { ...run, curve: { ...run.curve, equity }, metrics: { ...run.metrics, total_return: -1, cagr: -1, max_drawdown: -1,
    sharpe: -2.4 } };
}

/** Optional parts of the report, fitting `syntheticRun`. */
export function syntheticExtras(run: BacktestRun, seed = 11): ReportExtras {
  const random = new Random(seed);
  const { ts, equity } = run.curve;
  const shares = [0.05, 0.25, 0.5, 0.75, 0.95];
  const n = ts.length;
  const scores = [-1.64, -0.67, 0, 0.67, 1.64];
  const rows = [5, 8, 12, 16, 20].flatMap((fast) => [20, 26, 32, 40, 50, 60].map((slow) => ({
    params: { fast, slow, stop_atr: 2 },
      metrics: { sharpe: 1.1 - 0.02 * Math.abs(fast - 12) - 0.015 * Math.abs(slow - 26) + 0.35 * random.normal(), trades: 3000 - 40 * slow,
      max_drawdown: -0.2 - 0.05 * random.next() },
  })));
  const year = (y: number): number => dayOf(y, 1, 1) * DAY;
  return {
    command: 'millrace backtest pipelines/ema-cross.yaml --set fast=12 --set slow=26 --seed 7',
    capacity: { value: 4_250_000, note: 'Where the average order would be 1 % of the volume of its bar.',
      bySymbol: [{ symbol: 'AKX', value: 4_250_000 }, { symbol: 'BKCO', value: 7_100_000 }] },
    monteCarlo: {
      method: 'Blocks of 20 days drawn with replacement.', paths: 1000, seed: 3, x: ts, xKind: 'time', actual: equity,
      quantiles: shares.map((share, k) =>
        ({ share, values: ts.map((_, i) => 100_000 * Math.exp(0.00016 * i + scores[k] * 0.0072 * Math.sqrt(i))) })),
      figures: [{ name: 'Chance of a loss', value: '0.4 %' }, { name: 'Chance of a drawdown beyond 30 %', value: '11.2 %' }],
    },
    sweep: { metric: 'sharpe', direction: 'max', rows, overfitting: 0.18, realityCheck: 0.041 },
    walkForward: {
      metric: 'sharpe', method: 'Sliding: four years searched, one year tested, five days purged.',
      folds: n < 3000 ? [] : Array.from({ length: 12 }, (_, i) => ({ trainFrom: year(2004 + i), trainTo: year(2008 + i),
        testFrom: year(2008 + i) + 5 * DAY, testTo: year(2009 + i),
        params: { fast: 8 + (i % 3) * 4, slow: 26 }, inSample: 1.3 + 0.2 * random.normal(), outOfSample: 0.8 + 0.4 * random.normal() })),
    },
    regimes: [
      { name: 'calm', return: 0.91, sharpe: 1.4, maxDrawdown: -0.11, trades: 2100, share: 0.71 }, { name: 'wild', return: -0.08,
        sharpe: -0.2, maxDrawdown: -0.24, trades: 900, share: 0.29 },
    ],
    metricDocs: {
      total_return: { title: 'Total return', formula: 'final value / starting capital - 1', unit: 'share', group: 'Return' },
      cagr: { title: 'Return per year (CAGR)', formula: '(1 + total return)^(1 / years) - 1', unit: 'share', group: 'Return' },
      volatility: { title: 'Volatility', formula: 'standard deviation (n - 1) of returns x sqrt(periods per year)', unit: 'share',
        group: 'Risk', better: 'lower' },
      max_drawdown: { title: 'Max drawdown', formula: 'lowest value / highest value before it - 1', unit: 'share', group: 'Risk',
        better: 'lower' },
      sharpe: { title: 'Sharpe ratio', formula: 'mean / standard deviation (n - 1) of returns x sqrt(periods per year)', unit: 'ratio',
        group: 'Ratios' },
    },
  };
}
