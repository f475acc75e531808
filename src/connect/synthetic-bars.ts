import { Random } from '../core/random.ts';
import { CELL, Market, priceOf, seedOf, seconds } from './synthetic-market.ts';
import type { MarketSettings } from './synthetic-settings.ts';

/** Points of the path in a bar. */
const POINTS = 60;

/** Bars of all symbols that end at the same moment. */
export interface BarRows {
  /** Start of the bars, microseconds. */
  from: number;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

/** Bars from a path of their own, coarse enough that years of them take seconds. */
export class Bars {
  private readonly s: MarketSettings;
  private readonly market: Market;
  private readonly random: Random[];
  private readonly now: BarRows;
  private readonly done: BarRows;
  private ended = false;
  private begun = false;

  constructor(s: MarketSettings) {
    this.s = s;
    this.market = new Market(s, Math.max(CELL, Math.floor(Math.min(s.every, s.session) / POINTS)));
    this.random = s.symbols.map((symbol) => new Random(seedOf(s.seed, symbol, 'volume')));
    const column = (): Float64Array => new Float64Array(s.symbols.length);
    const rows = (): BarRows => ({ from: NaN, open: column(), high: column(), low: column(), close: column(), volume: column() });
    this.now = rows();
    this.done = rows();
  }

  /** The bars that end next, or null at the end. */
  next(): BarRows | null {
    while (!this.ended) {
      this.ended = !this.market.step();
      const from = this.ended ? NaN : Math.floor(this.market.now / this.s.every) * this.s.every;
      const turns = this.begun && from !== this.now.from;
      if (turns) this.finish();
      if (!this.ended) this.add(from);
      if (turns) return this.done;
    }
    return null;
  }

  private add(from: number): void {
    const { now, market } = this;
    const first = from !== now.from;
    now.from = from;
    this.begun = true;
    for (let i = 0; i < now.open.length; i++) {
      const price = priceOf(Math.max(1, Math.round(market.mid[i])), this.s.tick);
      if (first) now.open[i] = now.high[i] = now.low[i] = price;
      else if (price > now.high[i]) now.high[i] = price;
      else if (price < now.low[i]) now.low[i] = price;
      now.close[i] = price;
      now.volume[i] = (first ? 0 : now.volume[i]) + this.s.rate * seconds(market.cell) * market.curve * market.heat[i] * this.s.size;
    }
  }

  private finish(): void {
    const { now, done } = this;
    done.from = now.from;
    done.open.set(now.open);
    done.high.set(now.high);
    done.low.set(now.low);
    done.close.set(now.close);
    for (let i = 0; i < done.volume.length; i++) done.volume[i] = Math.round(now.volume[i] * (0.7 + 0.6 * this.random[i].next()));
  }
}
