import type { BacktestRun, EquityCurve, FillRow, OrderRow, TradeRow } from '../backtest/model.ts';

const DAY = 86_400_000_000;
const START = 1_704_188_400_000_000;

export const curveFrom = (values: readonly number[]): EquityCurve => ({
  ts: Float64Array.from(values, (_, i) => START + i * DAY), equity: Float64Array.from(values), cash: Float64Array.from(values, (v) => v / 2),
  gross: Float64Array.from(values, (v) => v / 2), net: Float64Array.from(values, (v) => -v / 2),
  benchmark: new Float64Array(values.length).fill(NaN),
});

export const ORDER: OrderRow = {
  id: 1, symbol: '005930', ts: START, updated: START + 1, side: 'buy', type: 'stop_limit', quantity: 10, limit: 0.1 + 0.2, stop: null,
  tif: 'day', status: 'filled', filled: 10, avgPrice: 100.25, parent: null, reason: 'entry', code: null,
};

export const FILL: FillRow = {
  order: 1, ts: START + 1, symbol: '005930', side: 'buy', quantity: 10, price: 100.25, commission: 1, slippage: -0, liquidity: 'taker',
};

export const TRADE: TradeRow = {
  symbol: '005930', side: 'long', quantity: 10, entryTs: START + 1, exitTs: START + DAY, entryPrice: 100.25, exitPrice: 101, pnl: 5.5,
  commission: 2, return: 0.0055, bars: 17, mae: -0.01, mfe: 0.02, entryReason: 'entry', exitReason: 'stop, "hard"', open: false,
};

/** A small run of two orders and one round trip. */
export const aRun = (over: Partial<BacktestRun> = {}): BacktestRun => ({
  id: 'a1b2c3d4', pipeline: 'ema-cross', description: 'Crossing averages', params: { fast: 12, slow: 26, symbol: 'NaN', risky: true },
  from: START, to: START + 2 * DAY, rows: 1000, seconds: 1.5, symbols: ['005930', 'TRUE'], currency: 'USD', capital: 100_000,
  fillProfile: 'next_open', assumptions: ['Fills at the next open.'], seed: 7, versions: { millrace: '0.1.0', node: '20.19.0' },
  pipelineHash: 'p'.repeat(64), dataHash: 'd'.repeat(64), hash: 'h'.repeat(64), curve: curveFrom([100_000, 100_005.5, 99_999.1]),
  periodsPerYear: 252, orders: [ORDER, { ...ORDER, id: 2, symbol: 'TRUE', side: 'sell', parent: 1, code: 'E620', avgPrice: null }],
  fills: [FILL], trades: [TRADE], costs: { commission: 2, slippage: 0, borrow: 0, funding: 0, interest: 0, total: 2 }, benchmark: null,
  exposure: 0.5, turnover: 2000, signals: 4, refused: { E620: 1 }, metrics: { sharpe: 1.25, calmar: null, profit_factor: Infinity },
  requirements: [{ text: 'sharpe >= 1', metric: 'sharpe', value: 1.25, ok: true }], checks: [{ name: 'parity', ok: true, text: 'same' }],
  trials: 1, ...over,
});
