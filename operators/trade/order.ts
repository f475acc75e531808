/** Kinds of order, by number so that they can lie in a column; the words are `ORDER_TYPE.values`. */
import { enumType } from '../../src/core/types.ts';

export const ORDER_TYPE = enumType('order_type', 'market', 'limit', 'stop', 'stop_limit', 'trailing', 'market_on_open', 'market_on_close');
export const ORDER_STATUS = enumType('order_status', 'pending', 'open', 'partial', 'filled', 'cancelled', 'expired', 'rejected');
export const ORDER_SIDE = enumType('order_side', 'sell', 'buy');
export const TIF = enumType('tif', 'day', 'gtc', 'gtd', 'ioc', 'fok');
export const ROLE = enumType('role', 'entry', 'exit', 'stop', 'target', 'end', 'rebalance', 'risk');

const at = (of: { readonly values: readonly string[] }, word: string): number => of.values.indexOf(word);

export const MARKET = at(ORDER_TYPE, 'market');
export const LIMIT = at(ORDER_TYPE, 'limit');
export const STOP = at(ORDER_TYPE, 'stop');
export const STOP_LIMIT = at(ORDER_TYPE, 'stop_limit');
export const TRAILING = at(ORDER_TYPE, 'trailing');
export const ON_OPEN = at(ORDER_TYPE, 'market_on_open');
export const ON_CLOSE = at(ORDER_TYPE, 'market_on_close');

/** `pending` has not reached the market: latency, or the parent has not filled. */
export const PENDING = at(ORDER_STATUS, 'pending');
export const OPEN = at(ORDER_STATUS, 'open');
export const PARTIAL = at(ORDER_STATUS, 'partial');
export const FILLED = at(ORDER_STATUS, 'filled');
export const CANCELLED = at(ORDER_STATUS, 'cancelled');
export const EXPIRED = at(ORDER_STATUS, 'expired');
export const REJECTED = at(ORDER_STATUS, 'rejected');

export const DAY = at(TIF, 'day');
export const GTC = at(TIF, 'gtc');
export const GTD = at(TIF, 'gtd');
export const IOC = at(TIF, 'ioc');
export const FOK = at(TIF, 'fok');

export const ENTRY = at(ROLE, 'entry');
export const EXIT = at(ROLE, 'exit');
export const STOP_LOSS = at(ROLE, 'stop');
export const TARGET = at(ROLE, 'target');
export const AT_END = at(ROLE, 'end');
export const REBALANCE = at(ROLE, 'rebalance');
export const BY_RISK = at(ROLE, 'risk');

/** What is sent with an order to protect the position that it opens: distances from the fill, or prices. NaN for none. */
export interface Protection {
  readonly stopDistance: number;
  readonly stopPrice: number;
  readonly targetDistance: number;
  readonly targetPrice: number;
  /** Distance of a trailing stop; a share of the price where `trailShare` is set. */
  readonly trail: number;
  readonly trailShare: boolean;
}

/** What a decision asks for. Prices are NaN where the type has none. */
export interface Ticket {
  readonly key: number;
  readonly side: 1 | -1;
  /** Units; NaN where `share` sizes the order when it fills. */
  readonly quantity: number;
  /** Share of what the account has free, for an order that is sized when it fills; NaN otherwise. */
  readonly share: number;
  readonly type: number;
  readonly limit: number;
  readonly stop: number;
  /** Distance of a trailing stop from the best price since; a share of the price where `trailShare` is set. */
  readonly trail: number;
  readonly trailShare: boolean;
  readonly tif: number;
  /** Event time at which a `gtd` order ends; Infinity otherwise. */
  readonly expires: number;
  readonly role: number;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly protect: Protection | null;
  /** Order whose fill makes this one live, 0 for none; and the group of which one fill cancels the others, 0 for none. */
  readonly parent: number;
  readonly oco: number;
}

/** An order as the market holds it: plain data, so that a checkpoint is a copy. */
export interface Order {
  readonly id: number;
  readonly key: number;
  readonly side: 1 | -1;
  readonly type: number;
  readonly tif: number;
  readonly expires: number;
  readonly role: number;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  protect: Protection | null;
  readonly parent: number;
  readonly oco: number;
  readonly share: number;
  trail: number;
  readonly trailShare: boolean;
  /** When it was sent, and when the market has it. */
  readonly sent: number;
  arrives: number;
  quantity: number;
  left: number;
  limit: number;
  stop: number;
  /** Its stop price has been touched: from then on it is a market or a limit order. */
  triggered: boolean;
  status: number;
  updated: number;
  /** Sum of price times quantity of its fills, and of their commissions. */
  value: number;
  commission: number;
  /** Why it was refused, cancelled or expired. */
  code: string | null;
  /** Displayed quantity at its price that fills before it; NaN before it rests. */
  ahead: number;
  /** Traded at its price since the last change of the depth there. */
  traded: number;
  /** Trading session in which it was sent, for `day` orders. */
  session: number;
}

export const blank: Ticket = Object.freeze({
  key: 0, side: 1, quantity: NaN, share: NaN, type: MARKET, limit: NaN, stop: NaN, trail: NaN, trailShare: false, tif: GTC,
  expires: Infinity, role: ENTRY, postOnly: false, reduceOnly: false, protect: null, parent: 0, oco: 0,
});

/** An order that can still fill. */
export const isAlive = (o: Order): boolean => o.status <= PARTIAL;

/** Stops and targets do not count as orders on the way: they only act when the price comes to them. */
export const isProtective = (o: Pick<Order, 'role'>): boolean => o.role === STOP_LOSS || o.role === TARGET;

export const filledOf = (o: Order): number => o.quantity - o.left;
