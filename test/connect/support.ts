import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { SourceContext, SourceReader } from '../../src/core/connector.ts';
import { KeyTable } from '../../src/core/keys.ts';
import { OPTIONAL_COLUMNS, SCHEMAS } from '../../src/core/types.ts';
import type { Schema } from '../../src/core/types.ts';

/** A folder of files that is removed at the end. */
export function tempFolder(): { readonly path: string; write(name: string, text: string | Uint8Array): string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'millrace-'));
  return {
    path,
    write: (name, text) => {
      const file = join(path, name);
      writeFileSync(file, name.endsWith('.gz') && typeof text === 'string' ? gzipSync(text) : text);
      return file;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** A context with the settings of a schema known by name, or of one given. */
export function contextFor(
  schema: string | Schema, args: Readonly<Record<string, unknown>>, o: Partial<SourceContext> = {},
): SourceContext {
  return {
    id: 'source', schema: typeof schema === 'string' ? SCHEMAS[schema] : schema, keys: new KeyTable(), args, base: '/',
    time: { field: 'ts', unit: null, timezone: 'UTC' }, optional: typeof schema === 'string' ? (OPTIONAL_COLUMNS[schema] ?? []) : [], ...o,
  };
}

export type PlainRow = readonly (number | string | null)[];

/** Every row as `[ts, symbol, ...columns]`, null for NaN; heartbeats have the symbol null. */
export async function readAll(reader: SourceReader, ctx: SourceContext): Promise<PlainRow[]> {
  const rows: PlainRow[] = [];
  for (let chunk = await reader.next(); chunk !== null; chunk = await reader.next()) {
    for (let i = 0; i < chunk.n; i++) {
      const key = chunk.key[i];
      const cells = chunk.cols.map((c) => (c[i] !== c[i] ? null : c[i]));
      rows.push([chunk.ts[i], key < 0 ? null : ctx.keys.symbols[key], ...cells]);
    }
  }
  await reader.close();
  return rows;
}
