/** Why a rule refuses an order. Numbers never change their meaning; `R` before the number is how users see it. */
export interface RiskCode {
  readonly code: string;
  readonly name: string;
  readonly text: string;
  readonly doc: string;
}

const CODES: readonly RiskCode[] = [
  ['R101', 'max_position_units', 'the position would be greater than allowed',
    'Position and open orders of the symbol, in units, over `maxUnits`.'],
  ['R102', 'max_position_value', 'the position would be worth more than allowed', 'The same in money, over `maxValue`.'],
  ['R103', 'max_position_weight', 'the position would be too great a share of the equity',
    'The same as a share of the equity, over `maxWeight`.'],
  ['R104', 'max_order_units', 'the order is greater than allowed', 'Units of the order over `maxOrderUnits`.'],
  ['R105', 'max_order_value', 'the order is worth more than allowed', 'Value of the order over `maxOrderValue`.'],
  ['R106', 'max_open_positions', 'as many positions are open as are allowed', 'A new symbol while `maxOpenPositions` are held.'],
  ['R107', 'max_leverage', 'the account would hold more than its leverage allows',
    'Gross value after the order over `maxLeverage` times the equity.'],
  ['R108', 'long_only', 'short positions are not allowed', '`longOnly`: the order would leave a short position.'],
  ['R109', 'restricted', 'the symbol is restricted', 'The symbol is in the `restricted` list.'],
  ['R110', 'order_rate', 'too many orders in a short time', '`orderRate`: as many orders as allowed lie within the window of event time.'],
  ['R201', 'blackout', 'no trading at this time', 'Inside of a `blackout` of dates or of the time of day.'],
  ['R202', 'closed', 'the market is closed', 'The calendar has no open session at the time of the order.'],
  ['R301', 'halted', 'trading is halted', 'State HALTED, set from outside: no order passes.'],
  ['R302', 'reducing', 'only orders that reduce a position are allowed', 'State REDUCING, set from outside.'],
  ['R303', 'daily_loss', 'the loss of the day reached its limit',
    '`dailyLoss`: since the last value of the day before; until the next day.'],
  ['R304', 'drawdown', 'the loss from the peak reached its limit', '`drawdown`: for the cooldown, or until it is resumed from outside.'],
  ['R305', 'volatility_breaker', 'the volatility breaker is open', '`volatilityBreaker`: its condition is true, or was within the hold.'],
  ['R306', 'anomaly_breaker', 'an anomaly was found', '`anomalyBreaker`: a severity of its level or above, now or within the hold.'],
  ['R401', 'cooldown', 'the symbol rests after a closed trade',
    '`cooldown`: freqtrade CooldownPeriod, after every trade or only after a loss.'],
  ['R402', 'stop_guard', 'too many trades of the symbol were stopped out',
    '`stopGuard` with `perSymbol`: freqtrade StoplossGuard only_per_pair.'],
  ['R403', 'stop_guard_all', 'too many trades were stopped out', '`stopGuard`: freqtrade StoplossGuard over all symbols.'],
  ['R404', 'low_profit', 'the symbol has made too little', '`lowProfit`: freqtrade LowProfitPairs.'],
  ['R405', 'trade_drawdown', 'closed trades lost too much in a row', '`tradeDrawdown`: freqtrade MaxDrawdown over the trades of a window.'],
  ['R901', 'not_an_order', 'its quantity or its price is not a number', 'Quantity 0 or not finite, or a price that is not finite.'],
].map(([code, name, text, doc]) => Object.freeze({ code, name, text, doc }));

/** All codes in order. */
export const RISK_CODES: readonly RiskCode[] = Object.freeze(CODES);

/** The number of a code by its name, for rules: `R.halted` is 301. */
export const R = Object.freeze({
  maxUnits: 101, maxValue: 102, maxWeight: 103, maxOrderUnits: 104, maxOrderValue: 105, maxOpen: 106, maxLeverage: 107, longOnly: 108,
  restricted: 109, orderRate: 110, blackout: 201, closed: 202, halted: 301, reducing: 302, dailyLoss: 303, drawdown: 304,
  volatility: 305, anomaly: 306, cooldown: 401, stopGuard: 402, stopGuardAll: 403, lowProfit: 404, tradeDrawdown: 405, notAnOrder: 901,
});

/** The code of the number that `checkOrder` answers; undefined for 0 and for numbers that there are not. */
export const riskCode = (number: number): RiskCode | undefined => BY_NUMBER.get(number);

const BY_NUMBER: ReadonlyMap<number, RiskCode> = new Map(CODES.map((c) => [Number(c.code.slice(1)), c]));
