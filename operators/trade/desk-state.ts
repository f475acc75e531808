import type { Calendar } from '../../src/core/calendar.ts';
import { newAccount, type Account, type Instrument } from './account.ts';
import { tradedVolume, type TradedVolume } from './commission.ts';
import type { Decision } from './decision.ts';
import { newExchange, type Exchange, type ExchangeState, type Rules } from './exchange.ts';
import { heldRows, type HeldRows } from './held.ts';
import type { ImpactState } from './impact.ts';
import type { DeskInputs } from './inputs.ts';
import type { Ticket } from './order.ts';
import type { Ledger, Overseer } from './overseer.ts';
import type { SizeSettings, Trader } from './trader.ts';

/** Everything that a trading group remembers: plain data, so that a checkpoint is a copy. */
export interface DeskState {
  readonly account: Account;
  readonly exchange: ExchangeState;
  readonly wanted: Map<number, Decision>;
  /** Moment that is being collected; NaN for none. Its decisions wait until it is complete. */
  moment: number;
  waiting: Decision[];
  /** Event time of the last equity row, and whether the account has changed since. */
  told: number;
  dirty: boolean;
  readonly ledger: Ledger;
  readonly tape: Tape;
  readonly held: HeldRows;
}

/** What costs look back on: daily volume and volatility by key, and the value traded lately. */
export interface Tape {
  now: number;
  readonly impact: ImpactState[];
  readonly volume: TradedVolume;
}

export const newDesk = (capital: number, currencies = 1): DeskState => ({
  account: newAccount(capital, currencies), exchange: newExchange(), wanted: new Map(), moment: NaN, waiting: [], told: NaN, dirty: false,
  ledger: {}, tape: { now: NaN, impact: [], volume: tradedVolume() }, held: heldRows(),
});

export interface DeskSettings {
  readonly rules: Rules;
  readonly size: SizeSettings;
  readonly instrumentOf: (key: number) => Instrument;
  /** Currency whose rate is the price of a symbol; 0 for a symbol that is none. */
  readonly fxOf: (key: number) => number;
  readonly capital: number;
  /** Symbols that `equal_weight` divides by; null for those seen. */
  readonly members: number | null;
  readonly inputs: DeskInputs;
  /** Equity rows of markets that tick are at least this far apart, unless a fill changed it. */
  readonly equityEvery: number;
  /** Decisions before it are left alone, and the account is not told. */
  readonly begin: number;
  /** Slippage follows daily volume and volatility. */
  readonly watchImpact: boolean;
  readonly overseer: (desk: DeskView) => Overseer;
}

/** What the rules over a desk may see and do. */
export interface DeskView {
  readonly account: Account;
  readonly exchange: Exchange;
  readonly trader: Trader;
  readonly calendar: Calendar;
  readonly state: DeskState;
  readonly refuse: (ticket: Ticket, price: number, now: number, code: string, text: string) => void;
}
