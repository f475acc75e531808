import type { Connector } from '../core/connector.ts';
import { FILE_OUTPUT, FILE_SOURCE } from './file-fields.ts';

export const jsonlSource: Connector = Object.freeze({
  kind: 'connector', name: 'jsonl', role: 'source', shorthand: 'path',
  summary: 'Rows of files with one JSON object a line.',
  doc: 'Names, times and words are understood as in CSV; numbers may be quoted. The first object of a file decides which column is which. '
    + 'A line `{"heartbeat": <time>}` moves event time and carries no row.',
  fields: FILE_SOURCE,
  examples: [{ title: 'recorded trades', yaml: 'jsonl: recordings/trades.jsonl.gz' }],
});

export const jsonlOutput: Connector = Object.freeze({
  kind: 'connector', name: 'jsonl', role: 'output', shorthand: 'path',
  summary: 'Rows as one JSON object a line.',
  doc: '`ts` (ISO-8601, UTC), `symbol`, then the columns of the node; null where there is no value, enumerations by name.',
  fields: FILE_OUTPUT,
  examples: [{ title: 'signals to a file', yaml: 'jsonl: { path: "out/{pipeline}.jsonl", exists: append }' }],
});
