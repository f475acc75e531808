import type { Connector } from '../core/connector.ts';
import { choice, duration, int, map, number, ratio, text, texts } from '../core/field.ts';

export const syntheticSource: Connector = Object.freeze({
  kind: 'connector', name: 'synthetic', role: 'source',
  summary: 'A seeded market: correlated symbols, clusters of volatility, jumps, and the intraday curve of volume.',
  doc: 'The schema decides what is made: `trade`, `quote` or `bar`. Sources with the same seed, symbols’ names and settings of the market '
    + 'see the same one: every trade happens at the bid or ask that the quotes show then. The same settings give the same rows everywhere. '
    + 'Bars follow a coarser path of their own.',
  fields: Object.freeze({
    symbols: texts({ default: ['AAA', 'BBB', 'CCC', 'DDD'], doc: 'The symbols.' }),
    seed: int({ default: 7, min: 0, max: 4_294_967_295, doc: 'Another seed is another market.' }),
    rate: number({ default: 1, min: 0, max: 100_000, unit: 'rows per second',
      doc: 'Trades per symbol, on average over a session; for quotes, changes of size beside those of price.' }),
    length: duration({ default: 23_400_000_000, doc: 'Length of the market in time, nights included: `6h30m`, `5d`.' }),
    start: text({ default: '2025-01-02T14:30:00Z', doc: 'The first moment; later sessions open at this time of day, Monday to Friday.' }),
    session: duration({ default: 23_400_000_000, min: 60_000_000, max: 86_400_000_000,
      doc: 'Trading hours of a day; `24h` never closes.' }),
    every: duration({ default: 60_000_000, min: 1_000_000, doc: 'Length of a bar, where the schema is `bar`.' }),
    volatility: ratio({ default: 0.3, min: 0, max: 10, unit: 'per year', doc: 'Standard deviation of returns over a year.' }),
    correlation: number({ default: 0.5, min: 0, max: 1, doc: 'Correlation of the returns of any two symbols.' }),
    jumps: number({ default: 1, min: 0, max: 1000, unit: 'per session', doc: 'Jumps of the price of a symbol, on average.' }),
    tick: number({ default: 0.01, min: 1e-8, doc: 'Smallest step of a price.' }),
    spread: ratio({ default: 0.0002, min: 0, max: 0.1, doc: 'Bid to ask in calm times, as a share of the price; at least one tick.' }),
    size: number({ default: 200, min: 1e-6, doc: 'Size of a trade on average.' }),
    prices: map({ optional: true, doc: 'First price by symbol; others are drawn from the seed.' }),
    kind: choice(['auto', 'trade', 'quote', 'bar'], { default: 'auto', doc: 'What to make; `auto` follows the columns of the schema.' }),
  }),
  examples: [
    { title: 'a day of trades of four symbols', yaml: 'synthetic: { symbols: [AAPL, MSFT, NVDA, SPY], seed: 7, rate: 2 }' },
    { title: 'a week of minute bars', yaml: 'synthetic: { symbols: [AAPL, MSFT], every: 1m, length: 7d }' },
  ],
});
