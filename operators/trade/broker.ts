import { choice, list, map, number, object, text, type FieldsSpec } from '../../src/core/field.ts';
import { COSTS_FIELDS, FILLS_FIELDS } from '../../src/core/trading-fields.ts';

const INSTRUMENT_FIELDS = Object.freeze({
  symbol: text({ doc: 'The symbol.' }),
  multiplier: number({ doc: 'Money per unit and point of price.', optional: true, min: 0 }),
  margin: number({ doc: 'Deposit per unit.', optional: true, min: 0 }),
  tick: number({ doc: 'Smallest step of a price.', optional: true, min: 0 }),
  lot: number({ doc: 'Smallest number of units; 0 for any fraction.', optional: true, min: 0 }),
  currency: text({ doc: 'Currency that it is traded in.', optional: true }),
});

export const BROKER_FIELDS = Object.freeze({
  capital: number({ doc: 'Cash at the start; by default that of `backtest:`.', optional: true, min: 0 }),
  fills: object(FILLS_FIELDS, { doc: 'How orders fill; by default as `backtest:` says.', optional: true, shorthand: 'profile' }),
  costs: object(COSTS_FIELDS, { doc: 'What trading costs; by default as `backtest:` says.', optional: true }),
  end: choice(['profile', 'mark', 'last_open', 'last_close'], {
    doc: 'What happens to open positions when the data ends; by default as the fill profile does.', default: 'profile' }),
  leverage: number({ doc: 'Value that may be held for each unit of equity, where the profile looks at funds.', default: 1, min: 1,
    max: 1000 }),
  lot: number({ doc: 'Smallest number of units; 0 for any fraction.', default: 1, min: 0 }),
  tick: number({ doc: 'Smallest step of a price.', default: 0.01, min: 0 }),
  multiplier: number({ doc: 'Money per unit and point of price, as for futures.', default: 1, min: 0 }),
  margin: number({ doc: 'Deposit per unit, as for futures: gains and losses are settled in cash. Left out, the whole value is paid.',
    optional: true, min: 0 }),
  instruments: list(INSTRUMENT_FIELDS, { doc: 'Symbols that differ from the settings above.', optional: true }),
  currencies: map({ doc: 'Currency that a symbol is traded in, by symbol; without one it is that of the account.', optional: true }),
  fx: map({ doc: 'By currency, the symbol whose price is what one unit of it is worth in the account\'s: `{ EUR: EURUSD }`.',
    optional: true }),
}) satisfies FieldsSpec;
