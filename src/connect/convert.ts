import type { BadRow, OutputWriter, SourceContext, SourceReader } from '../core/connector.ts';
import { KeyTable } from '../core/keys.ts';
import { OPTIONAL_COLUMNS, SCHEMAS } from '../core/types.ts';
import type { Schema } from '../core/types.ts';
import { connectorOf, contextOf } from './infer.ts';
import type { FileOptions } from './infer.ts';
import { readerFor, writerFor } from './open.ts';

export interface CopyResult {
  readonly rows: number;
  readonly bad: { readonly count: number; readonly first: readonly BadRow[] };
  readonly schema: Schema;
  readonly symbols: number;
  /** First and last event time, NaN without rows. */
  readonly from: number;
  readonly to: number;
}

/** Moves every row of a reader into a writer, and closes both. */
async function pump(reader: SourceReader, writer: OutputWriter, ctx: SourceContext, onRows?: (rows: number) => void): Promise<CopyResult> {
  let rows = 0;
  let from = NaN;
  let to = NaN;
  let seq = new Float64Array(0);
  try {
    for (let chunk = await reader.next(); chunk !== null; chunk = await reader.next()) {
      const { n, ts, key, cols } = chunk;
      if (seq.length < n) seq = new Float64Array(n);
      for (let i = 0; i < n; i++) seq[i] = rows + i;
      writer.write({ n, sel: null, seq, ts, key, keys: ctx.keys, cols });
      await writer.flush();
      if (rows === 0) from = ts[0];
      to = ts[n - 1];
      rows += n;
      onRows?.(rows);
    }
  } finally {
    await reader.close();
    await writer.close();
  }
  return { rows, bad: reader.bad, schema: ctx.schema, symbols: ctx.keys.size, from, to };
}

const openWriter = (to: string, schema: Schema, base: string, replace: boolean): OutputWriter =>
  writerFor(connectorOf(to), {
    id: 'data', pipeline: 'data', schema, base,
    args: { path: to, exists: replace ? 'replace' : 'refuse', delimiter: /\.tsv(\.gz)?$/i.test(to) ? 'tab' : ',' },
  }, { stdout: process.stdout, bus: null });

/** Rewrites a file in another format, by the names of both: csv, jsonl and arrow. An existing file is replaced only on request. */
export async function convertFile(
  o: FileOptions & { readonly from: string; readonly to: string; readonly replace?: boolean; readonly onRows?: (rows: number) => void },
): Promise<CopyResult> {
  const { connector, ctx } = await contextOf(o.from, o);
  const writer = openWriter(o.to, ctx.schema, ctx.base, o.replace === true);
  return pump(readerFor(ctx, connector), writer, ctx, o.onRows);
}

/** Writes a synthetic market to a file. `settings` are those of the `synthetic` source. */
export async function generateFile(o: {
  readonly to: string;
  readonly schema: 'trade' | 'quote' | 'bar';
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly base?: string;
  readonly replace?: boolean;
  readonly onRows?: (rows: number) => void;
}): Promise<CopyResult> {
  const base = o.base ?? '.';
  const ctx: SourceContext = {
    id: 'synthetic', schema: SCHEMAS[o.schema], keys: new KeyTable(), args: o.settings ?? {}, base,
    time: { field: 'ts', unit: null, timezone: 'UTC' }, optional: OPTIONAL_COLUMNS[o.schema] ?? [],
  };
  const reader = readerFor(ctx, 'synthetic');
  return pump(reader, openWriter(o.to, ctx.schema, base, o.replace === true), ctx, o.onRows);
}
