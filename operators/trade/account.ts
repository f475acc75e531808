/**
 * Cash, positions and round trips of a simulated account: plain data, and functions over it. Entries are matched with exits first in,
 * first out. Everything is in units of the instrument and in money of its currency; `rates` turn that into the account's.
 */

/** Part of a position that one fill opened. */
export interface Lot {
  readonly order: number;
  readonly ts: number;
  readonly price: number;
  readonly role: number;
  /** Signed units that are still open. */
  units: number;
  /** Commission of the entry that belongs to what is still open. */
  fee: number;
  /** Market rows since, and the best and worst price meanwhile. */
  rows: number;
  high: number;
  low: number;
}

export interface Position {
  /** Signed units; zero without a position. */
  units: number;
  lots: Lot[];
  /** Last price, and the price that a position with margin was settled at last. */
  mark: number;
  settled: number;
  /** Event time of the last market row. */
  seen: number;
  rows: number;
}

/** What one unit is: money per point of price, deposit per unit (NaN where the full value is paid), and the currency it is traded in. */
export interface Instrument {
  readonly multiplier: number;
  readonly margin: number;
  readonly currency: number;
  readonly tick: number;
  readonly lot: number;
}

export interface Account {
  /** Cash by currency; 0 is the account's own. */
  cash: number[];
  /** Money of the account for one unit of each currency; NaN before its rate has shown. */
  rates: number[];
  positions: Position[];
  instruments: Instrument[];
  /** Money paid so far, by kind. */
  commission: number;
  slippage: number;
  borrow: number;
  funding: number;
  interest: number;
  /** Results of closed round trips, before and without commissions, and income from dividends. */
  realised: number;
  dividends: number;
  /** Value of all fills. */
  traded: number;
  /** Event time up to which borrow and interest are charged; NaN before the first row. */
  accrued: number;
}

export interface RoundTrip {
  readonly key: number;
  readonly lot: Lot;
  /** Signed units that were closed. */
  readonly units: number;
  readonly exitTs: number;
  readonly exitPrice: number;
  readonly exitOrder: number;
  readonly exitRole: number;
  /** Result without commissions, and the commissions of both sides. */
  readonly gross: number;
  readonly fee: number;
}

export const newAccount = (capital: number, currencies = 1): Account => ({
  cash: [capital, ...new Array<number>(currencies - 1).fill(0)], rates: [1, ...new Array<number>(currencies - 1).fill(NaN)],
  positions: [], instruments: [], commission: 0, slippage: 0, borrow: 0, funding: 0, interest: 0,
  realised: 0, dividends: 0, traded: 0, accrued: NaN,
});

export function positionOf(a: Account, key: number): Position {
  let p = a.positions[key] as Position | undefined;
  while (p === undefined) {
    a.positions.push({ units: 0, lots: [], mark: NaN, settled: NaN, seen: -Infinity, rows: 0 });
    p = a.positions[key] as Position | undefined;
  }
  return p;
}

/** Takes a new last price; positions with margin are settled in cash at it. */
export function mark(a: Account, key: number, ts: number, price: number, high: number, low: number): void {
  const p = positionOf(a, key);
  p.seen = ts;
  p.rows += 1;
  if (p.units !== 0) {
    settle(a, key, p, price);
    for (let i = 0; i < p.lots.length; i++) {
      const lot = p.lots[i];
      lot.rows += 1;
      if (high > lot.high) lot.high = high;
      if (low < lot.low) lot.low = low;
    }
  }
  p.mark = price;
}

function settle(a: Account, key: number, p: Position, price: number): void {
  const { margin, multiplier, currency } = a.instruments[key];
  if (Number.isNaN(margin)) return;
  a.cash[currency] += p.units * (price - p.settled) * multiplier;
  p.settled = price;
}

/**
 * Books a fill: closes opposite lots first in, first out, and opens a lot with the rest. `units` are signed; `closed` is called for every
 * round trip or part of one.
 */
export function book(
  a: Account, fill: { key: number; units: number; price: number; fee: number; ts: number; order: number; role: number },
  closed: (trip: RoundTrip) => void,
): void {
  const { key, price, ts } = fill;
  const p = positionOf(a, key);
  const it = a.instruments[key];
  const rate = a.rates[it.currency];
  const total = Math.abs(fill.units);
  let left = fill.units;
  a.cash[it.currency] -= fill.fee;
  a.commission += fill.fee * rate;
  a.traded += total * price * it.multiplier * rate;
  // A book with one empty side has no middle: the first fill says what the position is worth.
  if (Number.isNaN(p.mark)) p.mark = price;
  if (p.units !== 0) settle(a, key, p, price);
  while (left !== 0 && p.lots.length > 0 && Math.sign(p.lots[0].units) !== Math.sign(left)) {
    const lot = p.lots[0];
    const units = Math.abs(left) >= Math.abs(lot.units) ? lot.units : -left;
    const share = units / lot.units;
    const fee = lot.fee * share;
    const gross = units * (price - lot.price) * it.multiplier;
    a.realised += gross * rate;
    closed({
      key, lot: { ...lot }, units, exitTs: ts, exitPrice: price, exitOrder: fill.order, exitRole: fill.role, gross,
      fee: fee + fill.fee * (Math.abs(units) / total),
    });
    lot.units -= units;
    lot.fee -= fee;
    left += units;
    if (lot.units === 0) p.lots.shift();
  }
  if (left !== 0) open(p, fill, left, fill.fee * (Math.abs(left) / total));
  pay(a, p, it, fill.units, price);
}

/** A lot of the order's own; what the same order fills later belongs to it, at the mean price. */
function open(p: Position, fill: { price: number; ts: number; order: number; role: number }, units: number, fee: number): void {
  const { price, ts, order, role } = fill;
  const before = p.lots.at(-1);
  if (before === undefined || before.order !== order) {
    p.lots.push({ order, ts, price, role, units, fee, rows: 0, high: price, low: price });
    return;
  }
  const all = before.units + units;
  p.lots[p.lots.length - 1] = { ...before, price: (before.price * before.units + price * units) / all, units: all, fee: before.fee + fee };
}

function pay(a: Account, p: Position, it: Instrument, units: number, price: number): void {
  if (Number.isNaN(it.margin)) a.cash[it.currency] -= units * price * it.multiplier;
  else a.cash[it.currency] -= (Math.abs(p.units + units) - Math.abs(p.units)) * it.margin;
  p.units = p.lots.length === 0 ? 0 : p.units + units;
  p.settled = price;
}

/** What a position is worth in the account's money: its value, or its deposit where it has margin. NaN before a price is known. */
export function worth(a: Account, key: number): number {
  const p = a.positions[key];
  const it = a.instruments[key];
  const rate = a.rates[it.currency];
  if (Number.isNaN(it.margin)) return p.units * p.mark * it.multiplier * rate;
  return (Math.abs(p.units) * it.margin + p.units * (p.mark - p.settled) * it.multiplier) * rate;
}

/** Value of a position with sign, whatever was paid for it. */
export function exposure(a: Account, key: number): number {
  const p = a.positions[key];
  const it = a.instruments[key];
  return p.units === 0 ? 0 : p.units * p.mark * it.multiplier * a.rates[it.currency];
}

export function cashOf(a: Account): number {
  let cash = a.cash[0];
  for (let c = 1; c < a.cash.length; c++) if (a.cash[c] !== 0) cash += a.cash[c] * a.rates[c];
  return cash;
}

/** Equity and exposures of the whole account, written into `out`. */
export interface Totals {
  equity: number;
  cash: number;
  gross: number;
  net: number;
  open: number;
}

export const totals: Totals = { equity: 0, cash: 0, gross: 0, net: 0, open: 0 };

export function total(a: Account): Totals {
  let equity = totals.cash = cashOf(a);
  let gross = 0;
  let net = 0;
  let open = 0;
  for (let k = 0; k < a.positions.length; k++) {
    if (a.positions[k].units === 0) continue;
    const value = exposure(a, k);
    equity += worth(a, k);
    gross += Math.abs(value);
    net += value;
    open += 1;
  }
  totals.equity = equity;
  totals.gross = gross;
  totals.net = net;
  totals.open = open;
  return totals;
}

/** Multiplies the units of a position by a split's ratio (2 for two shares instead of one) and divides its prices. */
export function split(a: Account, key: number, ratio: number): void {
  const p = positionOf(a, key);
  const { margin, currency } = a.instruments[key];
  // Every unit has its deposit, the new ones too.
  if (!Number.isNaN(margin)) a.cash[currency] -= Math.abs(p.units) * (ratio - 1) * margin;
  p.mark /= ratio;
  p.settled /= ratio;
  p.units *= ratio;
  p.lots = p.lots.map((lot) => ({
    ...lot, units: lot.units * ratio, price: lot.price / ratio, high: lot.high / ratio, low: lot.low / ratio,
  }));
}

/** Pays a dividend per unit to who holds the position, and takes it from who is short. */
export function dividend(a: Account, key: number, perUnit: number): void {
  const p = positionOf(a, key);
  const it = a.instruments[key];
  const money = p.units * perUnit * it.multiplier;
  a.cash[it.currency] += money;
  a.dividends += money * a.rates[it.currency];
}
