import { column } from '../../src/core/operator.ts';
import { enumType, type Schema } from '../../src/core/types.ts';
import { ORDER_SIDE, ORDER_STATUS, ORDER_TYPE, ROLE, TIF } from './order.ts';

export const POSITION_SIDE = enumType('position_side', 'short', 'long');

/** Own columns of a `size` node, behind those of its input. */
export const TARGET_COLUMNS: Schema = Object.freeze([
  column('weight', 'f64', 'Wanted position as a share of the equity, negative for short.'),
  column('quantity', 'f64', 'Wanted position in units, negative for short; null where it is sized when the order fills.'),
  column('stop', 'f64', 'Price of the protective stop; null for none.'),
  column('take_profit', 'f64', 'Price of the target; null for none.'),
]);

export const FILLS: Schema = Object.freeze([
  column('order', 'i64', 'Id of the order.'),
  column('side', ORDER_SIDE, 'buy or sell.'),
  column('quantity', 'f64', 'Units.'),
  column('price', 'f64', 'Price of a unit, slippage included.'),
  column('commission', 'f64', 'Commission in money of the instrument\'s currency; a rebate is negative.'),
  column('slippage', 'f64', 'What slippage cost, in money: it is inside the price.'),
  column('maker', 'bool', 'The order had been resting in the book.'),
  column('role', ROLE, 'What the order was for.'),
  column('position', 'f64', 'Units held afterwards.'),
]);

export const ORDERS: Schema = Object.freeze([
  column('order', 'i64', 'Id, counted from 1.'),
  column('status', ORDER_STATUS, 'State after this row.'),
  column('side', ORDER_SIDE, 'buy or sell.'),
  column('type', ORDER_TYPE, 'Kind of order.'),
  column('quantity', 'f64', 'Units; null for an order that is sized when it fills.'),
  column('filled', 'f64', 'Units filled so far.'),
  column('avg_price', 'f64', 'Mean price of the fills.'),
  column('limit', 'f64', 'Limit price.'),
  column('stop', 'f64', 'Stop price.'),
  column('tif', TIF, 'How long it is good.'),
  column('sent', 'time', 'When it was sent.'),
  column('parent', 'i64', 'Order that this one protects.'),
  column('role', ROLE, 'What it is for.'),
  column('code', 'text', 'Why it was refused, cancelled or expired.'),
]);

export const TRADES: Schema = Object.freeze([
  column('side', POSITION_SIDE, 'long or short.'),
  column('quantity', 'f64', 'Units.'),
  column('entry_time', 'time', 'When it was entered.'),
  column('entry_price', 'f64', 'Price of the entry.'),
  column('exit_price', 'f64', 'Price of the exit, or the last price of a trade that is open at the end.'),
  column('pnl', 'f64', 'Result after the commissions of both sides, in money of the account.'),
  column('commission', 'f64', 'Commissions of both sides.'),
  column('return', 'f64', 'pnl over the value at entry.'),
  column('bars', 'i64', 'Market rows from entry to exit.'),
  column('mae', 'f64', 'Worst open result on the way as a share of the value at entry, at most 0.'),
  column('mfe', 'f64', 'Best open result on the way as a share of the value at entry, at least 0.'),
  column('entry_role', ROLE, 'What the entry was for.'),
  column('exit_role', ROLE, 'What the exit was for; null for a trade that is open at the end.'),
  column('open', 'bool', 'The data ended before the trade did.'),
]);

export const EQUITY: Schema = Object.freeze([
  column('equity', 'f64', 'Cash and positions at their last price.'),
  column('cash', 'f64', 'Cash.'),
  column('gross', 'f64', 'Value of all positions without sign.'),
  column('net', 'f64', 'Value of all positions with sign.'),
  column('positions', 'i64', 'Number of positions.'),
  column('commission', 'f64', 'Commissions so far.'),
  column('slippage', 'f64', 'Cost of slippage so far.'),
  column('borrow', 'f64', 'Borrow fees so far.'),
  column('funding', 'f64', 'Funding so far.'),
  column('interest', 'f64', 'Interest paid so far; received is negative.'),
  column('traded', 'f64', 'Value of all fills so far.'),
]);

export const REFUSED: Schema = Object.freeze([
  column('side', ORDER_SIDE, 'buy or sell.'),
  column('quantity', 'f64', 'Units that were refused.'),
  column('price', 'f64', 'Last price.'),
  column('code', 'text', 'Code of the rule.'),
  column('text', 'text', 'The rule in words.'),
]);

export const PORTS = Object.freeze({ orders: ORDERS, trades: TRADES, equity: EQUITY, refused: REFUSED });
/** Streams of every node of a trading group, named behind a dot: `account.trades`. */
export const PORT_NAMES = Object.freeze(['fills', 'orders', 'trades', 'equity', 'refused'] as const);
