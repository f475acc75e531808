import type { ColumnRef } from '../core/operator.ts';
import type { Type } from '../core/types.ts';

/** Makes a short fixed name of a text; equal texts get equal names, and others do not. */
export type Hash = (text: string) => string;

/** Two spellings of a type that stores and compares alike are one. */
export const typeText = (t: Type): string => (typeof t === 'string' ? t : `enum(${t.values.join('<')})`);

const isRef = (x: object): x is ColumnRef => 'slot' in x && 'label' in x && 'input' in x;

/**
 * One text for all settings that mean the same: keys in order, durations in their one unit, a column as what it computes (`ref`).
 * A setting that was left out is as one that is undefined.
 */
export function canonical(x: unknown, ref: (r: ColumnRef) => string): string {
  if (typeof x === 'number') return Object.is(x, -0) ? '-0' : String(x);
  if (typeof x === 'string') return JSON.stringify(x);
  if (typeof x !== 'object' || x === null) return String(x);
  if (Array.isArray(x)) return `[${x.map((y) => canonical(y, ref)).join()}]`;
  // Operators may look at a bare column's name, as `bars` does at `price`; how a formula is written tells them nothing.
  if (isRef(x)) return `<${ref(x)} ${typeText(x.type)} ${x.input} ${/^[A-Za-z_]\w*$/.test(x.label) ? x.label : ''}>`;
  const members = Object.entries(x).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, value]) => `${JSON.stringify(key)}:${canonical(value, ref)}`).join()}}`;
}
