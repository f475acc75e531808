import { choice, duration, flag, formula, int, ratio, type FieldsSpec } from '../../src/core/field.ts';

const METHODS = ['fraction', 'fixed', 'value', 'vol_target', 'kelly', 'atr_risk', 'equal_weight', 'inverse_volatility', 'risk_parity',
  'min_variance'] as const;

export type SizeMethod = (typeof METHODS)[number];

/** Settings of `size`: how much, and by which orders. Formulas are read on the row of the decision. */
export const SIZE_FIELDS = Object.freeze({
  method: choice(METHODS, { doc: 'How the position is sized.', default: 'fraction' }),
  fraction: formula({ doc: 'Share of the equity (or of `of:`), for `fraction`.', optional: true }),
  units: formula({ doc: 'Units, for `fixed`.', optional: true }),
  value: formula({ doc: 'Money, for `value`.', optional: true }),
  of: choice(['equity', 'cash', 'free'], { doc: 'What a fraction is of; `free` is the margin that no position ties up.',
    default: 'equity' }),
  target: formula({ doc: 'Yearly volatility that a position should bring, for `vol_target`.', optional: true }),
  volatility: formula({ doc: 'Yearly volatility of the symbol, for `vol_target` and `inverse_volatility`.', optional: true }),
  odds: formula({ doc: 'What a win pays for each unit that a loss costs, for `kelly`.', optional: true }),
  kelly: ratio({ doc: 'Part of the Kelly fraction that is taken.', default: 0.5, min: 0, max: 1 }),
  risk: formula({ doc: 'Share of the equity lost when the stop is hit, for `atr_risk`.', optional: true }),
  window: int({ doc: 'Moments of history that covariances are taken over, for `risk_parity` and `min_variance`.', default: 60, min: 2,
    max: 10_000, unit: 'moments' }),
  scale_by: formula({ doc: 'Factor of the size, such as the confidence.', optional: true }),
  max_weight: ratio({ doc: 'Largest position as a share of the equity.', optional: true, min: 0 }),
  max_gross: ratio({ doc: 'Largest sum of all positions without sign.', optional: true, min: 0 }),
  max_net: ratio({ doc: 'Largest sum of all positions with sign.', optional: true, min: 0 }),
  buffer: ratio({ doc: 'Share of the equity that is left alone; what the order will cost is left alone too.', optional: true, min: 0,
    max: 1 }),
  sides: choice(['both', 'long', 'short'], { doc: 'A sell with `long`, or a buy with `short`, closes only.', default: 'both' }),
  when: choice(['always', 'flat'], { doc: 'With `flat`, decisions are left alone while a position is open or an order on its way.',
    default: 'always' }),
  repeat: choice(['ignore', 'add', 'resize'], { doc: 'What a signal does when the position is on its side already.', default: 'ignore' }),
  at: choice(['decision', 'fill'], {
    doc: 'When a fraction becomes units: at the decision\'s price, or when the order fills, of the margin that is free then.',
    default: 'decision' }),
  turn: choice(['profile', 'net', 'two'], {
    doc: 'From long to short by one order or by two, closing first; by default as the fill profile does.', default: 'profile' }),
  order: choice(['market', 'limit', 'stop', 'stop_limit', 'trailing', 'market_on_open', 'market_on_close'], {
    doc: 'Kind of order that opens.', default: 'market' }),
  limit: formula({ doc: 'Limit price, for `limit` and `stop_limit`.', optional: true }),
  trigger: formula({ doc: 'Price that triggers `stop` and `stop_limit`.', optional: true }),
  trail_entry: formula({ doc: 'Distance of a `trailing` order that opens.', optional: true }),
  tif: choice(['profile', 'gtc', 'day', 'gtd', 'ioc', 'fok'], { doc: 'How long an order that opens is good.', default: 'profile' }),
  valid: duration({ doc: 'Event time that a `gtd` order is good for.', optional: true, min: 1 }),
  post_only: flag({ doc: 'An order that would take is refused.', default: false }),
  stop: formula({ doc: 'Distance of the protective stop from the fill, in price.', optional: true }),
  stop_price: formula({ doc: 'Price of the protective stop.', optional: true }),
  take_profit: formula({ doc: 'Distance of the target from the fill, in price.', optional: true }),
  target_price: formula({ doc: 'Price of the target.', optional: true }),
  trail: formula({ doc: 'Distance of a trailing stop, in price.', optional: true }),
  trail_percent: formula({ doc: 'The same as a share of the price: 0.05 for 5 %.', optional: true }),
  max_hold: duration({ doc: 'A position is closed when it is this old.', optional: true, min: 1 }),
}) satisfies FieldsSpec;
