import type { Values } from '../join/columns.ts';

/** A row that decided, copied because it waits for its moment: plain data. NaN is a formula that gave none, or none that was given. */
export interface Decision {
  readonly key: number;
  readonly ts: number;
  /** 1 buy, -1 sell, 0 hold. */
  readonly side: number;
  readonly price: number;
  readonly confidence: number;
  readonly fraction: number;
  readonly units: number;
  readonly value: number;
  readonly target: number;
  readonly volatility: number;
  readonly odds: number;
  readonly risk: number;
  readonly scale: number;
  readonly limit: number;
  readonly trigger: number;
  readonly trailEntry: number;
  readonly stop: number;
  readonly stopPrice: number;
  readonly takeProfit: number;
  readonly targetPrice: number;
  readonly trail: number;
  readonly trailPercent: number;
  /** 1 where the volatility breaker's condition is true, and the number of the anomaly's severity. */
  readonly breaker: number;
  readonly severity: number;
  /** Every column of the row, for the stream of targets. */
  readonly row: Values;
}
