/** What a report shows besides the run itself, where it is known; each part may be absent. */
export interface ReportExtras {
  readonly metricDocs?: MetricDocs;
  /** Command that repeats the run. */
  readonly command?: string;
  readonly capacity?: Capacity;
  readonly monteCarlo?: MonteCarlo;
  readonly sweep?: Sweep;
  readonly walkForward?: WalkForward;
  readonly regimes?: readonly Regime[];
}

export type MetricUnit = 'share' | 'money' | 'count' | 'ratio' | 'days' | 'seconds';

/** What a metric is called, and how it is computed and shown. */
export interface MetricDoc {
  readonly title: string;
  readonly formula?: string;
  readonly unit?: MetricUnit;
  readonly group?: string;
  /** Which of two values a comparison marks. */
  readonly better?: 'higher' | 'lower' | 'none';
}

export type MetricDocs = Readonly<Record<string, MetricDoc>>;

/** How much money the strategy could have carried. */
export interface Capacity {
  /** In the currency of the run; null where it could not be estimated. */
  readonly value: number | null;
  readonly note: string;
  readonly bySymbol?: readonly { readonly symbol: string; readonly value: number }[];
}

/** Quantiles of simulated account values. */
export interface MonteCarlo {
  /** What was shuffled or drawn, in a sentence. */
  readonly method: string;
  readonly paths: number;
  readonly seed?: number;
  /** Event time of each step; entry numbers where the steps are trades. */
  readonly x: ArrayLike<number>;
  readonly xKind: 'time' | 'step';
  /** Shares in ascending order with a value for each step, such as 0.05, 0.25, 0.5, 0.75, 0.95. */
  readonly quantiles: readonly { readonly share: number; readonly values: ArrayLike<number> }[];
  /** The run itself at the same steps. */
  readonly actual?: ArrayLike<number>;
  readonly figures?: readonly { readonly name: string; readonly value: string }[];
}

export interface Sweep {
  /** Metric that was searched for, and whether more of it is better. */
  readonly metric: string;
  readonly direction: 'max' | 'min';
  readonly rows: readonly {
    readonly params: Readonly<Record<string, string | number | boolean>>;
    readonly metrics: Readonly<Record<string, number | null>>;
  }[];
  /** Probability of backtest overfitting, and the p-value of White's reality check. */
  readonly overfitting?: number | null;
  readonly realityCheck?: number | null;
}

export interface Fold {
  readonly trainFrom: number;
  readonly trainTo: number;
  readonly testFrom: number;
  readonly testTo: number;
  readonly params: Readonly<Record<string, string | number | boolean>>;
  /** The metric on the part that was searched, and on the part that was not. */
  readonly inSample: number | null;
  readonly outOfSample: number | null;
}

export interface WalkForward {
  readonly metric: string;
  /** `anchored` or `sliding`, with purge and embargo, in words. */
  readonly method: string;
  readonly folds: readonly Fold[];
}

export interface Regime {
  readonly name: string;
  readonly return: number | null;
  readonly sharpe?: number | null;
  readonly maxDrawdown?: number | null;
  readonly trades?: number | null;
  /** Share of the run's entries that lie in it. */
  readonly share?: number | null;
}

/** The first place where two runs did not do the same. */
export interface FirstDifference {
  readonly kind: 'signal' | 'order';
  readonly ts: number;
  /** What each of the two did there; null for nothing. */
  readonly left: string | null;
  readonly right: string | null;
}
