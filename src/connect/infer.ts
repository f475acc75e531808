import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { SourceContext } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import { KeyTable } from '../core/keys.ts';
import { OPTIONAL_COLUMNS, SCHEMAS } from '../core/types.ts';
import type { Schema, Type } from '../core/types.ts';
import { delimiterOf } from './csv-read.ts';
import { CsvScanner, MORE, ROW } from './csv-scan.ts';
import { openBlocks, resolvePaths } from './files.ts';
import { planColumns } from './mapping.ts';
import { nearest } from './nearest.ts';
import { parseRecord } from './record-decode.ts';

/** How to read a file of which nothing is said but its name. */
export interface FileOptions {
  /** Name of a known schema; without it every column is kept with the type that its first rows show. */
  readonly schema?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly symbol?: string;
  readonly delimiter?: string;
  readonly timezone?: string;
  readonly unit?: string;
  readonly order?: 'time' | 'arrival';
  readonly base?: string;
}

const SAMPLE = 2000;

/** The connector that reads or writes a file of this name. */
export function connectorOf(path: string): 'csv' | 'jsonl' | 'arrow' {
  const name = path.toLowerCase().replace(/\.gz$/, '');
  if (/\.(csv|tsv|txt)$/.test(name)) return 'csv';
  if (/\.(jsonl|ndjson)$/.test(name)) return 'jsonl';
  if (/\.(arrow|arrows|feather|ipc)$/.test(name)) return 'arrow';
  throw new Refusal('E703', `the format of \`${path}\` cannot be told from its name`, {
    exit: 2, help: ['known: .csv, .tsv, .jsonl, .ndjson (each also with .gz), .arrow, .arrows, .feather'],
  });
}

interface Head {
  readonly names: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** Types the file itself declares, by column; null where it does not. */
  readonly types: readonly (Type | null)[];
}

async function csvHead(path: string, delimiter: number): Promise<Head> {
  const blocks = await openBlocks(path);
  const scanner = new CsvScanner(delimiter);
  const rows: string[][] = [];
  try {
    while (rows.length <= SAMPLE) {
      const found = scanner.scan();
      if (found === ROW) {
        if (scanner.rowStart < scanner.rowEnd) rows.push(Array.from({ length: scanner.fields }, (_, i) => scanner.text(i)));
      } else if (found === MORE) {
        const block = await blocks.next();
        if (block === null) scanner.eof = true;
        else scanner.feed(block);
      } else {
        break;
      }
    }
  } finally {
    await blocks.close();
  }
  if (rows.length === 0) throw new Refusal('E703', `${basename(path)} is empty`, { exit: 7 });
  const names = rows[0].map((name, i) => (i === 0 ? name.replace(/^\ufeff/, '') : name).trim());
  return { names, rows: rows.slice(1).filter((r) => r.length === names.length), types: names.map(() => null) };
}

async function jsonlHead(path: string): Promise<Head> {
  const blocks = await openBlocks(path);
  let text = '';
  try {
    while (text.length < 1 << 20) {
      const block = await blocks.next();
      if (block === null) break;
      text += Buffer.from(block).toString('utf8');
    }
  } finally {
    await blocks.close();
  }
  const records = text.split('\n').slice(0, SAMPLE).map((line) => parseRecord(line)).filter((r) => r !== null && !('heartbeat' in r));
  const names = [...new Set(records.flatMap((r) => Object.keys(r!)))];
  const cell = (value: unknown): string | null =>
    value === undefined || value === null ? null : typeof value === 'string' ? value : JSON.stringify(value);
  return { names, rows: records.map((r) => names.map((name) => cell(r![name]))), types: names.map(() => null) };
}

async function arrowHead(path: string): Promise<Head> {
  const { DataType, RecordBatchReader } = await import('apache-arrow');
  const handle = await open(path, 'r');
  try {
    const fields = (await (await RecordBatchReader.from(handle)).open()).schema?.fields ?? [];
    const types = fields.map(({ type }): Type =>
      DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isDictionary(type) ? 'text'
        : DataType.isBool(type) ? 'bool' : DataType.isTimestamp(type) || DataType.isDate(type) ? 'time'
          : DataType.isDuration(type) ? 'duration' : DataType.isInt(type) ? 'i64' : 'f64');
    return { names: fields.map((f) => f.name), rows: [], types };
  } finally {
    await handle.close();
  }
}

/** Numbers are those a double holds: longer ones, and codes such as 007, stay text. */
const NUMBER = /^[+-]?(0|[1-9]\d{0,14})?(\.\d+)?([eE][+-]?\d+)?$/;

function typeOf(rows: Head['rows'], column: number): Type {
  const filled = rows.map((r) => r[column]).filter((v): v is string => v !== null && v !== '');
  if (filled.length === 0) return 'text';
  if (filled.every((v) => /\d/.test(v) && NUMBER.test(v))) return 'f64';
  return filled.every((v) => v === 'true' || v === 'false') ? 'bool' : 'text';
}

function named(name: string): Schema {
  const schema = SCHEMAS[name];
  if (schema !== undefined) return schema;
  const near = nearest(name, Object.keys(SCHEMAS));
  throw new Refusal('E708', `there is no schema \`${name}\``, {
    exit: 2, help: [`known: ${Object.keys(SCHEMAS).join(', ')}`, ...(near === null ? [] : [`did you mean \`${near}\`?`])],
  });
}

/** A context to read a file with, its columns taken from a named schema or from the file itself. */
export async function contextOf(path: string, o: FileOptions): Promise<{ connector: 'csv' | 'jsonl' | 'arrow'; ctx: SourceContext }> {
  const base = o.base ?? '.';
  const [first] = resolvePaths(path, base);
  const connector = connectorOf(first);
  const delimiter = o.delimiter ?? (/\.tsv(\.gz)?$/i.test(first) ? 'tab' : ',');
  const ctx: SourceContext = {
    id: basename(first), schema: [], keys: new KeyTable(), base, optional: [],
    args: {
      path, delimiter, order: o.order ?? 'time', ...(o.fields === undefined ? {} : { fields: o.fields }),
      ...(o.symbol === undefined ? {} : { symbol: o.symbol }),
    },
    time: { field: 'ts', unit: o.unit ?? null, timezone: o.timezone ?? 'UTC' },
  };
  if (o.schema !== undefined) return { connector, ctx: { ...ctx, schema: named(o.schema), optional: OPTIONAL_COLUMNS[o.schema] ?? [] } };
  const head = connector === 'csv' ? await csvHead(first, delimiterOf(delimiter)) : connector === 'jsonl' ? await jsonlHead(first)
    : await arrowHead(first);
  const planned: SourceContext['args'] = o.fields === undefined ? ctx.args
    : { ...ctx.args, fields: Object.fromEntries(Object.entries(o.fields).filter(([name]) => name === 'ts' || name === 'symbol')) };
  const plan = planColumns(head.names, { ...ctx, args: planned }, basename(first));
  const sample = head.rows[0];
  const time = (sample === undefined ? undefined : plan.time.find(({ index }) => (sample[index] ?? '') !== '')) ?? plan.time[0];
  const schema = head.names.flatMap((name, i) =>
    i === time.index || i === plan.symbol ? [] : [{ name, type: head.types[i] ?? typeOf(head.rows, i) }]);
  return { connector, ctx: { ...ctx, schema, optional: schema.map((f) => f.name) } };
}
