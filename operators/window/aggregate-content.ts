import type { Column, Frame } from '../../src/core/frame.ts';
import type { AggregateCall, ColumnRef } from '../../src/core/operator.ts';
import { ColumnList, type Mergeable } from './content.ts';
import { countPart, extremePart, momentsPart, vwapPart, type Part } from './parts.ts';
import { distinctPart, edgePart, valuesPart } from './parts-beside.ts';

/** What has to be remembered for a list of aggregates: each thing once, however many aggregates read it. */
export interface PartPlan<P> {
  readonly columns: ColumnList;
  readonly parts: readonly P[];
  /** For each call, the part it is read from. */
  readonly reads: readonly { readonly call: AggregateCall; readonly part: number }[];
}

export function planParts<P>(
  calls: readonly AggregateCall[], columns: ColumnList, make: (group: string, call: AggregateCall, x: number, y: number) => P,
): PartPlan<P> {
  const parts: P[] = [];
  const known = new Map<string, number>();
  const reads = calls.map((call) => {
    const x = columns.index(call.args[0]);
    const y = columns.index(call.args[1]);
    const group = GROUPS[call.fn] ?? call.fn;
    const id = `${group} ${x} ${y}`;
    let part = known.get(id);
    if (part === undefined) {
      part = parts.push(make(group, call, x, y)) - 1;
      known.set(id, part);
    }
    return { call, part };
  });
  return { columns, parts, reads };
}

/** Aggregates that are read from the same thing. */
const GROUPS: Readonly<Record<string, string>> = {
  sum: 'moments', mean: 'moments', var: 'moments', stdev: 'moments', median: 'values', quantile: 'values',
};

const isText = (ref: ColumnRef | undefined): boolean => ref?.type === 'text';

export function partOf(group: string, call: AggregateCall, x: number, y: number): Part {
  switch (group) {
    case 'count': return countPart(x, isText(call.args[0]), call.args[0]?.type === 'bool');
    case 'moments': return momentsPart(x);
    case 'vwap': return vwapPart(x, y);
    case 'min': return extremePart(x, -1);
    case 'max': return extremePart(x, 1);
    case 'first': return edgePart(x, false, isText(call.args[0]));
    case 'last': return edgePart(x, true, isText(call.args[0]));
    case 'values': return valuesPart(x);
    default: return distinctPart(x);
  }
}

/** The aggregates of one window. */
export class AggregateContent implements Mergeable {
  readonly blank: Float64Array;
  private readonly plan: PartPlan<Part>;
  private readonly at: readonly number[];

  constructor(plan: PartPlan<Part>) {
    this.plan = plan;
    const at: number[] = [];
    const blank: number[] = [];
    for (const part of plan.parts) {
      at.push(blank.length);
      blank.push(...part.blank);
    }
    this.at = at;
    this.blank = Float64Array.from(blank);
  }

  takes(): boolean {
    return true;
  }

  add(S: Float64Array, b: number, slot: number, ts: number, cols: readonly Column[], i: number): boolean {
    const { parts } = this.plan;
    for (let k = 0; k < parts.length; k++) parts[k].add(S, b + this.at[k], slot, ts, cols, i);
    return true;
  }

  merge(S: Float64Array, b: number, slot: number, from: number, fromSlot: number): void {
    const { parts } = this.plan;
    for (let k = 0; k < parts.length; k++) parts[k].merge(S, b + this.at[k], slot, from + this.at[k], fromSlot);
  }

  write(S: Float64Array, b: number, slot: number, out: Frame, o: number): void {
    for (const { call, part } of this.plan.reads) this.plan.parts[part].write(S, b + this.at[part], slot, call, out.cols[call.slot], o);
  }

  clear(slot: number): void {
    for (const part of this.plan.parts) part.beside?.clear(slot);
  }

  save(): unknown {
    return this.plan.parts.map((p) => p.beside?.save() ?? null);
  }

  load(saved: unknown): void {
    (saved as readonly unknown[]).forEach((s, k) => this.plan.parts[k].beside?.load(s));
  }
}
