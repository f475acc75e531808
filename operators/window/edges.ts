import type { Calendar, Session } from '../../src/core/calendar.ts';

/** Intervals (start, close] of event time. `locate` and `next` leave their answer in `start` and `close`: nothing is allocated per row. */
export interface Edges {
  readonly start: number;
  readonly close: number;
  /** Finds the interval that holds `ts`; false where there is none (outside of the session). */
  locate(ts: number): boolean;
  /** Goes to the interval behind the one that closes at `close`. */
  next(close: number): void;
}

/** The first multiple of `every`, moved by `offset`, at or after `ts`. Exact for integers below 2^53. */
export function edgeFrom(ts: number, every: number, offset: number): number {
  const rest = (ts - offset) % every;
  return rest === 0 ? ts : rest > 0 ? ts - rest + every : ts - rest;
}

/** Intervals of equal length on a grid through 1970-01-01T00:00Z moved by `offset`. */
export class GridEdges implements Edges {
  start = 0;
  close = 0;
  private readonly every: number;
  private readonly offset: number;

  constructor(every: number, offset: number) {
    this.every = every;
    this.offset = offset % every;
  }

  locate(ts: number): boolean {
    this.close = edgeFrom(ts, this.every, this.offset);
    this.start = this.close - this.every;
    return true;
  }

  next(close: number): void {
    this.start = close;
    this.close = close + this.every;
  }
}

/** Intervals that start at the open of a session; the last one of a session ends at its close. Infinity makes each session one interval. */
export class SessionEdges implements Edges {
  start = 0;
  close = 0;
  private readonly every: number;
  private readonly calendar: Calendar;

  constructor(calendar: Calendar, every: number) {
    this.calendar = calendar;
    this.every = every;
  }

  locate(ts: number): boolean {
    const session = this.calendar.sessionAt(ts - 1);
    if (ts <= session.open) return false;
    this.start = this.every === Infinity ? session.open : edgeFrom(ts, this.every, session.open) - this.every;
    this.finish(session);
    return true;
  }

  next(close: number): void {
    const session = this.calendar.sessionAt(close);
    this.start = Math.max(close, session.open);
    this.finish(session);
  }

  private finish(session: Session): void {
    this.close = Math.min(this.start + this.every, session.close);
  }
}
