import type { CodeEntry } from './codes.ts';

/** E3xx: formulas, types and row clocks. Examples are formulas over bars, or nodes. */
export const FORMULA_ENTRIES: Readonly<Record<string, CodeEntry>> = Object.freeze({
  E300: {
    title: 'a formula that cannot be read',
    explanation:
      'The text is not a formula: a bracket is open, an operator or an operand is missing, or a sign is not part of the '
      + 'language.',
    wrong: 'ema(close, 12',
    right: 'sma(close, 12)',
  },
  E301: {
    title: 'a row that has not happened yet',
    explanation:
      '`close[1]` is the previous row. A negative offset would look into the future, so a replay would be better than any '
      + 'live run could be.',
    wrong: 'close[-1] / close',
    right: 'close / close[1]',
  },
  E302: {
    title: 'an unknown function',
    explanation: 'No function has this name. `millrace docs functions` lists them.',
    wrong: 'emma(close, 12)',
    right: 'sma(close, 12)',
  },
  E303: {
    title: 'a wrong number of arguments',
    explanation: 'The function takes another number of arguments; inputs that have a column by default are given all or not at all.',
    wrong: 'sma(close, 12, 3)',
    right: 'sma(close, 12)',
  },
  E304: {
    title: 'an unknown parameter',
    explanation: 'A name after `$` is a parameter declared under `params:`.',
    wrong: 'ema(close, $fst)',
    right: 'ema(close, $fast)',
  },
  E305: {
    title: 'an unknown column',
    explanation: 'The row has no column of this name. The message lists the columns.',
    wrong: 'ema(clsoe, 12)',
    right: 'sma(close, 12)',
  },
  E306: {
    title: 'an unknown node',
    explanation: 'The part before the dot is no source, node or branch.',
    wrong: 'asof(quots.bid)',
    right: 'asof(quotes.bid)',
  },
  E307: {
    title: 'an unknown output or argument',
    explanation: 'A function with several outputs is read as `macd(close).hist`; arguments may be named, as in `asof(x, max_age: 5m)`.',
    wrong: 'macd(close, 12, 26, 9).hits',
    right: 'macd(close, 12, 26, 9).hist',
  },
  E308: {
    title: 'a setting that is not allowed',
    explanation: 'A setting of a function lies outside its range, or depends on the row. It must be a number or a parameter.',
    wrong: 'ema(close, 0)',
    right: 'sma(close, 12)',
  },
  E309: {
    title: 'a value of the wrong type',
    explanation: 'Texts, conditions, times and numbers do not mix: write the comparison or the unit that is meant.',
    wrong: 'not close',
    right: 'not (close > open)',
  },
  E310: {
    title: 'another row clock',
    explanation:
      'The column ticks on another clock than this node. `asof(x)` is its last value that was complete at this row\'s time, '
      + 'so nothing leaks from the future.',
    wrong: 'bars5.volume / volume',
    right: 'asof(bars5.volume) / volume',
  },
  E311: {
    title: 'a formula that is too large',
    explanation: 'A formula has bounds on its length, its words and its depth. Name a part of it in a `compute` node.',
    wrong: '(close + close + close + ...)',
    right: 'half + other_half',
  },
  E312: {
    title: 'a meaningless asof()',
    explanation: '`asof()` reads another stream: once, and no column of this row.',
    wrong: 'asof(close)',
    right: 'asof(quotes.bid)',
  },
  E313: {
    title: 'a word that is no value',
    explanation: 'The column is compared with a word that it can never hold.',
    wrong: 'side == byu',
    right: 'side == buy',
  },
  E314: {
    title: 'an aggregate in the wrong place',
    explanation:
      '`sum(x)`, `mean(x)` and the like turn many rows into one: they stand in windows and `aggregate`, and a plain column '
      + 'does not.',
    wrong: 'columns: { total: volume }',
    right: 'columns: { total: sum(volume) }',
  },
  E320: {
    title: 'columns that cannot be merged',
    explanation: '`merge` puts columns of one name under each other, so they need one type.',
    wrong: 'merge of `size: f64` and `size: text`',
    right: 'rename one of them first',
  },
  E321: {
    title: 'a column twice',
    explanation: 'The operator would add a column that the stream has already.',
    wrong: 'rank: { of: close, as: close }',
    right: 'rank: { of: close, as: place }',
  },
  E322: {
    title: 'unclear which symbol is meant',
    explanation: 'A stream for the whole market cannot look up a stream per symbol.',
    wrong: 'from: [market, bars]',
    right: 'from: [bars, market]',
  },
  E323: {
    title: 'pairs that are not named',
    explanation: '`pair` works on pairs of symbols beside `from`.',
    wrong: 'pair: { of: close }',
    right: 'across: [[KO, PEP]]\npair: { of: close }',
  },
  E330: {
    title: 'no price for bars',
    explanation: 'Bars need a price: the column `price`, or the formula under `price`.',
    wrong: 'bars: { every: 1m }',
    right: 'bars: { every: 1m, price: (bid + ask) / 2 }',
  },
  E331: {
    title: 'no size for bars',
    explanation: 'Bars by volume or dollar need a size.',
    wrong: 'bars: { every: 1000, type: volume }',
    right: 'bars: { every: 1000, type: volume, size: qty }',
  },
  E335: {
    title: 'nothing to trade by',
    explanation: '`size`, `risk`, `rebalance` and `broker` read decisions: a stream with the column `side` (buy, sell, hold) of a '
      + '`signal`.',
    wrong: 'from: bars\nsize: { fraction: 10% }',
    right: 'from: cross\nsize: { fraction: 10% }',
  },
  E336: {
    title: 'prices under another key',
    explanation: 'A trading group trades symbols: its prices and its decisions have one row per symbol, without `by:` or `across:` '
      + 'between.',
    wrong: 'from: [sized, ranks]\nbroker: {}',
    right: 'from: [sized, bars]\nbroker: {}',
  },
  E337: {
    title: 'no prices to fill at',
    explanation: 'A fill profile needs bars (`close`), quotes (`bid`, `ask`) or trades (`price`), and finds no such stream above the '
      + 'decisions or among the sources.',
    wrong: 'from: sized\nbroker: { fills: quote }',
    right: 'from: [sized, quotes]\nbroker: { fills: quote }',
  },
  E338: {
    title: 'a trading group in another order',
    explanation: 'The nodes of a group are `size`, `rebalance`, `risk` and `broker`, in this order, each at most once, each reading the '
      + 'one before; any of them may be left out.',
    wrong: 'checked: { from: cross, risk: {} }\nsized: { from: checked, size: {} }',
    right: 'sized: { from: cross, size: {} }\nchecked: { from: sized, risk: {} }',
  },
});
