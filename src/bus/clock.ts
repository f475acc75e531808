/** A monotonic clock and its timers: what leases go by. A clock that jumps would make two owners of one partition. */
export interface Clock {
  /** Milliseconds that only ever rise. */
  now(): number;
  /** Runs `work` once, not before `ms` have passed; the function that is returned calls it off. */
  after(ms: number, work: () => void): () => void;
}

export const MONOTONIC: Clock = Object.freeze({
  now: () => performance.now(),
  after: (ms: number, work: () => void) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
});
