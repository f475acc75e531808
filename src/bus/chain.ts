import type { Tail } from '../core/log.ts';

/** How the messages of an output hang together, and how what is under way is found again after a fault. */
export interface Chain {
  /** A message was appended under a number. */
  added(n: number): void;
  /** Sends what can be sent. */
  pump(): void;
  /** Sent and not answered. */
  readonly flying: number;
  /** True when the answer is to a message that was waited for; false when the log must be looked at. */
  stored(n: number, seq: number, count: number, duplicate: boolean): boolean;
  /** For a while each message goes by itself: one of a batch is a duplicate, and the answer does not say which. */
  avoidBatches(): void;
  /** Goes on from what the log ends with; called once, before anything is sent. */
  start(last: number, tails: readonly Tail[]): void;
  /** Looks up what has been stored, and makes ready to send the rest. Throws a `Refusal` where the log is not ours any more. */
  sync(last: number): Promise<void>;
}
