import type { RoundTrip } from './account.ts';
import type { Decision } from './decision.ts';
import type { Order } from './order.ts';
import type { Gate, Portfolio } from './trader.ts';

/** What the rules over a desk remember, by name of the rule: plain data. */
export type Ledger = Record<string, unknown>;

/** Rules over a desk: risk, rebalancing, holding costs. Called by the desk in the order of events; it keeps its memory in the ledger. */
export interface Overseer {
  /** Looks at an order before it is sent. */
  readonly gate: Gate;
  readonly portfolio: Portfolio;
  /** Takes in a decision's row, and says whether it sends orders by itself or leaves them to the next rebalance. */
  sendsAtOnce(d: Decision): boolean;
  /** A market row of `key` has been booked. */
  market(key: number, ts: number): void;
  filled(o: Order, units: number, price: number, ts: number): void;
  closed(trip: RoundTrip): void;
  /** The account has been valued. */
  valued(ts: number, equity: number): void;
  /** All market rows of a moment are there, its decisions have not acted yet. */
  moment(ts: number): void;
  /** The decisions of a moment have acted. */
  decided(ts: number): void;
  /** Charges what holding costs, up to `ts`. */
  accrue(ts: number): void;
}
