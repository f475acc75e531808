import { against, applyLevel, applyTop, bestPrice, bestSize, DUST, type Book, type Sign } from './book.ts';
import { advanceByDepth, advanceByTrade, clearQueue, join, type Queued, type QueueSettings } from './queue.ts';
import { addFill, reach, takeAt, walk, type Fills } from './walk.ts';

/** How orders are filled from book events. */
export interface FillSettings {
  readonly queue: QueueSettings;
  /**
   * A trade strictly through the limit, or an opposite best price that meets it, fills a resting order: `full` wholly (hftbacktest),
   * `capped` up to the size of the trade or of the level that meets it (NautilusTrader).
   */
  readonly through: 'full' | 'capped';
  /** Fills end at the displayed size and at what a trade leaves over; false: whatever fills an order fills all of it, at one price. */
  readonly partial: boolean;
  /** Liquidity and trades that own fills used up cannot fill another order (NautilusTrader: liquidity_consumption). */
  readonly consume: boolean;
  /** Smallest step of a quantity; what a queue leaves over is rounded down to it. 0: any quantity. */
  readonly lot: number;
}

/** What a resting limit order needs: the exchange's own order serves. `remaining` is left to the exchange to reduce by what was filled. */
export interface Resting extends Queued {
  readonly side: Sign;
  /** Limit price, in exactly the decimals of the feed: levels are found by equality. */
  readonly price: number;
  readonly remaining: number;
}

export interface Trade {
  price: number;
  size: number;
  /** Who took liquidity; 0 if the feed does not tell: it then moves the queues of both sides. */
  aggressor: Sign | 0;
  /** Quantity that own fills used up already: 0 at first, then shared by the orders that it is shown to, first come first. */
  used: number;
}

/** A change of one level of an L2 book. Filled in by `changeLevel`; one object serves all events. */
export interface LevelChange {
  side: Sign;
  price: number;
  size: number;
  /** Displayed before. */
  previous: number;
}

/** A change of the best level of one side of an L1 book. Filled in by `changeTop`; one object serves all events. */
export interface TopChange {
  side: Sign;
  /** NaN: the side is empty. */
  price: number;
  size: number;
  previousPrice: number;
  previousSize: number;
}

/** Applies a change to the book and notes what was displayed before. The resting orders are shown it next. */
export function changeLevel(book: Book, change: LevelChange): void {
  change.previous = applyLevel(book, change.side, change.price, change.size);
}

/** Applies one side of a quote to the book and notes the side's best level before. The resting orders are shown it next. */
export function changeTop(book: Book, change: TopChange): void {
  change.previousPrice = bestPrice(book, change.side);
  change.previousSize = bestSize(book, change.side);
  applyTop(book, change.side, change.price, change.size);
}

const whole = (quantity: number, lot: number): number => (lot > 0 ? Math.floor(quantity / lot + 1e-9) * lot : quantity);

/** All that remains if no more than residue would be left over, else `quantity`. */
const bounded = (remaining: number, quantity: number): number => (remaining - quantity <= remaining * DUST ? remaining : quantity);

/** Accepts a limit order into the queue at its price; called again after any change of the order, which sends it to the back. */
export function rest(book: Book, order: Resting, settings: FillSettings): void {
  join(order, book, order.side, order.price, settings.queue);
}

/**
 * Quantity that a trade fills of a resting order, at the order's price and as a maker. A trade at the price works off the queue and fills
 * with its excess; a trade beyond the price fills by `through`; a trade that the order's own side took tells nothing. Orders are shown a
 * trade by price, then by time of acceptance.
 */
export function restingOnTrade(order: Resting, trade: Trade, settings: FillSettings): number {
  if (trade.aggressor === order.side || !(trade.size > 0)) return 0;
  const through = order.side * (order.price - trade.price);
  if (through < 0) return 0;
  const used = settings.consume ? trade.used : 0;
  let quantity: number;
  if (through > 0) {
    clearQueue(order);
    quantity = settings.through === 'full' ? order.remaining : trade.size - used;
  } else quantity = whole(advanceByTrade(order, trade.size) - used, settings.lot);
  if (quantity <= trade.size * DUST) return 0;
  const filled = settings.partial ? bounded(order.remaining, quantity) : order.remaining;
  trade.used += filled;
  return filled;
}

/** Fill of an order that a level of the other side meets. */
function met(book: Book, order: Resting, price: number, settings: FillSettings): number {
  clearQueue(order);
  if (settings.through === 'full' || !settings.partial) return order.remaining;
  return bounded(order.remaining, takeAt(book, against(order.side), price, order.remaining, settings.consume));
}

/**
 * Quantity that a change of a level fills of a resting order, at the order's price and as a maker. A change at the order's own price moves
 * its queue; an opposite level that meets or crosses the limit fills the order. Only the changed level counts: what an order could not
 * take when it came does not fill it later.
 */
export function restingOnDepth(book: Book, order: Resting, change: LevelChange, settings: FillSettings): number {
  if (change.side === order.side) {
    if (change.price === order.price) advanceByDepth(order, change.previous, change.size, settings.queue);
    return 0;
  }
  if (!(change.size > 0) || order.side * (order.price - change.price) < 0) return 0;
  return met(book, order, change.price, settings);
}

/**
 * The same for the best level of one side of a quote. While the order's price is the best one its queue follows the quoted size; when the
 * best price falls behind it the queue is gone; while the best price is ahead of it nothing is known. Source: NautilusTrader
 * docs/concepts/backtesting/trade-execution.md (queue position, L1).
 */
export function restingOnTop(book: Book, order: Resting, change: TopChange, settings: FillSettings): number {
  const empty = change.price !== change.price || change.size === 0;
  const ahead = order.side * (change.price - order.price);
  if (change.side === order.side) {
    if (ahead === 0) {
      const previous = change.previousPrice === order.price ? change.previousSize : 0;
      advanceByDepth(order, previous, Number.isNaN(change.size) ? 0 : change.size, settings.queue);
    } else if (empty || ahead < 0) clearQueue(order);
    return 0;
  }
  if (empty || ahead > 0) return 0;
  if (change.price === change.previousPrice && (change.size === change.previousSize || Number.isNaN(change.size))) return 0;
  return met(book, order, change.price, settings);
}

/** An order on its way in: a limit order, or a market order with NaN as limit. */
export interface Incoming {
  readonly side: Sign;
  readonly remaining: number;
  readonly limit: number;
  /** What becomes of a remainder: rests, is cancelled, or forbids the fill. Market orders never rest. */
  readonly tif: 'gtc' | 'ioc' | 'fok';
  /** Rejected if it would trade at once. */
  readonly postOnly: boolean;
}

/** What became of an incoming order beside its fills: none is left, the remainder is for `rest`, is cancelled, or all of it is rejected. */
export type Outcome = 'filled' | 'rests' | 'cancelled' | 'rejected';

/** Whether an order with this limit would trade at once. */
export function marketable(book: Book, side: Sign, limit: number): boolean {
  const price = bestPrice(book, against(side));
  return price === price && !(side * (price - limit) > 0);
}

/**
 * Fills an incoming order from what the book displays, as a taker, each fill at the price of its level. The fills are in `out`, best
 * price first. Without `partial` the whole order fills at the best price, whatever is displayed.
 */
export function takeLiquidity(book: Book, order: Incoming, settings: FillSettings, out: Fills): Outcome {
  out.count = 0;
  const { side, remaining, limit, tif } = order;
  const rests = limit === limit && tif === 'gtc';
  if (!marketable(book, side, limit)) return rests ? 'rests' : 'cancelled';
  if (order.postOnly) return 'rejected';
  if (!settings.partial) {
    addFill(out, bestPrice(book, against(side)), remaining);
    return 'filled';
  }
  if (tif === 'fok' && reach(book, side, limit, remaining) < remaining * (1 - DUST / 2)) return 'cancelled';
  const filled = walk(book, side, remaining, limit, out, settings.consume);
  if (filled === remaining) return 'filled';
  return rests ? 'rests' : 'cancelled';
}

/** Whether a trade triggers a stop: a buy stop at its price or above, a sell stop at its price or below. */
export const stopByTrade = (side: Sign, stop: number, price: number): boolean => side * (price - stop) >= 0;

/** Whether the book triggers a stop: a buy stop by the lowest ask, a sell stop by the highest bid. */
export const stopByBook = (book: Book, side: Sign, stop: number): boolean =>
  side * (bestPrice(book, against(side)) - stop) >= 0;
