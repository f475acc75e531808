import type { Column, TextColumn } from '../../src/core/frame.ts';
import { aggregates, duration } from '../../src/core/field.ts';
import { timed, type AggregateCall, type ColumnRef, type TimedInstance } from '../../src/core/operator.ts';
import { formatDuration } from '../../src/core/time.ts';
import { AggregateContent, partOf, planParts } from '../window/aggregate-content.ts';
import { ColumnList } from '../window/content.ts';
import { MOMENT_SIZE, moments, numberOf, type MomentRow } from './moments.ts';

/** The rows of a moment as columns again, in the order of `refs`. */
function columnsOf(rows: readonly MomentRow[], refs: readonly ColumnRef[]): Column[] {
  return refs.map((ref, c): Column => (ref.type === 'text'
    ? rows.map((row) => row.args[c] as string | null) satisfies TextColumn
    : Float64Array.from(rows, (row) => numberOf(row.args[c]))));
}

export const aggregate = timed({
  name: 'aggregate',
  family: 'join',
  summary: 'One row for the whole market: sums, means and counts over all symbols.',
  doc: 'Written with `across: universe`. Without `every`, the rows of one moment (equal event time) make one row with the key `*`; with '
    + 'it, all rows in (t - every, t] make the row of t, t being a multiple of `every`. It comes out when the watermark has passed t, so '
    + 'the order in which the symbols arrive cannot matter: rows are folded by time, then by their symbol\'s text, and a sum has the '
    + 'same bits every time. A symbol with several rows counts with all of them. An interval without rows has no row. Rows of a moment '
    + 'that is out are late: dropped and counted or copied to `<node>.late`; also under `late: update` the moment stays as it is.',
  fields: {
    every: duration({ doc: 'Length of the intervals; left out, every event time is one.', optional: true, min: 1 }),
    columns: aggregates({ doc: 'Formulas with aggregates by name of the column.' }),
  },
  inputs: [1, 1],
  examples: [
    { title: 'How many rise, minute by minute',
      yaml: 'breadth:\n  from: bars\n  across: universe\n  aggregate:\n    every: 1m\n    columns:\n      up: count(close > open)\n'
        + '      share: count(close > open) / count()\n      turnover: sum(close * volume)' },
  ],
  schema: () => [],
  clock: (args) => (args.every === undefined ? 'moment' : formatDuration(args.every as number)),
  scope: () => 'market',
  warmup: () => null,
  stateSize: () => MOMENT_SIZE,
  acrossKeys: true,
  create(args, io, saved): TimedInstance {
    const list = new ColumnList();
    const content = new AggregateContent(planParts(args.columns as readonly AggregateCall[], list, partOf));
    const fire = (t: number, rows: readonly MomentRow[]): void => {
      const cols = columnsOf(rows, list.refs);
      const S = content.blank.slice();
      for (let r = 0; r < rows.length; r++) content.add(S, 0, 0, rows[r].ts, cols, r);
      const out = io.out.frame;
      content.write(S, 0, 0, out, io.out.emit(t, out.keys.intern('*')));
      content.clear(0);
    };
    const every = (args.every as number | undefined) ?? null;
    return moments(io, { args: list.refs.map((r) => r.slot), copies: [], every, single: false, fire }, saved);
  },
});
