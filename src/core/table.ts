import { Refusal } from './diagnostic.ts';
import type { Column } from './frame.ts';
import { typeName, type Field, type Schema } from './types.ts';

/** A cell of a table: null where it has no value. Times are microseconds since 1970 UTC, `bool` is 1 or 0, an enumeration its index. */
export type Cell = number | string | null;

/** Some rows of a table: the first `n` entries of every column, in the order of its schema. A number that is NaN is null. */
export interface Block {
  readonly n: number;
  readonly cols: readonly Column[];
}

/** Rows of a table, pulled a block at a time. A block is valid until the next call. */
export interface TableReader {
  readonly schema: Schema;
  next(): Promise<Block | null>;
  close(): Promise<void>;
}

/** What a finished file holds. */
export interface FileFacts {
  readonly bytes: number;
  /** SHA-256 of its bytes in hexadecimal digits. */
  readonly sha256: string;
}

/** Takes bytes one after another, as a file does. They are written, or copied, before the call returns. */
export interface ByteSink {
  bytes(bytes: Uint8Array): void;
  text(text: string): void;
}

/** Rows of one table in one format. Nothing of a block is referred to after `write` has returned. */
export interface TableEncoder {
  write(block: Block): void;
  /** Writes what stands behind the last row. No rows may follow. */
  finish(): void;
}

/** A column holds what its type cannot, such as half an i64. */
export const misfit = ({ name, type }: Field): Refusal =>
  new Refusal('E733', `column \`${name}\` holds a value that is no ${typeName(type)}`, {
    exit: 7, help: ['csv and jsonl write every value as it is'],
  });
