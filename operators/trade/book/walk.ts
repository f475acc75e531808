import { against, DUST, sideOf, type Book, type Levels, type Sign } from './book.ts';

/** Prices and quantities of the fills of one order, in the order in which they were made. Reused from call to call. */
export interface Fills {
  count: number;
  price: Float64Array;
  quantity: Float64Array;
}

export const newFills = (capacity = 16): Fills => ({ count: 0, price: new Float64Array(capacity), quantity: new Float64Array(capacity) });

/** Adds a fill; room is doubled when it is full. */
export function addFill(out: Fills, price: number, quantity: number): void {
  if (out.count === out.price.length) {
    const { price: p, quantity: q } = out;
    out.price = new Float64Array(Math.max(8, 2 * out.count));
    out.quantity = new Float64Array(Math.max(8, 2 * out.count));
    out.price.set(p);
    out.quantity.set(q);
  }
  out.price[out.count] = price;
  out.quantity[out.count++] = quantity;
}

/** What is left of a level after own fills; residue of binary fractions counts as nothing. */
function leftAt(l: Levels, at: number): number {
  const left = l.size[at] - l.taken[at];
  return left > DUST * l.size[at] ? left : 0;
}

/**
 * Fills `quantity` for an order of `side` against the displayed levels of the other side, best level first, and no further than `limit`
 * (NaN: no limit). Fills go to `out`, which is emptied first. With `take` the quantity is gone from the level until it is updated
 * (NautilusTrader: liquidity_consumption); without, the recorded market is left untouched. Returns the quantity filled.
 */
export function walk(book: Book, side: Sign, quantity: number, limit: number, out: Fills, take: boolean): number {
  const l = sideOf(book, against(side));
  const residue = quantity * DUST;
  out.count = 0;
  let rest = quantity;
  for (let i = l.count - 1; i >= 0 && rest > 0; i--) {
    const price = l.sign * l.rank[i];
    if (side * (price - limit) > 0) break;
    const left = leftAt(l, i);
    if (left === 0) continue;
    const q = rest - left <= residue ? rest : left;
    addFill(out, price, q);
    if (take) l.taken[i] += q;
    rest = rest - left <= residue ? 0 : rest - left;
  }
  return quantity - rest;
}

/** Quantity that an order of `side` could fill down to `limit` (NaN: no limit), counted up to `enough`. */
export function reach(book: Book, side: Sign, limit: number, enough: number): number {
  const l = sideOf(book, against(side));
  let sum = 0;
  for (let i = l.count - 1; i >= 0 && sum < enough; i--) {
    if (side * (l.sign * l.rank[i] - limit) > 0) break;
    sum += leftAt(l, i);
  }
  return sum;
}

/** Quantity, `quantity` at most, that own fills left of the level at a price; with `take` it is gone until the level is updated. */
export function takeAt(book: Book, side: Sign, price: number, quantity: number, take: boolean): number {
  const l = sideOf(book, side);
  for (let i = l.count - 1; i >= 0 && l.rank[i] >= side * price; i--) {
    if (l.rank[i] !== side * price) continue;
    const q = Math.min(leftAt(l, i), quantity);
    if (take) l.taken[i] += q;
    return q;
  }
  return 0;
}
