import type { Extra } from './extra.ts';

const lines = (...text: string[]): string => `${text.join('\n')}\n`;

const cross = (from: string, price: string): string => lines('cross:', `  from: ${from}`,
  `  signal: { buy: "crosses_above(${price}, sma(${price}, 3))", sell: "crosses_below(${price}, sma(${price}, 3))" }`);

const node = (id: string, from: string, what: string): string => lines(`${id}:`, `  from: ${from}`, ...what.split('\n').map((l) => `  ${l}`));

/** Trading groups of all profiles, kinds of order and prices, beside the examples of their operators. */
export const TRADING_EXTRA: readonly Extra[] = [
  { name: 'trade: brackets on bars', nodes: cross('bars', 'close') + node('sized', 'cross', 'size: { method: fixed, units: 50, stop: 2, take_profit: 3 }')
    + node('account', 'sized', 'broker: { capital: 100000, costs: { commission: 1bps, slippage: 2bps, borrow: 1%, interest: 2% } }') },
  { name: 'trade: limit entries for a while, one per side', nodes: cross('bars', 'close')
    + node('sized', 'cross', 'size: { fraction: 20%, order: limit, limit: close * 0.999, tif: gtd, valid: 3m, trail: 1.5 }')
    + node('account', 'sized', 'broker: { fills: backtrader }') },
  { name: 'trade: of the free margin', nodes: cross('bars', 'close') + node('sized', 'cross', 'size: { fraction: 30%, at: fill, of: free, stop_price: close * 0.98 }')
    + node('account', 'sized', 'broker: { fills: backtesting-py, lot: 1, costs: { commission: 0.1% } }') },
  { name: 'trade: part of the volume', nodes: cross('bars', 'close') + node('sized', 'cross', 'size: { method: fixed, units: 9000, tif: gtc }')
    + node('account', 'sized', 'broker: { capital: 10000000, fills: pyalgotrade }') },
  { name: 'trade: a portfolio', nodes: cross('bars', 'close') + node('sized', 'cross', 'size: { method: inverse_volatility, window: 10, sides: long }')
    + node('often', 'sized', 'rebalance: { every: 15m, band: 1%, turnover: 50% }')
    + node('checked', 'often', 'risk: { max_weight: 60%, max_positions: 3, daily_loss: 5%, max_drawdown: { share: 20%, rest: 2h } }')
    + node('account', 'checked', 'broker: { capital: 50000, lot: 0 }') },
  { name: 'trade: bars filled at quotes', nodes: cross('bars', 'close') + node('sized', 'cross', 'size: { fraction: 10%, stop: 1, take_profit: 1 }')
    + node('account', '[sized, quotes]', 'broker: { fills: { profile: quote, latency: 250ms, partial: true } }') },
  { name: 'trade: trades filled at trades', nodes: cross('trades', 'price') + node('sized', 'cross', 'size: { method: fixed, units: 20, max_hold: 1m }')
    + node('account', 'sized', 'broker: { fills: { profile: next-trade, latency: 1s } }') },
  { name: 'trade: bars of trades at the path', nodes: node('b', 'trades', 'bars: { every: 20s }') + cross('b', 'close')
    + node('sized', 'cross', 'size: { method: fixed, units: 10, stop: 0.5, take_profit: 0.7 }')
    + node('account', 'sized', 'broker: { fills: nautilus-bar, end: last_close }') },
  { name: 'trade: read on', nodes: cross('bars', 'close') + node('sized', 'cross', 'size: { method: fixed, units: 5 }') + node('account', 'sized', 'broker: {}')
    + node('worth', 'account.equity', 'compute: { change: "equity - equity[1]" }') + node('bought', 'account', 'filter: side == "buy"')
    + node('wins', 'sized.trades', 'filter: pnl > 0') },
];
