import { beyond, displayed, DUST, type Book, type Sign } from './book.ts';

export const QUEUE_MODELS = Object.freeze(['none', 'risk_averse', 'probabilistic'] as const);
export const QUEUE_FUNCTIONS = Object.freeze(['power', 'power2', 'power3', 'log', 'log2'] as const);
export type QueueFunction = (typeof QUEUE_FUNCTIONS)[number];

/**
 * How the place of a resting limit order in the queue of its price is estimated where the feed shows quantities per price only.
 * `none`: no queue, the order is at the front at once. `risk_averse`: who leaves the queue stood behind the order, unless traded away.
 * `probabilistic`: who leaves stood ahead and behind in shares that `function` gives.
 */
export interface QueueSettings {
  readonly model: (typeof QUEUE_MODELS)[number];
  /** For `probabilistic`: power functions x^n, or log(1 + x), which depends on the unit of quantity. */
  readonly function: QueueFunction;
  /** Exponent of the power functions, above 0. 1 spreads departures evenly; more puts them to the longer part of the queue. */
  readonly n: number;
}

/** What a resting order knows about its queue. An exchange keeps these two numbers on its own order. */
export interface Queued {
  /** Quantity that trades before the order does; Infinity while the book does not reach to its price. */
  ahead: number;
  /** Traded at the price since the last depth update, which will show it as a decrease. */
  traded: number;
}

/**
 * Share of a decrease that happened behind an order with quantity `front` before and `back` behind it, 0 to 1. With f(x) = x^n or
 * log(1 + x): `power`, `log` f(back) / (f(back) + f(front)); `power2`, `log2` f(back) / f(back + front); `power3`
 * 1 - f(front / (front + back)). Source: nkaz001/hftbacktest docs/order_fill.rst and models/queue.rs (PowerProbQueueFunc, 2, 3,
 * LogProbQueueFunc, 2), which names quant.stackexchange.com/questions/3782 and rigtorp.se/2013/06/08/estimating-order-queue-position.html.
 */
export function behind(settings: QueueSettings, front: number, back: number): number {
  const n = settings.n;
  let p: number;
  switch (settings.function) {
    case 'power': { const b = back ** n; p = b / (b + front ** n); break; }
    case 'power2': p = back ** n / (back + front) ** n; break;
    case 'power3': p = 1 - (front / (front + back)) ** n; break;
    case 'log': { const b = Math.log(1 + back); p = b / (b + Math.log(1 + front)); break; }
    case 'log2': p = Math.log(1 + back) / Math.log(1 + back + front); break;
  }
  // An empty queue divides by nothing: whatever leaves it is not ahead.
  return p >= 0 && p <= 1 ? p : 1;
}

/**
 * Puts an order at the back of the queue at `price`: everything displayed there is ahead of it. Used at acceptance and again when the
 * order is changed. Behind the last level that is shown the quantity is unknown: the order waits until the book reaches its price.
 * A quote without a size leaves no queue to stand in.
 */
export function join(order: Queued, book: Book, side: Sign, price: number, settings: QueueSettings): void {
  order.traded = 0;
  order.ahead = 0;
  if (settings.model === 'none') return;
  if (beyond(book, side, price)) order.ahead = Infinity;
  else {
    const shown = displayed(book, side, price);
    if (shown < Infinity) order.ahead = shown;
  }
}

/** Takes a trade at the order's price by the other side off the queue and returns what of it reaches the order: only the excess. */
export function advanceByTrade(order: Queued, size: number): number {
  const ahead = order.ahead;
  const left = ahead - size;
  const residue = DUST * (ahead < Infinity ? ahead + size : size);
  order.traded += size;
  order.ahead = left > residue ? left : 0;
  return -left > residue ? -left : 0;
}

/**
 * Takes a change of the displayed quantity at the order's own price and side off the queue. Trades show up as a decrease too and were
 * counted already, so they come off the decrease first. Nobody can be ahead of the order who is not displayed: the new quantity is an
 * upper bound, and a deleted level leaves nobody. Source: hftbacktest ProbQueueModel, RiskAdverseQueueModel; the bound and the deletion
 * also NautilusTrader docs/concepts/backtesting/trade-execution.md. Unlike there, `ahead` ends at 0.
 */
export function advanceByDepth(order: Queued, previous: number, size: number, settings: QueueSettings): void {
  const decrease = previous - size - order.traded;
  order.traded = 0;
  const ahead = order.ahead;
  if (settings.model === 'probabilistic' && decrease > 0 && ahead > 0 && ahead <= previous && previous < Infinity) {
    const p = behind(settings, ahead, previous - ahead);
    // Where p puts more behind than stood there, the bound by the new quantity says the same as the correction made for it there.
    order.ahead = Math.max(0, Math.min(ahead - (1 - p) * decrease, size));
  } else if (size < ahead) order.ahead = size;
}

/** The price was passed: nobody is left ahead. */
export function clearQueue(order: Queued): void {
  order.ahead = 0;
  order.traded = 0;
}
