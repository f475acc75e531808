import { choice, duration } from '../../src/core/field.ts';
import { timed } from '../../src/core/operator.ts';
import { formatDuration } from '../../src/core/time.ts';
import { GridEdges } from './edges.ts';
import { EDGES_DOC, LATE_DOC } from './policy.ts';
import { allColumns, LatestRow } from './row-content.ts';
import { windowsSize } from './state-size.ts';
import { TimeWindows } from './time-windows.ts';

export const resample = timed({
  name: 'resample',
  family: 'window',
  summary: 'The latest row of each key on an even grid of time.',
  doc: [
    'Columns are those of the input, taken from the key\'s last row at or before the edge (the last to arrive among rows of equal time). '
    + 'Nulls are taken as they are.',
    EDGES_DOC,
    'Under `fill: previous` an edge without a row since the last one repeats the row before, from the first row of the key on; '
    + 'under `none` '
    + 'there is no row then. `align: session` is not offered: put `filter: is_open()` behind it.',
    LATE_DOC + ' A late row older than the one that was sent changes nothing. Rows that were filled in are not corrected behind it.',
    'Warm-up: none.',
  ].join('\n\n'),
  fields: {
    every: duration({ doc: 'Distance of two edges.', min: 1 }),
    offset: duration({ doc: 'Moves the grid of UTC.', default: 0, min: 0 }),
    fill: choice(['previous', 'none'], { doc: 'What an edge without a new row gives.', default: 'previous' }),
  },
  shorthand: 'every',
  inputs: [1, 1],
  examples: [
    { title: 'prices on a grid of seconds', yaml: 'grid:\n  from: trades\n  resample: { every: 1s }' },
    { title: 'the last trade of each minute that had one', yaml: 'minutes:\n  from: trades\n  resample: { every: 1m, fill: none }' },
  ],
  schema: (_args, inputs) => inputs[0].schema,
  clock: (args) => formatDuration(args.every as number),
  stateSize: (args, [input], time) => windowsSize(input.schema.length + 1, args.every as number, time, args.fill === 'previous'),
  create(args, io, saved) {
    const columns = allColumns(io);
    const edges = new GridEdges(args.every as number, args.offset as number);
    const output = { start: -1, revision: -1 };
    return new TimeWindows(io, columns, new LatestRow(columns, io.slots), edges, output, args.fill === 'previous', saved);
  },
});
