import type { BadCount, Chunk, OutputRows } from './connector.ts';

/** A message as the codecs see it, whatever carried it. */
export interface Envelope {
  readonly subject: string;
  readonly payload: Uint8Array;
  header(name: string): string;
}

/** A message that could not be read, or held a row that could not, kept whole for the dead letters. */
export interface BadMessage {
  /** Sequence of the message in its log, or its number in the order of arrival. */
  readonly at: number;
  readonly subject: string;
  readonly code: string;
  readonly message: string;
  readonly payload: Uint8Array;
}

/** Turns the messages of one source into rows. A message that cannot be read is counted and adds nothing; it never throws. */
export interface MessageDecoder {
  /** Rows decoded since `clear`, with the keys of the graph's table. */
  readonly chunk: Chunk;
  /** Adds the rows of a message; returns how many. The chunk grows where it must. */
  decode(message: Envelope, at: number): number;
  clear(): void;
  readonly bad: BadCount;
}

/** Turns rows of one output into messages. */
export interface MessageEncoder {
  /** False: a message for every row. True: a message for all rows that one source message caused, by subject. */
  readonly grouped: boolean;
  /** Most rows of a message; 1 unless grouped. More rows of a subject are several messages. */
  readonly most: number;
  /** Headers that are the same for every message. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Subject of row `i` of the frame. */
  subject(rows: OutputRows, i: number): string;
  /** The payload of rows `at[0..n-1]` (rows of the frame) of one subject; `n` is 1 unless grouped. */
  encode(rows: OutputRows, at: Int32Array, n: number): Uint8Array | string;
}
