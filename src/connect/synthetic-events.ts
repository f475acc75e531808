import { Random } from '../core/random.ts';
import { Market, priceOf, seedOf, seconds } from './synthetic-market.ts';
import type { MarketSettings } from './synthetic-settings.ts';

/** Rows of one cell, in order of time; four numbers each. */
export interface CellRows {
  n: number;
  ts: Float64Array;
  symbol: Int32Array;
  readonly values: readonly [Float64Array, Float64Array, Float64Array, Float64Array];
}

const cellRows = (capacity: number): CellRows => ({
  n: 0, ts: new Float64Array(capacity), symbol: new Int32Array(capacity),
  values: [new Float64Array(capacity), new Float64Array(capacity), new Float64Array(capacity), new Float64Array(capacity)],
});

/** Below this many rows an insertion sort is quicker than a call of `sort`. */
const FEW = 32;
const INDEX = 2 ** 24;

/** Sizes with three figures: whole shares where the average is hundreds, fractions for coins. */
class Sizes {
  private readonly mean: number;
  private readonly scale: number;

  constructor(mean: number) {
    this.mean = mean * 0.877;
    this.scale = 10 ** Math.max(0, 2 - Math.floor(Math.log10(mean)));
  }

  /** Exponential, with one in fifty eight times as large. */
  draw(random: Random): number {
    const block = random.next() < 0.02 ? 8 : 1;
    return Math.max(1, Math.round(-Math.log(1 - random.next()) * this.mean * block * this.scale)) / this.scale;
  }
}

/** Trades or quotes of a market, a cell at a time. */
export class Events {
  readonly market: Market;
  private readonly s: MarketSettings;
  private readonly random: Random[];
  /** Activity until the next event of a symbol. */
  private readonly wait: Float64Array;
  private readonly sizes: Sizes;
  /** Last taker (1 buy) of trades; last bid, ask and sizes of quotes. */
  private readonly last: Float64Array[];
  private raw = cellRows(256);
  private sorted = cellRows(256);
  private order = new Float64Array(256);

  constructor(s: MarketSettings) {
    this.s = s;
    this.market = new Market(s);
    this.random = s.symbols.map((symbol) => new Random(seedOf(s.seed, symbol, s.kind)));
    this.wait = Float64Array.from(this.random, (r) => -Math.log(1 - r.next()));
    this.sizes = new Sizes(s.size);
    this.last = [0, 1, 2, 3].map(() => new Float64Array(s.symbols.length));
  }

  /** The rows of the next cell that has any, or null at the end. They are overwritten by the next call. */
  next(): CellRows | null {
    while (this.market.step()) {
      this.raw.n = 0;
      for (let i = 0; i < this.s.symbols.length; i++) {
        if (this.s.kind === 'quote') this.refresh(i);
        this.events(i);
      }
      if (this.raw.n > 0) return this.arrange();
    }
    return null;
  }

  /** A Poisson process by change of time: each event waits for an exponential amount of activity. */
  private events(i: number): void {
    const { market } = this;
    const activity = this.s.rate * seconds(market.cell) * market.curve * market.heat[i];
    let used = 0;
    while (this.wait[i] < activity - used) {
      used += this.wait[i];
      this.wait[i] = -Math.log(1 - this.random[i].next());
      const at = market.now + 1 + Math.floor((used / activity) * (market.cell - 1));
      if (this.s.kind === 'quote') this.resize(i, at);
      else this.trade(i, at);
    }
    this.wait[i] -= activity - used;
  }

  private trade(i: number, at: number): void {
    const random = this.random[i];
    const { market } = this;
    const lean = Math.max(-0.45, Math.min(0.45, 0.2 * market.push[i]));
    const u = random.next();
    // Large orders are worked in pieces: a third of trades repeat the side of the one before.
    const buy = u < 0.33 ? this.last[0][i] : random.next() < 0.5 + lean ? 1 : 0;
    this.last[0][i] = buy;
    this.put(i, at, priceOf(buy === 1 ? market.ask[i] : market.bid[i], this.s.tick), this.sizes.draw(random), buy, 0);
  }

  /** A quote at the start of a cell in which the price has changed: it is there before any trade of the cell. */
  private refresh(i: number): void {
    const { market } = this;
    const [bid, ask, bidSize, askSize] = this.last;
    if (bid[i] === market.bid[i] && ask[i] === market.ask[i]) return;
    if (bid[i] !== market.bid[i]) bidSize[i] = this.depth(i);
    if (ask[i] !== market.ask[i]) askSize[i] = this.depth(i);
    bid[i] = market.bid[i];
    ask[i] = market.ask[i];
    this.quote(i, market.now);
  }

  private resize(i: number, at: number): void {
    this.last[this.random[i].next() < 0.5 ? 2 : 3][i] = this.depth(i);
    this.quote(i, at);
  }

  private depth(i: number): number {
    return this.sizes.draw(this.random[i]);
  }

  private quote(i: number, at: number): void {
    const { tick } = this.s;
    this.put(i, at, priceOf(this.last[0][i], tick), priceOf(this.last[1][i], tick), this.last[2][i], this.last[3][i]);
  }

  private put(i: number, at: number, a: number, b: number, c: number, d: number): void {
    let { raw } = this;
    if (raw.n === raw.ts.length) raw = this.grow();
    const n = raw.n++;
    raw.ts[n] = at;
    raw.symbol[n] = i;
    raw.values[0][n] = a;
    raw.values[1][n] = b;
    raw.values[2][n] = c;
    raw.values[3][n] = d;
  }

  private grow(): CellRows {
    const raw = cellRows(this.raw.ts.length * 2);
    raw.n = this.raw.n;
    raw.ts.set(this.raw.ts);
    raw.symbol.set(this.raw.symbol);
    raw.values.forEach((column, c) => column.set(this.raw.values[c]));
    this.sorted = cellRows(raw.ts.length);
    this.order = new Float64Array(raw.ts.length);
    return (this.raw = raw);
  }

  /** Orders the rows of a cell by time, equal times by symbol. */
  private arrange(): CellRows {
    const { raw, sorted, order } = this;
    const n = raw.n;
    if (n === 1) return raw;
    for (let r = 0; r < n; r++) {
      const rank = (raw.ts[r] - this.market.now) * INDEX + r;
      let at = r;
      if (n <= FEW) for (; at > 0 && order[at - 1] > rank; at--) order[at] = order[at - 1];
      order[at] = rank;
    }
    if (n > FEW) order.subarray(0, n).sort();
    for (let k = 0; k < n; k++) {
      const r = order[k] % INDEX;
      sorted.ts[k] = raw.ts[r];
      sorted.symbol[k] = raw.symbol[r];
      sorted.values[0][k] = raw.values[0][r];
      sorted.values[1][k] = raw.values[1][r];
      sorted.values[2][k] = raw.values[2][r];
      sorted.values[3][k] = raw.values[3][r];
    }
    sorted.n = n;
    return sorted;
  }
}
