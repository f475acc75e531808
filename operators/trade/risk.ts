import { choice, duration, flag, formula, int, number, object, ratio, text, texts, type FieldsSpec } from '../../src/core/field.ts';

const GUARD = {
  count: int({ doc: 'So many trades.', min: 1, max: 100_000 }),
  lookback: duration({ doc: 'Event time that is looked back.', min: 1 }),
  rest: duration({ doc: 'How long it rests.', min: 1 }),
};

export const RISK_FIELDS = Object.freeze({
  max_units: number({ doc: 'Largest position in units, open orders included.', optional: true, min: 0 }),
  max_value: number({ doc: 'Largest position in money.', optional: true, min: 0 }),
  max_weight: ratio({ doc: 'Largest position as a share of the equity.', optional: true, min: 0 }),
  max_order_units: number({ doc: 'Largest order in units.', optional: true, min: 0 }),
  max_order_value: number({ doc: 'Largest order in money.', optional: true, min: 0 }),
  max_positions: int({ doc: 'Most symbols held at once.', optional: true, min: 0 }),
  max_leverage: number({ doc: 'Largest gross value over the equity.', optional: true, min: 0 }),
  long_only: flag({ doc: 'No short positions.', default: false }),
  restricted: texts({ doc: 'Symbols that may not be bought or sold short.', optional: true }),
  orders: object({
    count: int({ doc: 'Most orders.', min: 1, max: 1_000_000 }),
    per: duration({ doc: 'In this much event time.', default: 60_000_000, min: 1 }),
  }, { doc: 'Limit on the rate of orders.', optional: true }),
  daily_loss: ratio({ doc: 'Loss of a day after which only orders that reduce pass.', optional: true, min: 0, max: 1 }),
  max_drawdown: object({
    share: ratio({ doc: 'Fall from the highest equity.', min: 0, max: 1 }),
    rest: duration({ doc: 'How long it holds; for good if left out.', optional: true, min: 1 }),
    halt: flag({ doc: 'No orders at all, not even those that reduce.', default: false }),
  }, { doc: 'Halt after a drawdown.', optional: true }),
  breaker: formula({ doc: 'A condition on the decision\'s row that stops entries of its symbol while it is true.', type: 'bool',
    optional: true }),
  breaker_hold: duration({ doc: 'And so long after it.', default: 0, min: 0 }),
  severity: formula({ doc: 'Severity of an anomaly; entries stop from `severity_level` on.', optional: true }),
  severity_level: choice(['info', 'warning', 'critical'], { doc: 'Severity from which entries stop.', default: 'critical' }),
  severity_hold: duration({ doc: 'And so long after it.', default: 0, min: 0 }),
  cooldown: object({
    rest: duration({ doc: 'How long a symbol rests.', min: 1 }),
    after: choice(['trade', 'loss', 'stop'], { doc: 'After which trades.', default: 'stop' }),
  }, { doc: 'Rest of a symbol after a trade.', optional: true }),
  stop_guard: object({ ...GUARD, per_symbol: flag({ doc: 'Counts and rests by symbol.', default: false }) },
    { doc: 'Rest after several trades that a stop ended with a loss.', optional: true }),
  low_profit: object({ ...GUARD, required: ratio({ doc: 'Least sum of the trades\' results.', default: 0 }) },
    { doc: 'Rest of a symbol whose trades earned too little.', optional: true }),
  blackout: texts({ doc: 'No entries: dates `2024-12-24..2024-12-26`, or times of day `15:45..16:00` in `zone`.', optional: true }),
  zone: choice(['UTC', 'America/New_York'], { doc: 'Zone of times of day.', default: 'UTC' }),
  market_hours: flag({ doc: 'No entries while the calendar of the pipeline is closed.', default: false }),
  close_on_halt: flag({ doc: 'A halt by loss or drawdown closes what is open.', default: false }),
  note: text({ doc: 'A note for the report.', optional: true }),
}) satisfies FieldsSpec;
