import type { SourceContext } from '../core/connector.ts';
import { planColumns } from './mapping.ts';
import type { ColumnPlan, PlannedColumn } from './mapping.ts';
import { TimeParser } from './time-parser.ts';
import type { Zone } from './zone.ts';

export type Json = Readonly<Record<string, unknown>>;

export interface RecordField {
  /** Name in the object; null where its keys do not have the column. */
  readonly from: string | null;
  readonly column: PlannedColumn;
  readonly time: TimeParser | null;
}

export interface RecordTime {
  readonly from: string;
  readonly parser: TimeParser;
}

export const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '';

/** Where objects with certain keys have the columns of a schema. */
export class RecordShape {
  readonly names: readonly string[];
  /** Candidates for the event time, best first. */
  readonly times: readonly RecordTime[];
  readonly symbol: string | null;
  readonly fields: readonly RecordField[];

  constructor(names: readonly string[], ctx: SourceContext, place: string, zone: Zone | null, each: boolean) {
    const plan: ColumnPlan = planColumns(names, ctx, place);
    this.names = names;
    this.times = plan.time.map(({ index, unit }) => ({ from: names[index], parser: new TimeParser(unit, zone, each) }));
    this.symbol = plan.symbol < 0 ? null : names[plan.symbol];
    this.fields = plan.columns.map((column) => ({
      column, from: column.index >= 0 ? names[column.index] : each ? null : column.name,
      time: column.type === 'time' ? new TimeParser(column.unit, zone, each) : null,
    }));
  }

  /** The first candidate that is filled, else the best. */
  timeOf(record: Json): RecordTime {
    for (const time of this.times) if (!isEmpty(record[time.from])) return time;
    return this.times[0];
  }
}
