import { Refusal } from './diagnostic.ts';

/**
 * Ordered logs, the ground truth of a durable run: sources are read from one by position, outputs are appended to one, and recovery
 * compares the two (docs/guide/reliability.md). JetStream streams are such logs; `MemoryLog` in src/bus models one.
 */
export interface LogState {
  /** When the log was made, as its keeper writes it: another value is another log, whatever its name. */
  readonly created: string;
  /** Oldest sequence still there, and newest ever given; `first = last + 1` when it is empty. */
  readonly first: number;
  readonly last: number;
}

export interface LogMessage {
  readonly seq: number;
  /** When the log stored it, microseconds since 1970. */
  readonly time: number;
  readonly subject: string;
  readonly payload: Uint8Array;
  /** A header's value, or the empty text. */
  header(name: string): string;
}

/** Messages that a reader asked for, or came to, are no longer in the log (E762). */
export class LogHole extends Refusal {
  /** First sequence that is gone, and the one that reading can go on from. */
  readonly wanted: number;
  readonly next: number;

  constructor(message: string, wanted: number, next: number, help: readonly string[]) {
    super('E762', message, { exit: 7, help });
    this.wanted = wanted;
    this.next = next;
  }
}

export interface LogReader {
  /**
   * What has arrived since the last call, oldest first, at least one message; null after `close`. The array and what it holds are the
   * caller's until the next call: both may be used again. Asking is the credit: the reader holds no more than it was opened for until
   * somebody asks. Sequences rise; with a filter they may leave some out. Rejects with a `LogHole` where messages are gone, and with
   * E763 where the log is another one than before.
   */
  next(): Promise<readonly LogMessage[] | null>;
  /** Messages that are there for this reader and that the caller has not asked past; null where nobody knows just now. */
  behind?(): Promise<number | null>;
  close(): Promise<void>;
}

export interface ReadOptions {
  /** First sequence wanted. */
  readonly from: number;
  /** Most messages and bytes held for the reader. */
  readonly messages?: number;
  readonly bytes?: number;
}

/** A log as a source. Where it was opened with patterns of subjects, only messages that match are read. */
export interface SourceLog {
  readonly name: string;
  state(): Promise<LogState>;
  /** The message at a sequence, matching or not; null when it is not there. */
  get(seq: number): Promise<LogMessage | null>;
  /** The first sequence stored at or after a time; `last + 1` when there is none. */
  seqAt(time: number): Promise<number>;
  read(options: ReadOptions): LogReader;
}

/** A message to append. Its id never depends on the attempt. */
export interface OutputMessage {
  readonly id: string;
  readonly subject: string;
  readonly payload: Uint8Array | string;
  /** The same array for messages that share them: it is put into bytes once. */
  readonly headers: MessageHeaders;
  /** Headers of this message alone. */
  readonly own?: MessageHeaders;
}

export type MessageHeaders = readonly (readonly [name: string, value: string])[];

/** A message that a log ends with: of the whole log, or of one subject of it. */
export interface Tail {
  readonly subject: string;
  readonly seq: number;
  readonly id: string;
  readonly plan: string;
}

/** The sequence and id of a message that is stored; seq 0 and no id where there is none. */
export interface Stored {
  readonly seq: number;
  readonly id: string;
}

/**
 * A log as an output: appends are pipelined, each says which message it must follow, so that nothing can slip past a gap and a second
 * writer is refused (E761).
 */
export interface OutputLog {
  readonly name: string;
  /** `log`: one chain for the whole log, whose only writer this is. `subject`: a chain for each subject, in a log that others write to. */
  readonly chain: 'log' | 'subject';
  state(): Promise<LogState>;
  get(seq: number): Promise<LogMessage | null>;
  /** The newest message (`log`), or the newest of each subject of this output (`subject`), and where the chains go on from. */
  tails(): Promise<readonly Tail[]>;
  append(message: OutputMessage): void;
  /** Appended and not yet known to be stored. */
  readonly pending: number;
  /** A promise while the window is full; append nothing until it resolves. */
  room(): Promise<void> | undefined;
  /** Resolves when all that was appended until now is stored, with the one of the highest sequence; rejects when it never will be. */
  stored(): Promise<Stored>;
  /** Waits for what is under way, and ends. */
  close(): Promise<void>;
}

/** Headers of every message that Millrace writes, and reads where they are there. */
export const HEADER = Object.freeze({
  id: 'Nats-Msg-Id',
  /** `<name of the schema>/<version>`: another version has other columns. */
  schema: 'Millrace-Schema',
  codec: 'Millrace-Codec',
  /** Event time, ISO-8601 UTC. */
  time: 'Millrace-Time',
  /** Hash of the compiled plan that made the message. */
  plan: 'Millrace-Plan',
  trace: 'traceparent',
});

/** Checkpoints of a run as bytes, by a number that rises. The bytes carry their own hash. */
export interface CheckpointStore {
  /** Numbers that are there, newest first. */
  list(): Promise<readonly number[]>;
  get(number: number): Promise<Uint8Array | null>;
  /** Writes a checkpoint; resolves when it would survive the process. Refused (E764) when another owner has written meanwhile. */
  put(number: number, bytes: Uint8Array): Promise<void>;
  remove(numbers: readonly number[]): Promise<void>;
  close(): Promise<void>;
}
