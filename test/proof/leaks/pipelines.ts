import { onRows, onTime, price, SECOND, type Planted } from './planted.ts';

const tomorrow = onRows('in front of a window and a rule', 'tomorrow', (f, i) => (i + 1 < f.n ? price(f, i + 1) / price(f, i) - 1 : 0));
const early = onTime('bars known at their open, in front of averages', 'early_bars', {
  row(s, { ts, key, x }) {
    const open = s.rows.find((r) => r.key === key);
    if (open === undefined) s.rows.push({ due: ts + 10 * SECOND, key, ts, x });
    else open.x = x;
  },
  fire: (_s, r, out) => out.emit(r.ts, r.key, r.x),
});
const quoted = onRows('of quotes that a trade is joined with', 'next_bid', (f, i) => (i + 1 < f.n ? price(f, i + 1) : NaN));

/** Whole pipelines with the leak in the middle: everything behind it differs as well, and only `n` is to blame. */
export const PIPELINES: readonly Planted[] = [
  { ...tomorrow, nodes: 'before:\n  from: trades\n  filter: price > 0\nn:\n  from: before\n  tomorrow: {}\n'
    + 'bars:\n  from: n\n  window: { every: 10s, columns: { up: sum(value), close: last(price) } }\n'
    + 'rule:\n  from: bars\n  signal: { buy: up > 0, sell: up < 0, price: close }' },
  { ...early, nodes: 'n:\n  from: trades\n  early_bars: {}\nfeatures:\n  from: n\n  compute:\n    fast: ema(value, 3)\n    slow: sma(value, 6)\n'
    + 'rule:\n  from: features\n  signal: { buy: "crosses_above(fast, slow)", sell: "crosses_below(fast, slow)", price: value }' },
  { ...quoted, sources: ['trades', 'quotes'], nodes: 'n:\n  from: quotes\n  next_bid: {}\n'
    + 'joined:\n  from: [trades, n]\n  join: { how: asof, tolerance: 10s }' },
];
