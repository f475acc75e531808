/**
 * How many units one signal asks for. All ratios are plain numbers (0.02 is 2 %), money is in the currency of the account, volatility is
 * that of a year's return. A method answers with units of the instrument, with the sign of the side; NaN where an input that it needs is
 * missing. Portfolio methods, which see all symbols at a moment, are in `weights.ts`.
 */
export interface SizingSettings {
  /** `units`: units or contracts. `value`: money. */
  readonly units?: number;
  readonly value?: number;
  /** `fraction`: share of the equity, or of the cash. */
  readonly fraction?: number;
  readonly of?: 'equity' | 'cash';
  /** `vol_target`: volatility that the position shall have, as a share of the equity a year. */
  readonly target?: number;
  /** `kelly`: share of the Kelly bet that is taken (0.5 is half Kelly), and the most equity that is bet. */
  readonly kellyFraction?: number;
  readonly kellyCap?: number;
  /** `kelly`: win over loss where the signal has no payoff of its own. */
  readonly payoff?: number;
  /** `atr_risk`: share of the equity that is lost when the stop is hit. */
  readonly risk?: number;
  /** Are units multiplied by the confidence of the signal? */
  readonly scaleByConfidence?: boolean;
}

/** What a method may look at. One object that the caller fills anew for each row; NaN for what there is not. */
export interface SizingInput {
  /** 1 to be long, -1 to be short, 0 to be flat. */
  side: number;
  equity: number;
  cash: number;
  /** Price of the signal's row, and money that a move of one in it makes for one unit. */
  price: number;
  multiplier: number;
  /** Forecast of the volatility of a year's return. */
  volatility: number;
  /** Probability that the signal is right, 0 to 1. */
  confidence: number;
  /** Win over loss, of Kelly's bet. */
  payoff: number;
  /** Distance from the price to the stop, for example 2.5 * atr. */
  stop: number;
}

export const sizingInput = (): SizingInput => ({
  side: 0, equity: NaN, cash: NaN, price: NaN, multiplier: 1, volatility: NaN, confidence: NaN, payoff: NaN, stop: NaN,
});

export interface SizingMethod {
  readonly name: string;
  readonly doc: string;
  /** Fields of `SizingSettings` and of `SizingInput` that it uses. */
  readonly settings: readonly (keyof SizingSettings)[];
  readonly inputs: readonly (keyof SizingInput)[];
  /** Units without side and confidence. */
  readonly units: (settings: SizingSettings, input: SizingInput) => number;
}

const unitValue = (x: SizingInput): number => Math.abs(x.price) * x.multiplier;

/**
 * Kelly's share of the capital to bet with win probability `p` and win over loss `b`: p - (1 - p) / b; below zero there is no bet
 * (Kelly 1956; Thorp 2006).
 */
export const kellyShare = (p: number, b: number): number => (b > 0 ? Math.max(0, p - (1 - p) / b) : NaN);

const method = (m: SizingMethod): SizingMethod =>
  Object.freeze({ ...m, settings: Object.freeze(m.settings), inputs: Object.freeze(m.inputs) });

export const SIZING_METHODS: Readonly<Record<string, SizingMethod>> = Object.freeze({
  fixed: method({
    name: 'fixed', doc: 'Always the same number of units.', settings: ['units'], inputs: [],
    units: (p) => p.units ?? 1,
  }),
  value: method({
    name: 'value', doc: 'The same money in each position.', settings: ['value'], inputs: ['price', 'multiplier'],
    units: (p, x) => (p.value ?? NaN) / unitValue(x),
  }),
  fraction: method({
    name: 'fraction', doc: 'A share of the equity, or of the cash that is free.', settings: ['fraction', 'of'],
    inputs: ['equity', 'cash', 'price', 'multiplier'],
    units: (p, x) => ((p.fraction ?? 1) * Math.max(0, p.of === 'cash' ? x.cash : x.equity)) / unitValue(x),
  }),
  vol_target: method({
    name: 'vol_target', doc: 'The weight at which the position has the target volatility: target / forecast.', settings: ['target'],
    inputs: ['equity', 'price', 'multiplier', 'volatility'],
    units: (p, x) => (x.volatility > 0 ? ((p.target ?? 0.15) / x.volatility) * (Math.max(0, x.equity) / unitValue(x)) : NaN),
  }),
  kelly: method({
    name: 'kelly', doc: 'A part of the Kelly bet p - (1 - p) / b of the equity, with p the confidence and b win over loss, up to a cap.',
    settings: ['kellyFraction', 'kellyCap', 'payoff'], inputs: ['equity', 'price', 'multiplier', 'confidence', 'payoff'],
    units: (p, x) => {
      const share = (p.kellyFraction ?? 0.5) * kellyShare(x.confidence, x.payoff === x.payoff ? x.payoff : p.payoff ?? 1);
      return (Math.min(p.kellyCap ?? Infinity, share) * Math.max(0, x.equity)) / unitValue(x);
    },
  }),
  atr_risk: method({
    name: 'atr_risk', doc: 'The units that lose the given share of the equity when the price moves from here to the stop.',
    settings: ['risk'], inputs: ['equity', 'multiplier', 'stop'],
    units: (p, x) => (x.stop > 0 ? ((p.risk ?? 0.01) * Math.max(0, x.equity)) / (x.stop * x.multiplier) : NaN),
  }),
});

/** Units that a signal asks for, with its side, before caps and lots; see `limits.ts` for these. */
export function sizeOf(m: SizingMethod, settings: SizingSettings, input: SizingInput): number {
  if (input.side === 0) return 0;
  let units = m.units(settings, input);
  if (settings.scaleByConfidence === true) units *= Math.min(1, Math.max(0, input.confidence));
  return input.side * (Number.isFinite(units) ? units : NaN);
}
