import type { FieldsSpec } from './field.ts';
import type { Column } from './frame.ts';
import type { KeyTable } from './keys.ts';
import type { Schema } from './types.ts';

/**
 * A kind of source or output by its key in YAML (`csv:`, `synthetic:`, `stdout:`), as data: the checker, schema and docs read it; the
 * engine opens it by name through its ports.
 */
export interface Connector {
  readonly kind: 'connector';
  readonly name: string;
  readonly role: 'source' | 'output';
  readonly summary: string;
  readonly doc: string;
  readonly fields: FieldsSpec;
  /** The setting a bare value fills: `csv: trades.csv` fills `path`. */
  readonly shorthand?: string;
  /** Parses, but says clearly that it is not available in this version. */
  readonly reserved?: string;
  readonly examples: readonly { readonly title: string; readonly yaml: string }[];
}

/** Up to some thousand rows, columns in the order of the source's schema. Owned by the reader until the next `next()`. */
export interface Chunk {
  readonly n: number;
  readonly ts: Float64Array;
  /** Interned symbol; -1 marks a heartbeat: it moves event time and carries no row. */
  readonly key: Int32Array;
  readonly cols: readonly Column[];
  /** Total order that the rows had when they were recorded. */
  readonly seq?: Float64Array;
}

/** Bad input, counted and kept beside the data: it never stops the stream by itself. */
export interface BadRow {
  /** Place in the source: line of a text file, row of a table, sequence of a stream. */
  readonly at: number;
  readonly code: string;
  readonly message: string;
  /** The raw row, shortened. */
  readonly raw: string;
}

/** Rows or messages refused so far, and the first of them. */
export interface BadCount {
  count: number;
  readonly first: BadRow[];
  /** How many of each code, where the source counts them. */
  readonly codes?: ReadonlyMap<string, number>;
}

/** A bounded source, pulled: a file, a generator, a recording. */
export interface SourceReader {
  /** The next rows in order, or null at the end. */
  next(): Promise<Chunk | null>;
  readonly bad: BadCount;
  /** Rows in all where known, for progress. */
  readonly total: number | null;
  /** Of a recording: the seq at which its source ended, null where it had not. Others end with their rows. */
  readonly endedAt?: number | null;
  close(): Promise<void>;
}

/**
 * A live source, pushed; it ends when closed. `onChunk` is called with rows as they arrive, `onEnd` once, with the reason where it did not
 * end by itself.
 */
export interface SourceFeed {
  start(onChunk: (chunk: Chunk) => void, onEnd: (failure?: unknown) => void): Promise<void>;
  readonly bad: BadCount;
  /** Messages lost because the graph was slower than the source. */
  readonly dropped?: number;
  /** Times that messages may have been lost in a number nobody knows. */
  readonly gaps?: number;
  /** Messages that have arrived and wait. */
  readonly pending?: number;
  close(): Promise<void>;
}

export interface SourceContext {
  readonly id: string;
  readonly schema: Schema;
  readonly keys: KeyTable;
  /** Settings checked against the connector's fields. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Base folder of relative paths. */
  readonly base: string;
  /** `time.field`, `time.unit`, `time.timezone` of the pipeline, overridden by the source. */
  readonly time: { readonly field: string; readonly unit: string | null; readonly timezone: string };
  /** Columns that may be absent in the data. */
  readonly optional: readonly string[];
}

/** Rows of one epoch to write out: call in total order, columns as in `schema`. */
export interface OutputWriter {
  write(rows: OutputRows): void;
  /** Resolves when everything written has left the process's buffers, and says when the writer can take more. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface OutputRows {
  readonly n: number;
  readonly sel: Int32Array | null;
  readonly seq: Float64Array;
  readonly ts: Float64Array;
  readonly key: Int32Array;
  readonly keys: KeyTable;
  /** In the order of the output's schema. */
  readonly cols: readonly Column[];
}

export interface OutputContext {
  readonly id: string;
  readonly pipeline: string;
  readonly schema: Schema;
  readonly args: Readonly<Record<string, unknown>>;
  readonly base: string;
}
