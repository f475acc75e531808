/** A book side and the side of an order share one sign: buyers rest among the bids, sellers among the asks. */
export type Sign = 1 | -1;
export const BUY: Sign = 1;
export const SELL: Sign = -1;

/** The side that trades with `side`. */
export const against = (side: Sign): Sign => (side === BUY ? SELL : BUY);

/** What is below this share of a quantity is the residue of binary fractions, not a quantity. */
export const DUST = 1e-12;

/**
 * Price levels of one side, the best one last, so that the busy levels are the cheap ones to insert and delete. `rank` is the price of a
 * bid and minus the price of an ask: it rises towards the best level on both sides.
 */
export interface Levels {
  readonly sign: Sign;
  count: number;
  rank: Float64Array;
  /** Displayed quantity; Infinity where a quote tells none. */
  size: Float64Array;
  /** Part of `size` that own fills have taken since the level was updated last. */
  taken: Float64Array;
}

/** Order book of one instrument by price level (L2), or its best levels alone (L1). Plain data: `structuredClone` copies it. */
export interface Book {
  readonly bids: Levels;
  readonly asks: Levels;
}

/** Up to so many levels are moved one by one, which is faster than three calls of `copyWithin`. */
const FEW = 32;

const levels = (sign: Sign, capacity: number): Levels =>
  ({ sign, count: 0, rank: new Float64Array(capacity), size: new Float64Array(capacity), taken: new Float64Array(capacity) });

/** An empty book; `capacity` levels a side are set aside at first, and twice as many whenever they are full. */
export const newBook = (capacity = 64): Book => ({ bids: levels(BUY, capacity), asks: levels(SELL, capacity) });

/** Levels where orders of that side rest. */
export const sideOf = (book: Book, side: Sign): Levels => (side === BUY ? book.bids : book.asks);

/** Index of the first level with at least this rank, `count` if there is none; looks at the best levels first. */
function seek(l: Levels, rank: number): number {
  let low = 0;
  let high = l.count;
  // Most updates are near the best level: eight steps back usually bracket them.
  if (high > 16 && l.rank[high - 8] < rank) low = high - 7;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (l.rank[mid] < rank) low = mid + 1;
    else high = mid;
  }
  return low;
}

const wider = (from: Float64Array): Float64Array => {
  const to = new Float64Array(Math.max(8, from.length * 2));
  to.set(from);
  return to;
};

/** Moves the levels from `from` on so that they begin at `to`. */
function move(l: Levels, to: number, from: number): void {
  l.rank.copyWithin(to, from, l.count);
  l.size.copyWithin(to, from, l.count);
  l.taken.copyWithin(to, from, l.count);
}

function insert(l: Levels, at: number, rank: number, size: number): void {
  if (l.count === l.rank.length) {
    l.rank = wider(l.rank);
    l.size = wider(l.size);
    l.taken = wider(l.taken);
  }
  if (l.count - at > FEW) move(l, at + 1, at);
  else {
    for (let i = l.count; i > at; i--) {
      l.rank[i] = l.rank[i - 1];
      l.size[i] = l.size[i - 1];
      l.taken[i] = l.taken[i - 1];
    }
  }
  l.rank[at] = rank;
  l.size[at] = size;
  l.taken[at] = 0;
  l.count++;
}

function erase(l: Levels, at: number): void {
  if (l.count - at > FEW) move(l, at, at + 1);
  else {
    for (let i = at; i < l.count - 1; i++) {
      l.rank[i] = l.rank[i + 1];
      l.size[i] = l.size[i + 1];
      l.taken[i] = l.taken[i + 1];
    }
  }
  l.count--;
}

/** Drops the levels that an update of the other side at this price shows to be stale: those at the price or better. */
function uncross(l: Levels, price: number): void {
  const least = l.sign * price;
  while (l.count > 0 && l.rank[l.count - 1] >= least) l.count--;
}

/**
 * Sets the displayed quantity of a level; 0 deletes it. What own fills took there is on display again, as an update tells what is there
 * now. A level that meets or crosses the other side removes the levels it crosses: two sides of one book cannot both be current, and the
 * update is the newer word. Returns what was displayed before.
 */
export function applyLevel(book: Book, side: Sign, price: number, size: number): number {
  const l = sideOf(book, side);
  const rank = side * price;
  const at = seek(l, rank);
  const known = at < l.count && l.rank[at] === rank;
  const before = known ? l.size[at] : 0;
  if (size > 0) {
    if (known) {
      l.size[at] = size;
      l.taken[at] = 0;
    } else insert(l, at, rank, size);
    if (at === l.count - 1) uncross(sideOf(book, against(side)), price);
  } else if (known) erase(l, at);
  return before;
}

/** Empties both sides. */
export function clearBook(book: Book): void {
  book.bids.count = 0;
  book.asks.count = 0;
}

/** Replaces the whole book. Levels may come in any order (best first is fastest); those of size 0 are left out. */
export function applySnapshot(
  book: Book, bidPrice: ArrayLike<number>, bidSize: ArrayLike<number>, askPrice: ArrayLike<number>, askSize: ArrayLike<number>,
): void {
  clearBook(book);
  for (let i = bidPrice.length - 1; i >= 0; i--) applyLevel(book, BUY, bidPrice[i], bidSize[i]);
  for (let i = askPrice.length - 1; i >= 0; i--) applyLevel(book, SELL, askPrice[i], askSize[i]);
}

/**
 * Makes the best level of a side its only one, as quotes do that tell no more (L1). A size that is not a number is unknown and counts as
 * unbounded; a price that is not a number, or size 0, empties the side. A quote that repeats a level leaves what was taken there taken.
 * The other side is left as it is: the two sides of a quote are equally new, so a crossed quote stays as quoted.
 */
export function applyTop(book: Book, side: Sign, price: number, size: number): void {
  const l = sideOf(book, side);
  const rank = side * price;
  const shown = Number.isNaN(size) ? Infinity : size;
  if (l.count === 1 && l.rank[0] === rank && l.size[0] === shown) return;
  l.count = 0;
  if (price === price && shown > 0) insert(l, 0, rank, shown);
}

/** Best price of a side: the highest bid, the lowest ask; NaN if the side is empty. */
export function bestPrice(book: Book, side: Sign): number {
  const l = sideOf(book, side);
  return l.count === 0 ? NaN : side * l.rank[l.count - 1];
}

/** Displayed quantity at the best price; 0 if the side is empty. */
export function bestSize(book: Book, side: Sign): number {
  const l = sideOf(book, side);
  return l.count === 0 ? 0 : l.size[l.count - 1];
}

/** Displayed quantity at a price; 0 where there is no level. */
export function displayed(book: Book, side: Sign, price: number): number {
  const l = sideOf(book, side);
  const at = seek(l, side * price);
  return at < l.count && l.rank[at] === side * price ? l.size[at] : 0;
}

/** Whether a price lies behind the last level that the book shows, so that nobody knows what rests there. An empty side shows nothing. */
export function beyond(book: Book, side: Sign, price: number): boolean {
  const l = sideOf(book, side);
  return l.count > 0 && side * price < l.rank[0];
}
