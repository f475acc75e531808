import type { Connector } from '../core/connector.ts';
import { FILE_OUTPUT, FILE_SOURCE } from './file-fields.ts';

export const arrowSource: Connector = Object.freeze({
  kind: 'connector', name: 'arrow', role: 'source', shorthand: 'path',
  summary: 'Rows of Arrow IPC files and streams.',
  doc: 'Feather version 2 is the same format. Columns are found as in CSV. Timestamps and dates of any unit are understood; integers '
    + 'follow the name or size. Text may be utf8 or a dictionary. Compressed files are refused: write them uncompressed.',
  fields: FILE_SOURCE,
  examples: [{ title: 'a year of bars', yaml: 'arrow: data/bars-2024.arrow' }],
});

export const arrowOutput: Connector = Object.freeze({
  kind: 'connector', name: 'arrow', role: 'output', shorthand: 'path',
  summary: 'Rows as an uncompressed Arrow IPC file.',
  doc: '`ts` is timestamp[us, UTC], `symbol` and enumerations are dictionaries, in batches of 65,536 rows; `.arrows` writes the stream '
    + 'format. The file is complete once the output has closed.',
  fields: Object.freeze({ path: FILE_OUTPUT.path, exists: FILE_OUTPUT.exists }),
  examples: [{ title: 'features for training', yaml: 'arrow: out/features.arrow' }],
});
