import { DAY } from '../core/time.ts';

/**
 * What a backtest is held against: capital that bought one symbol, or all symbols in equal parts at their first price, and held them.
 * Prices come in the order of time and wait until the account is valued, which may be later.
 */
export class Benchmark {
  private readonly capital: number;
  private readonly first = new Map<number, number>();
  private readonly last = new Map<number, number>();
  private ts: number[] = [];
  private keys: number[] = [];
  private prices: number[] = [];
  private at = 0;
  private value = NaN;

  constructor(capital: number) {
    this.capital = capital;
  }

  push(ts: number, key: number, price: number): void {
    if (Number.isNaN(price)) return;
    this.ts.push(ts);
    this.keys.push(key);
    this.prices.push(price);
  }

  /** Value at `ts`, of all prices up to it. */
  valueAt(ts: number): number {
    let moved = false;
    while (this.at < this.ts.length && this.ts[this.at] <= ts) {
      const key = this.keys[this.at];
      if (!this.first.has(key)) this.first.set(key, this.prices[this.at]);
      this.last.set(key, this.prices[this.at++]);
      moved = true;
    }
    if (moved) this.revalue();
    if (this.at > 4096) {
      this.ts = this.ts.slice(this.at);
      this.keys = this.keys.slice(this.at);
      this.prices = this.prices.slice(this.at);
      this.at = 0;
    }
    return this.value;
  }

  private revalue(): void {
    let sum = 0;
    for (const [key, price] of this.last) sum += price / (this.first.get(key) as number);
    this.value = this.capital * sum / this.last.size;
  }
}

/** Cash that earns the risk-free rate, compounded by day over 365 days a year. */
export const cashAt = (capital: number, rate: number, since: number, ts: number): number =>
  capital * (1 + rate) ** ((ts - since) / (365 * DAY));
