/** Settings that the examples of the operators leave out, so that each is held to the promises as well. */
export interface Extra {
  readonly name: string;
  readonly nodes: string;
  readonly time?: string;
}

const lines = (...text: string[]): string => `${text.join('\n')}\n`;

const node = (id: string, from: string, ...rest: string[]): string => lines(`${id}:`, `  from: ${from}`, ...rest.map((r) => `  ${r}`));

export const EXTRA: readonly Extra[] = [
  { name: 'bars: by ticks', nodes: node('a', 'trades', 'bars: { every: 7, type: tick }') },
  { name: 'bars: by dollars', nodes: node('a', 'trades', 'bars: { every: 1000000, type: dollar }') },
  { name: 'bars: by imbalance', nodes: node('a', 'trades', 'bars: { every: 8, type: imbalance, memory: 5 }') },
  { name: 'bars: by range', nodes: node('a', 'trades', 'bars: { every: 1.5, type: range }') },
  { name: 'bars: of the mid price',
    nodes: node('a', 'quotes', 'bars: { every: 10s, price: (bid + ask) / 2, size: bid_size, offset: 3s }') },
  { name: 'bars: of a session', time: 'calendar: XNYS', nodes: node('a', 'trades', 'bars: { every: 20m, align: session }') },
  { name: 'bars: of bars without holes',
    nodes: node('a', 'trades', 'bars: { every: 20s }') + node('b', 'a', 'bars: { every: 1m, empty: fill }') },
  { name: 'window: all aggregates', nodes: node('w', 'ticks', 'window:', '  every: 30s', '  columns:',
    '    n: count()', '    a: sum(px)', '    b: mean(px)', '    c: min(px)', '    d: max(qty)', '    e: first(venue)', '    f: last(venue)',
    '    g: stdev(px)', '    h: var(px)', '    i: median(px)', '    j: quantile(px, 0.9)', '    k: "vwap(px, qty)"',
    '    l: distinct(venue)',
    '    m: count(auction)', '    o: last(tier)', '    p: (max(px) - min(px)) / mean(px)') },
  { name: 'window: over time, all aggregates', nodes: node('w', 'ticks', 'window:', '  every: 10s', '  over: 1m', '  columns:',
    '    n: count()', '    a: sum(px)', '    b: mean(px)', '    c: min(px)', '    d: max(qty)', '    e: first(venue)', '    f: last(venue)',
    '    g: stdev(px)', '    i: median(px)', '    j: quantile(px, 0.1)', '    k: "vwap(px, qty)"', '    l: distinct(venue)') },
  { name: 'window: over rows, all aggregates', nodes: node('w', 'ticks', 'window:', '  over: 20', '  columns:',
    '    n: count()', '    a: sum(px)', '    b: mean(px)', '    c: min(px)', '    d: max(qty)', '    e: first(venue)', '    f: last(venue)',
    '    g: stdev(px)', '    i: median(px)', '    j: quantile(px, 0.1)', '    k: "vwap(px, qty)"', '    l: distinct(venue)') },
  { name: 'window: over time, every row',
    nodes: node('w', 'trades', 'window:', '  over: 30s', '  columns: { n: count(), m: median(price) }') },
  { name: 'window: every 20 rows', nodes: node('w', 'trades', 'window:', '  every: 20', '  columns: { n: count(), m: max(price) }') },
  { name: 'window: of a session', time: 'calendar: XNYS',
    nodes: node('w', 'trades', 'window:', '  session: exchange', '  columns: { n: count() }') },
  { name: 'sample: by rows', nodes: node('s', 'trades', 'sample: 5') },
  { name: 'resample: nothing filled', nodes: node('r', 'quotes', 'resample: { every: 5s, fill: none, offset: 1s }') },
  { name: 'dedupe: within', nodes: node('d', 'trades', 'dedupe: { on: [price], within: 5s, memory: 3 }') },
  { name: 'merge: three', nodes: node('m', '[trades, quotes, bars]', 'merge: {}') },
  { name: 'join: inner', nodes: node('j', '[trades, quotes]', 'join: { how: inner }') },
  { name: 'join: outer', nodes: node('j', '[trades, quotes]', 'join: { how: outer }') },
  { name: 'join: as-of', nodes: node('j', '[trades, quotes]', 'join: { how: asof }') },
  { name: 'join: interval before', nodes: node('j', '[trades, quotes]', 'join: { how: interval, within: { before: 5s, after: 1s } }') },
  { name: 'join: of one stream with its bars',
    nodes: node('b', 'trades', 'bars: { every: 20s }') + node('j', '[trades, b]', 'join: { how: asof }') },
  { name: 'asof: in a formula', nodes: node('f', 'trades', 'compute:', '  spread: asof(quotes.ask - quotes.bid)',
    '  fresh: "asof(quotes.bid, max_age: 5s)"', '  trend: asof(ema(quotes.bid, 5))') },
  { name: 'by: two columns', nodes: node('k', 'ticks', 'by: [symbol, venue]', 'compute:', '  n: sma(px, 3)', '  d: px - px[1]') },
  { name: 'by: bars of two columns', nodes: node('k', 'ticks', 'by: [symbol, venue]', 'bars: { every: 30s, price: px, size: qty }') },
  { name: 'across: aggregate of trades', nodes: node('x', 'trades', 'across: universe', 'aggregate:', '  every: 20s',
    '  columns: { n: count(), total: sum(size), top: max(price), spread: stdev(price) }') },
  { name: 'across: rank of windows', nodes: node('w', 'trades', 'window: { every: 20s, columns: { n: count(), last: last(price) } }')
    + node('x', 'w', 'across: universe', 'rank: { of: n, pct: true, as: place }') },
  { name: 'across: quantile', nodes: node('x', 'bars', 'across: universe', 'quantile: { of: close, q: 0.5, as: middle }') },
  { name: 'across: demean', nodes: node('x', 'bars', 'across: universe', 'demean: { of: close, as: rest }') },
  { name: 'across: pair', nodes: node('x', 'bars', 'across: [[KO, PEP], [AAPL, KO]]', 'pair: { of: close, over: 20 }') },
  { name: 'signal: all rows', nodes: node('s', 'bars', 'signal:', '  buy: close > open', '  sell: close < open',
    '  hold_if: volume > 15000', '  strength: min(abs(close / open - 1) * 10, 1)', '  confidence: min(volume / 20000, 1)', '  emit: all') },
  { name: 'signal: confirmed',
    nodes: node('s', 'bars', 'signal:', '  buy: close > open', '  sell: close < open', '  confirm: 2', '  cooldown: 1m') },
  { name: 'compute: types', nodes: node('c', 'ticks', 'compute:', '  up: px > px[1]', '  same: venue == "N"', '  good: tier >= mid',
    '  which: if(auction, "yes", venue)', '  either: up or auction', '  both: up and auction', '  not_up: not up',
    '  some: venue in ["N", "Q"]',
    '  whole: round(px)', '  age: bars_since(up)', '  when: ts - ts[1]') },
  { name: 'filter: in a chain', nodes: node('f', 'trades', 'filter: price > sma(price, 3)') + node('g', 'f', 'filter: size > 500')
    + node('h', 'g', 'compute: { m: "ema(price, 3)", n: bars_since(size > 2000) }') },
  { name: 'split: followed', nodes: node('r', 'trades', 'split: { up: "price > price[1]", down: "price < price[1]" }')
    + node('u', 'r.up', 'compute: { m: "sma(size, 3)" }') + node('d', 'r.rest', 'compute: { m: "sma(size, 2)" }')
    + node('m', '[r.up, r.down]', 'merge: {}') },
];
