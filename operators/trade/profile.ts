import { DAY, GTC } from './order.ts';

/**
 * How a simulated market fills orders. Engines disagree by design on identical bars, so a backtest names its profile and the report
 * prints these sentences. Every profile is a frozen value; the exchange reads nothing else.
 */
export interface FillProfile {
  readonly name: string;
  /** The rules in sentences, for the reference and the report. */
  readonly doc: string;
  /** Reference implementation or convention. */
  readonly source: string;
  /** Rows that prices come from; `any` takes bars, quotes or trades, whichever the market stream has. */
  readonly market: 'bars' | 'quotes' | 'trades' | 'book' | 'any';
  /** When a market order without latency fills. */
  readonly fills: 'next_open' | 'same_close' | 'at_once' | 'next_row';
  /** Decisions wait until every row of their moment is there, so that all symbols have the same time. */
  readonly moments: boolean;
  /** Price of a limit order inside a bar: at the limit or better at the open; Lean takes the worse of limit and high, touch excluded. */
  readonly limits: 'open_or_limit' | 'worst' | 'path';
  /** A stop order whose stop and limit lie in one bar. */
  readonly stopLimit: 'wait' | 'by_direction' | 'best' | 'pessimistic' | 'close' | 'path';
  /** What moves a trailing stop: the best price of the bars so far, or their closes. */
  readonly trailBy: 'best' | 'close';
  /** When stop and target of an entry come to life. */
  readonly children: 'next_row' | 'same_bar';
  /** Orders that close a position are looked at before those that open one. */
  readonly exitsFirst: boolean;
  /** Positions are valued at the bar's close before orders are looked at, so that free margin is that of its end. */
  readonly marksFirst: boolean;
  /** Exits are filled without the slippage that entries suffer (a spread taken once). */
  readonly slipEntriesOnly: boolean;
  /** Largest share of a bar's volume; Infinity for no limit. All orders of a bar share it, or each has it for itself. */
  readonly volumeLimit: number;
  readonly volumeShared: boolean;
  /** What happens to an order that the account cannot pay for. */
  readonly funds: 'any' | 'wait' | 'cancel' | 'reject';
  readonly tif: number;
  /** Positions open at the end of the data: left and valued at the last price, or closed at the open or close of the last bar. */
  readonly end: 'mark' | 'last_open' | 'last_close';
  /** Decimals that commissions are rounded to; Infinity for none. */
  readonly feeDecimals: number;
  /** One order turns a position around, or two do (close, then open). */
  readonly turn: 'net' | 'two';
}

const base: FillProfile = {
  name: 'next-open',
  doc: 'Decisions are made when a bar is complete. Market orders fill at the open of the next bar of their symbol. A limit order fills at '
    + 'the open if that is as good, else at its limit once the bar touches it. A stop fills at the open if the bar opens beyond it, else '
    + 'at its price. A stop-limit that is triggered inside a bar fills from the next bar on. Stop and target begin with the bar after the '
    + 'entry; where one bar touches both, the stop fills.',
  source: 'the convention of daily backtests; conservative wherever a bar leaves the order of prices open',
  market: 'bars', fills: 'next_open', moments: true, limits: 'open_or_limit', stopLimit: 'wait', trailBy: 'best', children: 'next_row',
  exitsFirst: true, marksFirst: false, slipEntriesOnly: false, volumeLimit: Infinity, volumeShared: true, funds: 'any', tif: GTC,
  end: 'mark', feeDecimals: Infinity, turn: 'net',
};

const profile = (over: Partial<FillProfile> & { name: string; doc: string; source: string }): FillProfile =>
  Object.freeze({ ...base, ...over });

const TICKS = { market: 'any', moments: false, limits: 'path', stopLimit: 'path', children: 'next_row' } as const;

export const PROFILES: readonly FillProfile[] = Object.freeze([
  Object.freeze(base),
  profile({
    name: 'same-close', fills: 'same_close',
    doc: 'Market orders fill at the close of the bar that decided. Only right where the decision could have been made before the close '
      + '(an auction order); otherwise it is optimistic. Other orders are as in next-open.',
    source: 'cheat-on-close of backtrader, trade_on_close of backtesting.py, from_signals of vectorbt',
  }),
  profile({
    name: 'quote', fills: 'at_once', ...TICKS, market: 'quotes',
    doc: 'Market orders fill at once at the ask (buys) or the bid (sells) in force when they arrive, latency included. Limit orders fill '
      + 'when the opposite side reaches their price, at their price or better at arrival; stops trigger on the opposite side. With '
      + '`partial: true` a fill is at most the displayed size.',
    source: 'top of book, as Lean and NautilusTrader with L1 data',
  }),
  profile({
    name: 'next-trade', fills: 'next_row', ...TICKS, market: 'trades',
    doc: 'Market orders fill at the price of the first trade after they arrive, latency included. Limit orders fill when a trade is '
      + 'at their price or better, at their price; stops trigger on trades and fill at that trade.',
    source: 'trade replay',
  }),
  profile({
    name: 'lean-daily', limits: 'worst', stopLimit: 'close', exitsFirst: false, funds: 'reject',
    doc: 'Market orders placed after the close fill at the next open. A limit order fills when the bar trades strictly through it, at the '
      + 'worse of limit and high (low for sells). A stop fills when the bar trades strictly through it, at the worse of stop and open. A '
      + 'stop-limit fills at its limit when the close is better than it. Orders beyond the buying power are rejected.',
    source: 'QuantConnect Lean, EquityFillModel and ImmediateFillModel',
  }),
  profile({
    name: 'lean-minute', ...TICKS, fills: 'at_once', limits: 'worst', stopLimit: 'close', exitsFirst: false, funds: 'reject',
    doc: 'Market orders fill at once at the ask or bid that closes the bar, or at its close without quotes. Limit, stop and stop-limit '
      + 'orders as in lean-daily, on bars later than the order.',
    source: 'QuantConnect Lean, minute resolution',
  }),
  profile({
    name: 'backtrader', stopLimit: 'by_direction', trailBy: 'close', exitsFirst: false, volumeShared: false,
    doc: 'Market orders fill at the next open. Orders are looked at in the order in which they were sent. A stop-limit triggered inside a '
      + 'bar fills in it only where open and close say which way the price went. Trailing stops move with closes. Stop and target come to '
      + 'life with the bar after the entry, and one cancels the other.',
    source: 'backtrader, BackBroker',
  }),
  profile({
    name: 'backtesting-py', stopLimit: 'pessimistic', children: 'same_bar', marksFirst: true, slipEntriesOnly: true, funds: 'cancel',
    end: 'last_open', turn: 'two',
    doc: 'Market orders fill at the next open; orders given as a share are sized then, from the margin that is free at that moment, in '
      + 'whole units. Commissions are charged on entry and on exit, the spread on entries only. Stop and target of a market entry can fill '
      + 'on its own bar, the stop first. Orders that the margin does not cover are cancelled. Positions still open are closed at the OPEN '
      + 'of the last bar.',
    source: 'backtesting.py, _Broker',
  }),
  profile({
    name: 'pyalgotrade', stopLimit: 'best', exitsFirst: false, volumeLimit: 0.25, funds: 'wait', tif: DAY,
    doc: 'Market orders fill at the next open (or close). All orders of a bar share 25 % of its volume, in whole units, and what is left '
      + 'waits. Day orders end with the session. Orders that would make the cash negative wait. A stop-limit whose stop and limit are hit '
      + 'in one bar fills at the better of the two.',
    source: 'PyAlgoTrade, backtesting broker with DefaultStrategy fills',
  }),
  profile({
    name: 'nautilus-bar', fills: 'same_close', moments: false, limits: 'path', stopLimit: 'path', trailBy: 'best', exitsFirst: false,
    feeDecimals: 8, turn: 'two',
    doc: 'A bar is four prices: open, high, low, close, and orders are looked at as it comes to them. Market orders '
      + 'fill at once at the close that ended the bar. Limits fill at their price when the path reaches it; stops at their price, or at '
      + 'the open after a gap. Commissions are rounded to 8 decimals.',
    source: 'NautilusTrader, bar execution',
  }),
  profile({
    name: 'book', ...TICKS, market: 'book', fills: 'at_once',
    doc: 'Market orders walk the displayed levels. Resting orders wait behind the quantity that was displayed at their price when they '
      + 'arrived; trades and, by the queue model, cancellations advance them. A trade through the price fills the whole order.',
    source: 'hftbacktest and NautilusTrader, L2 data',
  }),
]);

export const profileOf = (name: string): FillProfile => {
  const found = PROFILES.find((p) => p.name === name);
  if (found === undefined) throw new TypeError(`no fill profile ${name}`);
  return found;
};
