import { Random } from '../core/random.ts';
import { DAY, MINUTE, SECOND } from '../core/time.ts';
import type { MarketSettings } from './synthetic-settings.ts';

/** Time between changes of price in markets of trades and quotes. */
export const CELL = 250_000;

/** Log-volatility reverts to its mean by this factor a minute (half in 23 minutes), and spreads by this much. */
const REVERSION = 0.97;
const SPREAD_OF_HEAT = 0.45;
const SHARED_HEAT = 0.6;
const OWN_HEAT = 0.8;
/** Mean of the squared heat, so that `volatility` is that of the whole. */
const HEAT_NORM = Math.exp(-(SPREAD_OF_HEAT ** 2) * (SHARED_HEAT ** 2 + OWN_HEAT ** 2));

/** A seed for one purpose of one symbol, so that no stream of chance depends on another symbol or on the order of the list. */
export function seedOf(seed: number, symbol: string, purpose: string): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const c of `${symbol}\u0000${purpose}`) hash = Math.imul(hash ^ c.codePointAt(0)!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/**
 * The prices of all symbols on a grid of cells: one common factor and an own part, both with clustered volatility, jumps, more activity
 * at the open and the close, and a gap over night. Within a cell bid and ask stand still, so that trades and quotes agree.
 */
export class Market {
  /** Start of the cell, microseconds. */
  now = 0;
  /** Activity of the time of day; 1 on average over a session. */
  curve = 1;
  /** In ticks. */
  readonly bid: Float64Array;
  readonly ask: Float64Array;
  readonly mid: Float64Array;
  /** Activity of a symbol; about 1 on average. */
  readonly heat: Float64Array;
  /** Last return in units of its deviation. */
  readonly push: Float64Array;
  readonly cell: number;
  private readonly s: MarketSettings;
  private readonly end: number;
  private readonly factor: Random;
  private readonly own: Random[];
  private readonly log: Float64Array;
  private readonly state: Float64Array;
  private readonly shock: Float64Array;
  private readonly sigma: Float64Array;
  private readonly spread: Float64Array;
  private readonly toJump: Float64Array;
  private readonly daily: number;
  private readonly perSession: number;
  private readonly perUpdate: number;
  private readonly alwaysOpen: boolean;
  private common = 0;
  private open = NaN;
  private index = -1;

  constructor(s: MarketSettings, cell = CELL) {
    this.s = s;
    this.cell = cell;
    this.end = s.start + s.length;
    this.alwaysOpen = s.session >= DAY;
    this.daily = s.volatility / Math.sqrt(this.alwaysOpen ? 365 : 252);
    this.perSession = Math.max(1, Math.floor(s.session / cell));
    this.perUpdate = Math.max(1, Math.round(MINUTE / cell));
    const n = s.symbols.length;
    const column = (): Float64Array => new Float64Array(n);
    this.bid = column();
    this.ask = column();
    this.mid = column();
    this.heat = column().fill(1);
    this.push = column();
    this.log = column();
    this.state = column();
    this.shock = column();
    this.sigma = column();
    this.spread = column();
    this.toJump = column();
    this.factor = new Random(seedOf(s.seed, '', 'factor'));
    this.own = s.symbols.map((symbol) => new Random(seedOf(s.seed, symbol, 'price')));
    s.symbols.forEach((symbol, i) => {
      const drawn = Math.exp(3.2 + 2.6 * this.own[i].next());
      this.log[i] = Math.log(Number(s.prices[symbol] ?? drawn));
      this.state[i] = SPREAD_OF_HEAT * this.own[i].normal();
      this.toJump[i] = this.untilJump(i);
    });
  }

  /** Moves on by one cell; false when the market has ended. */
  step(): boolean {
    this.index++;
    if (!(this.index < this.perSession) || this.open !== this.open) {
      if (!this.nextSession()) return false;
    }
    this.now = this.open + this.index * this.cell;
    if (this.now >= this.end) return false;
    if (this.index % this.perUpdate === 0) this.update();
    this.move(1);
    return true;
  }

  private nextSession(): boolean {
    const first = this.open !== this.open;
    let open = first ? this.s.start : this.open + DAY;
    // The first of January 1970 was a Thursday.
    while (!this.alwaysOpen && (Math.floor(open / DAY) + 4) % 7 % 6 === 0) open += DAY;
    this.open = open;
    this.index = 0;
    if (open >= this.end) return false;
    if (!first && !this.alwaysOpen) {
      this.sigma.fill(0.5 * this.daily);
      this.move(0);
    }
    return true;
  }

  private untilJump(i: number): number {
    const { jumps } = this.s;
    return jumps === 0 ? Infinity : Math.ceil((-Math.log(1 - this.own[i].next()) * this.perSession) / jumps);
  }

  /** Once a minute: volatility drifts, the time of day moves on, spreads follow. */
  private update(): void {
    const { s } = this;
    const span = Math.max(1, (this.perUpdate * this.cell) / MINUTE);
    const keep = REVERSION ** span;
    const noise = SPREAD_OF_HEAT * Math.sqrt(1 - keep * keep);
    const x = (2 * (this.index + 0.5)) / this.perSession - 1;
    this.curve = this.alwaysOpen ? 1 + 0.4 * Math.cos(Math.PI * x) : (0.6 + 1.6 * x * x) / (0.6 + 1.6 / 3);
    this.common = keep * this.common + noise * this.factor.normal();
    const base = this.daily * Math.sqrt((this.cell / s.session) * this.curve * HEAT_NORM);
    for (let i = 0; i < s.symbols.length; i++) {
      this.state[i] = keep * this.state[i] + noise * this.own[i].normal();
      this.shock[i] *= 0.9 ** span;
      const heat = Math.exp(SHARED_HEAT * this.common + OWN_HEAT * this.state[i] + this.shock[i]);
      this.heat[i] = heat * 0.9;
      this.sigma[i] = base * heat;
      const price = Math.exp(this.log[i]);
      this.spread[i] = Math.max(1, Math.round((s.spread * price * Math.sqrt(heat)) / s.tick));
    }
  }

  private move(jumping: 0 | 1): void {
    const { s, log, push, sigma } = this;
    const shared = Math.sqrt(s.correlation);
    const own = Math.sqrt(1 - s.correlation);
    const z = this.factor.normal();
    for (let i = 0; i < log.length; i++) {
      push[i] = shared * z + own * this.own[i].normal();
      log[i] += sigma[i] * push[i];
      this.toJump[i] -= jumping;
      if (this.toJump[i] <= 0) this.jump(i);
      const mid = Math.exp(log[i]) / s.tick;
      this.mid[i] = mid;
      const bid = Math.max(1, Math.floor(mid - this.spread[i] / 2 + 0.5));
      this.bid[i] = bid;
      this.ask[i] = bid + Math.max(1, this.spread[i]);
    }
  }

  private jump(i: number): void {
    const size = this.daily * (0.25 + 0.25 * Math.abs(this.own[i].normal()));
    this.log[i] += this.own[i].next() < 0.5 ? -size : size;
    this.shock[i] += 0.8;
    this.toJump[i] = this.untilJump(i);
  }
}

/** Prices of whole ticks as the nearest decimal: 10132 ticks of 0.01 are 101.32. */
export function priceOf(ticks: number, tick: number): number {
  const perUnit = Math.round(1 / tick);
  return Math.abs(perUnit * tick - 1) < 1e-9 ? ticks / perUnit : ticks * tick;
}

export const seconds = (micros: number): number => micros / SECOND;
