/**
 * How far from the price of the fill profile an order fills. Ratios are plain numbers: 0.001 is 0.1 %. Settings that say nothing else move
 * a buy up and a sell down.
 */
export type SlippageSettings = {
  /** What becomes of an order whose price after slippage is worse than its limit: it fills at the limit, or not at all (zipline). */
  readonly beyondLimit?: 'cap' | 'no_fill';
} & (
  | { readonly model: 'none' }
  /** Basis points of the price. */
  | { readonly model: 'bps'; readonly bps: number }
  /** Ticks of the symbol. */
  | { readonly model: 'ticks'; readonly ticks: number }
  /** Share of the bid-ask spread: 0.5 leads from the middle to the far side. */
  | { readonly model: 'spread'; readonly share: number }
  | PercentSlippage
  /** price * (1 +- impact * (quantity / volume)^2), zipline VolumeShareSlippage and PyAlgoTrade; the share counts to `max` at most. */
  | { readonly model: 'volume_share'; readonly impact: number; readonly max?: number }
  /** price * (1 +- impact * quantity / volume); a fill takes no more than `max` of the volume, see `fillable`. */
  | { readonly model: 'participation'; readonly impact: number; readonly max: number }
  /**
   * Square-root impact: price * (1 +- y * sigma * sqrt(quantity / adv)), sigma of a day's return, adv the units traded on a day
   * (Torre and Ferrari, Barra 1997; Almgren, Thum, Hauptmann and Li 2005 with exponent 0.6). Before both are known: `warmupBps`.
   */
  | { readonly model: 'sqrt'; readonly y: number; readonly warmupBps?: number }
);

/** backtrader's broker: `percent` of the price, or else a `fixed` amount, kept within the bar. Defaults are backtrader's. */
export interface PercentSlippage {
  readonly model: 'percent';
  readonly percent?: number;
  readonly fixed?: number;
  /** Does a fill at a bar's opening price slip? False. */
  readonly slipOpen?: boolean;
  /** Does a fill beyond the bar become one at its high or low (true), or none? True. */
  readonly slipMatch?: boolean;
  /** As `slipMatch`, for limit orders even when `slipMatch` is off. True. */
  readonly slipLimit?: boolean;
  /** May a fill lie outside of the bar? False. */
  readonly slipOut?: boolean;
}

/** What is known of the market at the fill. One object that the caller fills anew for each fill; NaN for what there is not. */
export interface SlippageMarket {
  high: number;
  low: number;
  bid: number;
  ask: number;
  /** Least price step. */
  tick: number;
  /** Units traded in the bar, and how many of them our fills have taken before this one. */
  volume: number;
  taken: number;
  /** Standard deviation of a day's return, and units traded on a day; see `impact.ts`. */
  sigma: number;
  adv: number;
  /** Is the price that of the bar's opening? */
  atOpen: boolean;
  /** Limit of the order; NaN for none. */
  limit: number;
}

export const slippageMarket = (): SlippageMarket => ({
  high: NaN, low: NaN, bid: NaN, ask: NaN, tick: NaN, volume: NaN, taken: 0, sigma: NaN, adv: NaN, atOpen: false, limit: NaN,
});

/** Price per unit after slippage for an order of `quantity` units (> 0); `side` is 1 for a buy, -1 for a sell. NaN: no fill. */
export type Slippage = (side: number, price: number, quantity: number, market: SlippageMarket) => number;

/** Makes the price function of some settings. */
export function slippage(settings: SlippageSettings): Slippage {
  if (settings.model === 'none') return (_side, price) => price;
  if (settings.model === 'percent') return percentSlippage(settings);
  const move = moveOf(settings);
  const cap = settings.beyondLimit !== 'no_fill';
  return (side, price, quantity, market) => {
    const slipped = price + side * move(price, quantity, market);
    const { limit } = market;
    if (limit !== limit || side * (slipped - limit) <= 0) return slipped;
    return cap && slipped === slipped ? limit : NaN;
  };
}

type Moving = Exclude<SlippageSettings, { readonly model: 'none' | 'percent' }>;

/** Distance from the price, zero or more; NaN for no fill. */
function moveOf(settings: Moving): (price: number, quantity: number, market: SlippageMarket) => number {
  switch (settings.model) {
    case 'bps': {
      const ratio = settings.bps / 10_000;
      return (price) => Math.abs(price) * ratio;
    }
    case 'ticks': {
      const { ticks } = settings;
      return (_price, _quantity, market) => ticks * market.tick;
    }
    case 'spread': {
      const { share } = settings;
      return (_price, _quantity, market) => share * Math.max(0, market.ask - market.bid);
    }
    case 'volume_share': {
      const { impact, max = Infinity } = settings;
      return (price, quantity, market) => {
        const share = Math.min(max, shareOf(quantity, market));
        return Math.abs(price) * impact * share * share;
      };
    }
    case 'participation': {
      const { impact } = settings;
      return (price, quantity, market) => Math.abs(price) * impact * shareOf(quantity, market);
    }
    case 'sqrt': {
      const { y, warmupBps = 10 } = settings;
      return (price, quantity, { sigma, adv }) =>
        Math.abs(price) * (sigma >= 0 && adv > 0 ? y * sigma * Math.sqrt(quantity / adv) : warmupBps / 10_000);
    }
  }
}

/** Share of the bar's volume that our fills of the bar take, this one included; NaN where nothing traded, so that there is no fill. */
const shareOf = (quantity: number, market: SlippageMarket): number =>
  (market.volume > 0 ? (market.taken + quantity) / market.volume : NaN);

/** Units of `quantity` that a fill may take when all fills of a bar take at most the share `max` of its volume. */
export const fillable = (quantity: number, max: number, market: SlippageMarket): number =>
  (market.volume > 0 ? Math.max(0, Math.min(quantity, max * market.volume - market.taken)) : 0);

/**
 * backtrader `BackBroker._slip_up` and `_slip_down`: an order with a limit may not pass the nearer of it and the bar's edge, and a fill at
 * the limit itself does not slip. There a stop-limit order that triggers inside of a bar may go to the bar's edge: give that as its limit.
 */
function percentSlippage(settings: PercentSlippage): Slippage {
  const { percent = 0, fixed = 0, slipOpen = false, slipMatch = true, slipLimit = true, slipOut = false } = settings;
  return (side, price, _quantity, market) => {
    if (market.atOpen && !slipOpen) return price;
    if (percent === 0 && fixed === 0) return price;
    const slipped = percent === 0 ? price + side * fixed : price * (1 + side * percent);
    const { limit } = market;
    const limited = limit === limit;
    if (limited && price === limit) return price;
    const edge = side > 0 ? market.high : market.low;
    const worst = limited && side * (limit - edge) < 0 ? limit : edge;
    if (!(side * (slipped - worst) > 0)) return slipped;
    if (!slipMatch && !(limited && slipLimit)) return NaN;
    return slipOut ? slipped : worst;
  };
}
