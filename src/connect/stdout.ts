import type { Connector } from '../core/connector.ts';
import { choice } from '../core/field.ts';

export const stdoutOutput: Connector = Object.freeze({
  kind: 'connector', name: 'stdout', role: 'output', shorthand: 'format',
  summary: 'Rows on standard output.',
  doc: '`text` is for reading: signals as `09:47:00  NVDA  ▲ buy   0.71   reason`, other rows as names and values, times in UTC with the '
    + 'date on a line of its own. `jsonl` and `csv` are those of the file outputs.',
  fields: Object.freeze({ format: choice(['text', 'jsonl', 'csv'], { default: 'text', doc: 'How rows are written.' }) }),
  examples: [{ title: 'for reading', yaml: 'stdout: {}' }, { title: 'for another program', yaml: 'stdout: jsonl' }],
});
