/**
 * What a backtest found, as plain data: what statistics read, and what the report, the files, the run index and `compare` are made of.
 * Times are event time, microseconds since 1970 UTC. Money is in `currency`; a null is a value that could not be computed.
 */

/** Account values in time order, one array entry per moment. Costs are already taken off. */
export interface EquityCurve {
  readonly ts: Float64Array;
  /** Cash and open positions at their last price. */
  readonly equity: Float64Array;
  readonly cash: Float64Array;
  /** Sum of the absolute values of all positions, and their sum with sign. */
  readonly gross: Float64Array;
  readonly net: Float64Array;
  /** Value of the benchmark bought with the starting capital; NaN where there is none. */
  readonly benchmark: Float64Array;
}

export const ORDER_TYPES = Object.freeze(
  ['market', 'limit', 'stop', 'stop_limit', 'trailing', 'market_on_open', 'market_on_close'] as const,
);
export type OrderType = (typeof ORDER_TYPES)[number];

export type Side = 'buy' | 'sell';
export type OrderStatus = 'pending' | 'open' | 'partial' | 'filled' | 'cancelled' | 'expired' | 'rejected';

export interface OrderRow {
  readonly id: number;
  readonly symbol: string;
  /** When it was submitted, and when its status changed last. */
  readonly ts: number;
  readonly updated: number;
  readonly side: Side;
  readonly type: OrderType;
  readonly quantity: number;
  readonly limit: number | null;
  readonly stop: number | null;
  readonly tif: string;
  readonly status: OrderStatus;
  readonly filled: number;
  readonly avgPrice: number | null;
  /** Order that this one protects (stop and target of a bracket); null for none. */
  readonly parent: number | null;
  /** Why it was sent (`entry`, `exit`, `stop`, `target`, `end`), and the code of a refusal or expiry. */
  readonly reason: string;
  readonly code: string | null;
}

export interface FillRow {
  readonly order: number;
  readonly ts: number;
  readonly symbol: string;
  readonly side: Side;
  readonly quantity: number;
  readonly price: number;
  readonly commission: number;
  /** What slippage cost beside the price of the profile, in money. */
  readonly slippage: number;
  readonly liquidity: 'maker' | 'taker';
}

/** A round trip: an entry matched with an exit, first in first out. The last ones may be open and valued at the last price. */
export interface TradeRow {
  readonly symbol: string;
  readonly side: 'long' | 'short';
  readonly quantity: number;
  readonly entryTs: number;
  readonly exitTs: number;
  readonly entryPrice: number;
  readonly exitPrice: number;
  /** Net of the commissions of both sides. */
  readonly pnl: number;
  readonly commission: number;
  /** pnl over the value at entry. */
  readonly return: number;
  /** Market rows of the symbol from entry to exit. */
  readonly bars: number;
  /** Worst and best open result on the way, as a share of the value at entry (mae <= 0 <= mfe). */
  readonly mae: number;
  readonly mfe: number;
  readonly entryReason: string;
  readonly exitReason: string;
  readonly open: boolean;
}

/** Money paid, by kind; a rebate or interest received is negative. */
export interface CostSplit {
  readonly commission: number;
  readonly slippage: number;
  readonly borrow: number;
  readonly funding: number;
  readonly interest: number;
  readonly total: number;
}

export interface Requirement {
  /** As written: `sharpe >= 1`. */
  readonly text: string;
  readonly metric: string;
  readonly value: number | null;
  readonly ok: boolean;
}

/** What `--check` found: parity, lookahead, warmup. */
export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  readonly text: string;
}

export interface BacktestRun {
  /** Short id, made of the pipeline's name, its settings and its data: the same run has the same id. */
  readonly id: string;
  readonly pipeline: string;
  readonly description: string;
  readonly params: Readonly<Record<string, string | number | boolean>>;
  /** Event time of the first and the last row that counted. */
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly seconds: number;
  readonly symbols: readonly string[];
  readonly currency: string;
  readonly capital: number;
  /** Name of the fill profile, and how the pipeline trades in sentences: fills, costs, sizing, latency. */
  readonly fillProfile: string;
  readonly assumptions: readonly string[];
  readonly seed: number;
  readonly versions: { readonly millrace: string; readonly node: string };
  readonly pipelineHash: string;
  readonly dataHash: string;
  /** SHA-256 over orders, fills and equity. */
  readonly hash: string;
  /** Values at the end of each day (of each row where all rows lie within three days); entry 0 is the start with the capital. */
  readonly curve: EquityCurve;
  /** Entries of `curve` per year, by which statistics are annualised. */
  readonly periodsPerYear: number;
  readonly orders: readonly OrderRow[];
  readonly fills: readonly FillRow[];
  readonly trades: readonly TradeRow[];
  readonly costs: CostSplit;
  readonly benchmark: string | null;
  /** Share of rows on which a position was held, 0 to 1, and what all fills were worth. */
  readonly exposure: number;
  readonly turnover: number;
  readonly signals: number;
  /** Orders that risk rules or the broker refused, by code. */
  readonly refused: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly requirements: readonly Requirement[];
  readonly checks: readonly CheckResult[];
  /** Parameter sets that were tried to find this one; 1 without a search. */
  readonly trials: number;
}
