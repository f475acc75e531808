import { choice, ratio, text, type FieldsSpec } from '../../src/core/field.ts';

export const REBALANCE_FIELDS = Object.freeze({
  every: text({ doc: 'When: `1d`, `1w`, `1M`, `1q`, `1y` (the first row of a new period), `30d` (days after the last), `15m`, `4h`.',
    default: '1d' }),
  band: ratio({ doc: 'A position whose weight is this near to its target is left alone.', optional: true, min: 0, max: 1 }),
  relative_band: ratio({ doc: 'The same as a share of the target.', optional: true, min: 0 }),
  turnover: ratio({ doc: 'Most that one rebalance trades, as a share of the equity: every trade is cut by the same share.', optional: true,
    min: 0 }),
  exits: choice(['at_once', 'scheduled'], { doc: 'When a decision that closes a position acts.', default: 'at_once' }),
}) satisfies FieldsSpec;
