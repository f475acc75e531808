import { choice, duration, flag, int, list, number, object, ratio, type FieldValues } from './field.ts';

/**
 * How a simulated broker charges and fills, as settings: those of `backtest: { costs, fills }` and of the operator `broker`. A share is a
 * plain number after reading, 0.0001 for `1bps`; a length of time is in microseconds; money is in the currency of the account.
 */
export const FILL_PROFILES = Object.freeze([
  'next-open', 'same-close', 'quote', 'next-trade', 'lean-daily', 'lean-minute', 'backtrader', 'backtesting-py', 'pyalgotrade',
  'nautilus-bar', 'book',
] as const);
export type FillProfile = (typeof FILL_PROFILES)[number];

const FILL_AT: Readonly<Record<string, FillProfile>> = Object.freeze({
  next_open: 'next-open', same_close: 'same-close', quote: 'quote', next_trade: 'next-trade',
});

const TIER_FIELDS = Object.freeze({
  volume: number({ doc: 'Value traded in the last 30 days from which on the tier holds.', min: 0 }),
  maker: ratio({ doc: 'Share of the value of a fill that rested in the book; negative is a rebate.', min: -1, max: 1 }),
  taker: ratio({ doc: 'Share of the value of a fill that took what rested there.', min: -1, max: 1 }),
});

const COMMISSION_FIELDS = Object.freeze({
  percent: ratio({ doc: 'Share of the value of a fill.', optional: true, min: -1, max: 1 }),
  fixed: number({ doc: 'Money for each fill.', optional: true, min: 0 }),
  per_share: number({ doc: 'Money for each unit.', optional: true, min: 0 }),
  min: number({ doc: 'Least money for a fill; a rebate is not raised to it.', optional: true, min: 0 }),
  max_percent: ratio({ doc: 'Most that a fill costs, as a share of its value.', optional: true, min: 0, max: 1 }),
  min_wins: flag({ doc: 'Which bound holds where `min` lies above `max_percent`.', default: false }),
  maker: ratio({ doc: 'Share of the value of a fill that rested in the book; negative is a rebate.', optional: true, min: -1, max: 1 }),
  taker: ratio({ doc: 'Share of the value of a fill that took what rested there.', optional: true, min: -1, max: 1 }),
  tiers: list(TIER_FIELDS, { doc: 'Other maker and taker shares from a traded value on.', optional: true }),
  decimals: int({ doc: 'Decimals that a fee is rounded to, half away from zero; left out, it is not rounded.', optional: true, min: 0,
    max: 12 }),
});

export const SLIPPAGE_MODELS = Object.freeze([
  'none', 'bps', 'ticks', 'spread', 'participation', 'volume_share', 'sqrt', 'percent',
] as const);

const SLIPPAGE_FIELDS = Object.freeze({
  model: choice(SLIPPAGE_MODELS, { doc: 'How far from the price of the profile an order fills: a share of the price, ticks, a share of the '
    + 'spread, impact by the share of the volume (linear, squared or by square root), or `percent` as backtrader does it.',
    default: 'bps' }),
  percent: ratio({ doc: 'Share of the price, for `bps` and `percent`.', optional: true, min: 0, max: 0.5 }),
  fixed: number({ doc: 'Money for each unit in place of a share, for `percent`.', optional: true, min: 0 }),
  ticks: number({ doc: 'Ticks, for `ticks`; 1 when left out.', optional: true, min: 0 }),
  share: ratio({ doc: 'Share of the spread, for `spread`; 50% when left out, which leads from the middle to the far side.', optional: true,
    min: 0, max: 10 }),
  impact: number({ doc: 'Share of the price at the whole volume, for `participation` and `volume_share`; 0.1 when left out.',
    optional: true, min: 0 }),
  max: ratio({ doc: 'Most of the volume of a row that fills may take (`participation`), or that counts (`volume_share`).', optional: true,
    min: 0, max: 1 }),
  y: number({ doc: 'Factor of the square-root law, for `sqrt`; 1 when left out.', optional: true, min: 0 }),
  warmup: ratio({ doc: 'Share of the price until volatility and volume are known, for `sqrt`; 10bps when left out.', optional: true, min: 0,
    max: 0.5 }),
  beyond_limit: choice(['cap', 'no_fill'], { doc: 'An order whose price after slippage is worse than its limit fills at the limit, or not '
    + 'at all.', default: 'cap' }),
  slip_open: flag({ doc: 'Does a fill at the open slip, for `percent`.', optional: true }),
  slip_match: flag({ doc: 'Is a price beyond the bar moved to its edge, for `percent`.', optional: true }),
  slip_limit: flag({ doc: 'The same for limit orders, for `percent`.', optional: true }),
  slip_out: flag({ doc: 'May a fill lie outside the bar, for `percent`.', optional: true }),
});

export const COSTS_FIELDS = Object.freeze({
  commission: object(COMMISSION_FIELDS, { doc: 'What a fill costs: a share of its value, or the parts that add up.', optional: true,
    shorthand: 'percent' }),
  slippage: object(SLIPPAGE_FIELDS, { doc: 'How much worse than the price of the profile a fill is: a share of the price, or a model.',
    optional: true, shorthand: 'percent' }),
  borrow: ratio({ doc: 'Paid on the value of short positions.', default: 0, min: 0, max: 10, unit: 'per year' }),
  funding: ratio({ doc: 'Paid by long positions to short ones on their value, every `funding_every`.', default: 0, min: -1, max: 1 }),
  funding_every: duration({ doc: 'Time between two payments of `funding`, from midnight UTC on.', default: 28_800_000_000,
    min: 1_000_000 }),
  interest: ratio({ doc: 'Earned on cash, and paid where it is negative.', default: 0, min: -1, max: 10, unit: 'per year' }),
});
export type Costs = FieldValues<typeof COSTS_FIELDS>;

export const FILLS_FIELDS = Object.freeze({
  profile: choice(FILL_PROFILES, { doc: 'Rules by which orders fill.', default: 'next-open' }),
  at: choice(['next_open', 'same_close', 'quote', 'next_trade'], { doc: 'Another word for the first four profiles.', optional: true }),
  latency: duration({ doc: 'Time from a signal until its order is in the market.', default: 0, min: 0 }),
  feed_latency: duration({ doc: 'Time from the market until a row is seen; beside `latency`.', default: 0, min: 0 }),
  order_latency: duration({ doc: 'Time from an order until it is in the market; in place of `latency`.', optional: true, min: 0 }),
  reply_latency: duration({ doc: 'Time from a fill until it is known.', default: 0, min: 0 }),
  latency_jitter: duration({ doc: 'Up to this much is added to each latency, by chance from the seed.', default: 0, min: 0 }),
  recorded_latency: flag({ doc: 'The column `latency` of the prices says how long an order takes, in place of `latency`.',
    default: false }),
  partial: flag({ doc: 'May an order fill in parts.', default: false }),
  on_close: flag({ doc: 'Market orders fill at the close of the bar that decided, whatever the profile: only right where the decision '
    + 'could have been made before it.', default: false }),
  round_prices: flag({ doc: 'Prices of orders are brought to whole ticks: buy limits down, sell limits up, stops the other way.',
    default: false }),
  volume_limit: ratio({ doc: 'Most of the volume of a row that our fills may take; without it as the profile does.', optional: true, min: 0,
    max: 1 }),
  queue: choice(['none', 'risk_averse', 'probabilistic'], { doc: 'Place of a resting order in the queue of its price, for `book`.',
    default: 'none' }),
  queue_function: choice(['power', 'power2', 'power3', 'log', 'log2'], { doc: 'Who of a queue leaves first, for `probabilistic`.',
    default: 'power' }),
  queue_power: number({ doc: 'Exponent of the power functions.', default: 3, min: 0.000001, max: 100 }),
});
export type Fills = FieldValues<typeof FILLS_FIELDS>;

/** The profile that `at` and `profile` name together. */
export const profileOf = (fills: Pick<Fills, 'profile' | 'at'>): FillProfile =>
  (fills.at === undefined ? fills.profile : FILL_AT[fills.at]);

interface Fault {
  /** Path of the setting, such as `slippage.ticks`. */
  readonly field: string;
  readonly message: string;
}

/** Two profiles in one place. */
export function fillsFault(fills: Readonly<Record<string, unknown>>): Fault | null {
  const { profile = 'next-open', at } = fills as Partial<Pick<Fills, 'profile' | 'at'>>;
  if (at === undefined || profile === 'next-open' || FILL_AT[at] === profile) return null;
  return { field: 'at', message: `\`at: ${at}\` is the profile ${FILL_AT[at]}, and \`profile\` is ${profile}` };
}

/** Settings that only some models of slippage have. */
const OF_MODEL: Readonly<Record<string, readonly string[]>> = Object.freeze({
  none: [], bps: ['percent'], ticks: ['ticks'], spread: ['share'], participation: ['impact', 'max'], volume_share: ['impact', 'max'],
  sqrt: ['y', 'warmup'], percent: ['percent', 'fixed', 'slip_open', 'slip_match', 'slip_limit', 'slip_out'],
});
const SETTINGS = new Set(Object.values(OF_MODEL).flat());

/** A setting that the model of slippage does not have, or one that it cannot be without. */
export function costsFault(costs: Readonly<Record<string, unknown>>): Fault | null {
  const slippage = costs.slippage as Readonly<Record<string, unknown>> | undefined;
  if (slippage === undefined) return null;
  const model = String(slippage.model);
  const own = OF_MODEL[model] ?? [];
  for (const [name, value] of Object.entries(slippage)) {
    if (value === undefined || !SETTINGS.has(name) || own.includes(name)) continue;
    const models = Object.keys(OF_MODEL).filter((m) => OF_MODEL[m].includes(name));
    return { field: `slippage.${name}`, message: `\`${name}\` belongs to the model ${models.join(' or ')}, not to ${model}` };
  }
  if (model === 'bps' && slippage.percent === undefined) return { field: 'slippage', message: 'slippage of the model bps needs `percent`' };
  return null;
}
