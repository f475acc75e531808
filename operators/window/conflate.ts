import { duration } from '../../src/core/field.ts';
import { timed } from '../../src/core/operator.ts';
import { formatDuration } from '../../src/core/time.ts';
import { GridEdges } from './edges.ts';
import { EDGES_DOC, LATE_DOC } from './policy.ts';
import { allColumns, LatestRow } from './row-content.ts';
import { windowsSize } from './state-size.ts';
import { TimeWindows } from './time-windows.ts';

export const conflate = timed({
  name: 'conflate',
  family: 'window',
  summary: 'At most one row per key and interval: the latest.',
  doc: [
    'For consumers that need the newest value and not every one. Columns are those of the input; a key without rows in an '
    + 'interval gives none.',
    EDGES_DOC,
    LATE_DOC + ' A late row older than the one that was sent changes nothing.',
    'Warm-up: none.',
  ].join('\n\n'),
  fields: { every: duration({ doc: 'Length of an interval.', min: 1 }) },
  shorthand: 'every',
  inputs: [1, 1],
  examples: [{ title: 'four updates a second', yaml: 'view:\n  from: trades\n  conflate: { every: 250ms }' }],
  schema: (_args, inputs) => inputs[0].schema,
  clock: (args) => formatDuration(args.every as number),
  stateSize: (args, [input], time) => windowsSize(input.schema.length + 1, args.every as number, time, false),
  create(args, io, saved) {
    const columns = allColumns(io);
    const edges = new GridEdges(args.every as number, 0);
    return new TimeWindows(io, columns, new LatestRow(columns, io.slots), edges, { start: -1, revision: -1 }, false, saved);
  },
});
