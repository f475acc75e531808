import type { SourceReader } from '../core/connector.ts';
import type { Column } from '../core/frame.ts';
import type { KeyTable } from '../core/keys.ts';
import type { Block, TableReader } from '../core/table.ts';
import type { Field, Schema } from '../core/types.ts';
import { RowBlock } from './row-block.ts';

/** Columns that a recording has beside those of its schema, where the chunks of a reader bring them. */
export type Recorded = 'seq' | 'received';

const TYPES: Readonly<Record<Recorded, Field['type']>> = { seq: 'i64', received: 'time' };

/** A column of the schema keeps its name; ours gives way. */
function free(name: string, taken: ReadonlySet<string>): string {
  let own = name;
  while (taken.has(own)) own = `_${own}`;
  return own;
}

/** Rows of a source as a table: `ts`, `symbol`, the columns of its schema, then those of the recording. Heartbeats are left out. */
export class ChunkTable implements TableReader {
  readonly schema: Schema;
  private readonly reader: SourceReader;
  private readonly keys: KeyTable;
  private readonly recorded: readonly Recorded[];
  private block: RowBlock;

  constructor(reader: SourceReader, schema: Schema, keys: KeyTable, recorded: readonly Recorded[] = []) {
    const taken = new Set(schema.map((f) => f.name));
    this.reader = reader;
    this.keys = keys;
    this.recorded = recorded;
    this.schema = [
      { name: free('ts', taken), type: 'time' }, { name: free('symbol', taken), type: 'text' }, ...schema,
      ...recorded.map((name): Field => ({ name: free(name, taken), type: TYPES[name] })),
    ];
    this.block = new RowBlock(this.schema, 0);
  }

  async next(): Promise<Block | null> {
    for (;;) {
      const chunk = await this.reader.next();
      if (chunk === null) return null;
      const { n, ts, key } = chunk;
      if (n > this.block.capacity) this.block = new RowBlock(this.schema, n);
      this.block.n = 0;
      const symbols: (string | null)[] = Array.from({ length: n }, (_, i) => (key[i] < 0 ? null : this.keys.symbols[key[i]]));
      const extra = this.recorded.map((name): Column => (chunk as unknown as Record<Recorded, Float64Array>)[name]);
      const cols = [ts, symbols, ...chunk.cols, ...extra];
      for (let i = 0; i < n; i++) if (key[i] >= 0) this.block.copy(cols, i);
      if (this.block.n > 0) return this.block;
    }
  }

  close(): Promise<void> {
    return this.reader.close();
  }
}
