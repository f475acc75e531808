import { Refusal } from '../../src/core/diagnostic.ts';
import { text } from '../../src/core/field.ts';
import type { BoundArgs, ColumnRef, OperatorIo, StreamInfo, TimedInstance } from '../../src/core/operator.ts';
import type { Field, Schema } from '../../src/core/types.ts';
import { putNumber, putRow } from './columns.ts';
import { emitOwn, moments, numberOf, type MomentRow } from './moments.ts';

/** What the reference pages of all cross-sections say. */
export const MOMENT_DOC = 'Written with `across: universe`. A moment is all rows of the input with the same event time; it is worked '
  + 'out when the watermark has passed it, so the order in which the symbols arrive cannot matter. Rows come out in the order of their '
  + 'symbol\'s text. Where a symbol has several rows in a moment, its last one counts and the others are filtered. Rows later than the '
  + 'watermark are dropped and counted or copied to `<node>.late`; also under `late: update` a moment that is out stays as it is.';

/** Name of the first added column; the others begin with it. */
export const asField = (fallback: string): ReturnType<typeof text> =>
  text({ doc: 'Name of the added column; further columns begin with it.', default: fallback });

/** The input's columns and the added ones behind them. */
export function addedSchema(input: StreamInfo, added: readonly Field[]): Schema {
  for (const field of added) {
    if (input.schema.some((f) => f.name === field.name)) {
      throw new Refusal('E321', `\`${input.id}\` already has a column \`${field.name}\``,
        { help: ['Give the new columns another name with `as:`.'] });
    }
  }
  return [...input.schema, ...added];
}

/**
 * A cross-section that gives every row of the moment some numbers more. `solve` fills `added[c][r]` for column c and row r;
 * `formulas[k][r]` is setting k of row r, NaN for null.
 */
export function crossSection(
  io: OperatorIo, saved: unknown, formulas: readonly ColumnRef[], added: number,
  solve: (formulas: readonly Float64Array[], added: readonly Float64Array[], rows: readonly MomentRow[]) => void,
  memory?: () => unknown,
): TimedInstance {
  const width = io.inputs[0].slots.length;
  const fire = (t: number, rows: readonly MomentRow[]): void => {
    const values = formulas.map((_, k) => Float64Array.from(rows, (row) => numberOf(row.args[k])));
    const results = Array.from({ length: added }, () => new Float64Array(rows.length).fill(NaN));
    solve(values, results, rows);
    for (let r = 0; r < rows.length; r++) {
      const i = emitOwn(io, t, rows[r]);
      putRow(io.out.frame, io.slots, 0, width, i, rows[r].values);
      for (let c = 0; c < added; c++) putNumber(io.out.frame, io.slots[width + c], i, results[c][r]);
    }
  };
  const options = { args: formulas.map((f) => f.slot), copies: io.inputs[0].slots, every: null, single: true, fire };
  return moments(io, memory === undefined ? options : { ...options, memory }, saved);
}

export const columnArg = (args: BoundArgs, name: string): ColumnRef => args[name] as ColumnRef;
