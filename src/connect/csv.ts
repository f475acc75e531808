import type { Connector } from '../core/connector.ts';
import { DELIMITED, FILE_OUTPUT, FILE_SOURCE, HEADER } from './file-fields.ts';

export const csvSource: Connector = Object.freeze({
  kind: 'connector', name: 'csv', role: 'source', shorthand: 'path',
  summary: 'Rows of CSV files.',
  doc: 'Columns are found by name, by the usual other names (`qty` for `size`, `ticker` for `symbol`, `buyer_is_maker` for `side`) or by '
    + '`fields`. Times may be epoch numbers (the unit from a name such as `ts_ms`, or from the size of the number), ISO-8601, '
    + '`YYYY-MM-DD HH:MM` or `m/d/yyyy`; without an offset they are read in `time.timezone`. A row that cannot be read is counted with '
    + 'its line, code and reason, and left out.',
  fields: Object.freeze({ ...FILE_SOURCE, ...DELIMITED, ...HEADER }),
  examples: [
    { title: 'trades of one day', yaml: 'csv: data/trades.csv.gz' },
    { title: 'other names and semicolons', yaml: 'csv: { path: "ticks/*.csv", delimiter: ";", fields: { price: last_px, ts: when } }' },
  ],
});

export const csvOutput: Connector = Object.freeze({
  kind: 'connector', name: 'csv', role: 'output', shorthand: 'path',
  summary: 'Rows as a CSV file.',
  doc: 'Columns `ts` (ISO-8601, UTC), `symbol`, then those of the node. Numbers are the shortest that read back as the same double; null '
    + 'is an empty field. The csv source reads the file back exactly.',
  fields: Object.freeze({ ...FILE_OUTPUT, ...DELIMITED }),
  examples: [{ title: 'signals to a file', yaml: 'csv: out/signals.csv' }],
});
