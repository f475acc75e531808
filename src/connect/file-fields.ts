import { choice, flag, map, text, texts } from '../core/field.ts';
import type { FieldsSpec } from '../core/field.ts';

/** Settings of every source that reads files. */
export const FILE_SOURCE: FieldsSpec = Object.freeze({
  path: texts({
    doc: 'A file, a list of files, or a pattern with `*`; relative to the folder of the pipeline. `.gz` is unpacked on the way.',
  }),
  fields: map({ doc: 'Column of the schema (or `ts`, `symbol`) to the column of the file, where the names do not tell.', optional: true }),
  symbol: text({ doc: 'The symbol of every row, for a file without a column of symbols. Default: the name of the file.', optional: true }),
  order: choice(['time', 'arrival'], {
    default: 'time',
    doc: '`time` sorts a file that is out of order by event time, equal times in order of the file; `arrival` takes rows as they come, '
      + 'in constant memory, and leaves late rows to the late policy.',
  }),
});

/** Settings of every output that writes files. */
export const FILE_OUTPUT: FieldsSpec = Object.freeze({
  path: text({ doc: 'The file; relative to the folder of the pipeline. `{pipeline}` and `{output}` are filled in.' }),
  exists: choice(['replace', 'append', 'refuse'], { default: 'replace', doc: 'What to do when the file is there already.' }),
});

export const DELIMITED: FieldsSpec = Object.freeze({
  delimiter: text({ default: ',', doc: 'One character, or `tab`.' }),
});

export const HEADER: FieldsSpec = Object.freeze({
  header: flag({ default: true, doc: 'The first line names the columns. Without it columns are called "1", "2", … in `fields`.' }),
});
