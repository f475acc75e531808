import type { Connector } from '../core/connector.ts';
import { map, text } from '../core/field.ts';
import type { FieldsSpec } from '../core/field.ts';

const reserved = (name: string, role: Connector['role'], shorthand: string, summary: string, fields: FieldsSpec,
  instead: string): Connector =>
  Object.freeze({
    kind: 'connector', name, role, shorthand, summary, fields, examples: [], doc: `${summary} Reserved: not available in this version.`,
    reserved: `\`${name}\` is not available in this version; use ${instead}`,
  });

const path = text({ doc: 'The file.' });
const url = text({ doc: 'The address.' });
const fields = map({ optional: true, doc: 'Column of the schema to the name in the data.' });

/** Connectors that the language knows already and this version cannot open. */
export const RESERVED_SOURCES: readonly Connector[] = Object.freeze([
  reserved('websocket', 'source', 'url', 'Rows from the messages of a WebSocket.', { url, fields }, '`nats`, fed by a bridge of yours'),
  reserved('parquet', 'source', 'path', 'Rows of Parquet files.', { path, fields }, '`arrow` or `csv`'),
  reserved('sqlite', 'source', 'path', 'Rows of a table in SQLite.', { path, table: text({ doc: 'The table.' }), fields },
    '`csv` or `arrow`'),
]);

export const RESERVED_OUTPUTS: readonly Connector[] = Object.freeze([
  reserved('websocket', 'output', 'url', 'A message for every row to the subscribers of a WebSocket.', { url }, '`nats` or `stdout`'),
  reserved('parquet', 'output', 'path', 'Rows as a Parquet file.', { path }, '`arrow`'),
  reserved('sqlite', 'output', 'path', 'Rows into a table in SQLite.', { path, table: text({ doc: 'The table.' }) },
    '`csv`, `jsonl` or `arrow`'),
  reserved('webhook', 'output', 'url', 'An HTTP request for every row.', { url }, '`jsonl` or `stdout`, piped to a sender of yours'),
]);
