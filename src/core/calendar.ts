/**
 * Trading hours of a market. Times are microseconds UTC; a session is [open, close). `day` numbers are days since 1970 of the session's
 * own (exchange-local) date. Implementations are pure tables and rules: no clock, no time-zone database of the machine.
 */
export interface Calendar {
  readonly name: string;
  /** The session that contains `ts`, or the next one when the market is closed then. */
  sessionAt(ts: number): Session;
  /** Is the market in its regular session at `ts`? */
  isOpen(ts: number): boolean;
}

export interface Session {
  readonly open: number;
  readonly close: number;
  /** Exchange-local date of the session as days since 1970-01-01. */
  readonly day: number;
}
