import { Refusal } from '../core/diagnostic.ts';
import { nearest } from '../connect/nearest.ts';
import type { ByteSink, TableEncoder } from '../core/table.ts';
import type { Schema } from '../core/types.ts';
import { CsvEncoder, JsonlEncoder } from './text-encode.ts';

export const FORMATS = Object.freeze(['csv', 'jsonl', 'arrow', 'parquet', 'sqlite'] as const);
export type Format = (typeof FORMATS)[number];

/** The ending of a file of each format. */
export const ENDING: Readonly<Record<Format, string>> = Object.freeze({
  csv: '.csv', jsonl: '.jsonl', arrow: '.arrow', parquet: '.parquet', sqlite: '.db',
});

const ENDINGS: Readonly<Record<string, Format>> = Object.freeze({
  csv: 'csv', jsonl: 'jsonl', ndjson: 'jsonl', arrow: 'arrow', feather: 'arrow', ipc: 'arrow', parquet: 'parquet', pq: 'parquet',
  db: 'sqlite', sqlite: 'sqlite', sqlite3: 'sqlite',
});

/** The format that the name of a file tells, or null. */
export const formatOfName = (path: string): Format | null => ENDINGS[/\.([a-z0-9]+)$/i.exec(path)?.[1].toLowerCase() ?? ''] ?? null;

/** A format by its name. Refused (E730) where there is none, with the one that was meant. */
export function formatNamed(name: string): Format {
  const found = FORMATS.find((f) => f === name.toLowerCase());
  if (found !== undefined) return found;
  const near = nearest(name, FORMATS);
  throw new Refusal('E730', `there is no format \`${name}\``, {
    exit: 2, help: [...(near === null ? [] : [`did you mean \`${near}\`?`]), `formats: ${FORMATS.join(', ')}`],
  });
}

/** Makes encoders of a format that writes bytes; what one needs is loaded once, before the first. */
export async function encoderOf(format: Exclude<Format, 'sqlite'>): Promise<(schema: Schema, out: ByteSink) => TableEncoder> {
  if (format === 'csv') return (schema, out) => new CsvEncoder(schema, out);
  if (format === 'jsonl') return (schema, out) => new JsonlEncoder(schema, out);
  if (format === 'arrow') {
    const { ArrowEncoder } = await import('./arrow-encode.ts');
    return (schema, out) => new ArrowEncoder(schema, out);
  }
  const { ParquetEncoder, loadParquet } = await import('../parquet/encode.ts');
  const library = await loadParquet();
  return (schema, out) => new ParquetEncoder(library, schema, out);
}
