import type { Column } from '../core/frame.ts';
import type { EnumType, Field, Schema } from '../core/types.ts';
import type { Engine } from '../engine/engine.ts';
import type { TableWriter } from '../table/table-writer.ts';

/** Columns of a table of signals that a stream of decisions may have. */
const COLUMNS = ['side', 'price', 'strength', 'confidence', 'reason'] as const;

/** The table of signals of a stream: its time, its symbol, and what it has of the columns of a signal. */
export function signalsSchema(stream: Schema): Schema {
  const known = COLUMNS.flatMap((name): Field[] => {
    const field = stream.find((f) => f.name === name);
    return field === undefined ? [] : [{ name, type: typeof field.type === 'object' ? 'text' : field.type }];
  });
  return [{ name: 'ts', type: 'time' }, { name: 'symbol', type: 'text' }, ...known];
}

/** Writes every decision into a table while a backtest goes on. */
export function writeSignals(engine: Engine, node: string, table: TableWriter): void {
  engine.tap(node, (rows) => {
    const at = COLUMNS.map((name) => rows.schema.findIndex((f) => f.name === name)).filter((c) => c >= 0);
    for (let j = 0; j < rows.n; j++) {
      const i = rows.sel === null ? j : rows.sel[j];
      table.append([rows.ts[i], rows.keys.names[rows.key[i]], ...at.map((c) => word(rows.schema[c], rows.cols[c], i))]);
    }
  });
}

function word({ type }: Field, column: Column, i: number): number | string | null {
  const value = column[i];
  if (typeof type !== 'object') return value;
  return (type as EnumType).values[value as number] ?? null;
}
