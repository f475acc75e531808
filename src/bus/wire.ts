import type { LogState, OutputMessage, Tail } from '../core/log.ts';

/** What a message must follow, so as to be stored. One such value is filled anew for every message. */
export interface Expect {
  /** Last sequence of the log; -1 where anything will do. */
  lastSeq: number;
  /** Id of the last message of the log; empty where any will do. */
  lastId: string;
  /** Last sequence of the subject, 0 for none; -1 where anything will do. */
  subjectSeq: number;
  /** Name of the batch the message is part of, or the empty text; its place there, from 1; and whether it is the last. */
  batch: string;
  batchSeq: number;
  commit: boolean;
}

export const expectNothing = (): Expect => ({ lastSeq: -1, lastId: '', subjectSeq: -1, batch: '', batchSeq: 0, commit: false });

/** Faults as the server numbers them. */
export const WRONG_SEQUENCE = 10071;
export const WRONG_ID = 10070;
export const DUPLICATE_IN_BATCH = 10201;

/** What a log's keeper answers to a message. */
export interface Answers {
  /** Message `n` is stored under `seq`; `count` messages of a batch that ends with it, 1 otherwise. */
  acked(n: number, seq: number, count: number, duplicate: boolean): void;
  /** Message `n` was not stored. */
  refused(n: number, code: number, status: number, text: string): void;
}

/** The way to the keeper of a log, as a publisher sees it. */
export interface Wire {
  /** Size of a message on the wire; throws a `Refusal` (E769) where it is more than the log takes. */
  sizeOf(message: OutputMessage): number;
  send(n: number, message: OutputMessage, expect: Expect): void;
  /** Answers to what was sent until now are no longer of interest. */
  reset(): void;
  /** Resolves when something can be sent; false when nothing ever can again. */
  ready(): Promise<boolean>;
  pause(ms: number): Promise<void>;
  state(): Promise<LogState>;
  /** The newest message of the log that is still there. */
  newest(): Promise<Tail | null>;
  /** The newest of each subject, where there is one. */
  newestOf(subjects: readonly string[]): Promise<ReadonlyMap<string, Tail>>;
  /** True where several messages can be stored as one. */
  readonly batches: boolean;
}
