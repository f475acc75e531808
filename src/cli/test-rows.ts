import type { Chunk, SourceReader } from '../core/connector.ts';
import type { Column } from '../core/frame.ts';
import type { KeyTable } from '../core/keys.ts';
import { parseDuration, parseTime } from '../core/time.ts';
import type { Field, Schema } from '../core/types.ts';
import type { GivenRow } from '../language/document.ts';
import { suggest } from '../language/suggest.ts';

export type Cell = number | string | boolean | null;

/** What a test itself does wrong, such as a column that is not there: a failure with a text, not an error of the program. */
export class BadTest extends Error {}

export const unknownName = (name: string, known: readonly string[], what: string): BadTest => {
  const near = suggest(name, known);
  const hint = near === null ? `; it has ${known.join(', ')}` : `: did you mean \`${near}\`?`;
  return new BadTest(`there is no column \`${name}\` in ${what}${hint}`);
};

/** A written value as it is stored in a column. */
export function stored(value: Cell, field: Field): number | string | null {
  const { type, name } = field;
  if (value === null) return type === 'text' ? null : NaN;
  if (type === 'text') return String(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof type === 'object') {
    const at = type.values.indexOf(String(value));
    if (at < 0) throw new BadTest(`\`${String(value)}\` is not a value of column \`${name}\`: ${type.values.join(', ')}`);
    return at;
  }
  if (typeof value === 'number') return value;
  const read = type === 'time' ? parseTime(value) : type === 'duration' ? parseDuration(value) : null;
  if (read === null) throw new BadTest(`\`${value}\` does not fit column \`${name}\`, which holds ${type}`);
  return read;
}

/** Given rows as a source that ends after them. */
export class GivenReader implements SourceReader {
  readonly bad = { count: 0, first: [] };
  readonly total: number;
  private chunk: Chunk | null;

  constructor(rows: readonly GivenRow[], schema: Schema, keys: KeyTable, id: string) {
    this.total = rows.length;
    const names = schema.map((f) => f.name);
    const strange = rows.flatMap((r) => Object.keys(r.values)).find((name) => !names.includes(name));
    if (strange !== undefined) throw unknownName(strange, names, `\`${id}\``);
    const cols = schema.map((f): Column => {
      const values = rows.map((r) => stored(r.values[f.name] ?? null, f));
      return f.type === 'text' ? (values as (string | null)[]) : Float64Array.from(values as number[]);
    });
    this.chunk = rows.length === 0 ? null : {
      n: rows.length, ts: Float64Array.from(rows, (r) => r.ts), key: Int32Array.from(rows, (r) => keys.intern(r.symbol)), cols,
    };
  }

  async next(): Promise<Chunk | null> {
    const { chunk } = this;
    this.chunk = null;
    return chunk;
  }

  async close(): Promise<void> {
    this.chunk = null;
  }
}

/** A row that a node gave, detached from the frame it came in. */
export interface SeenRow {
  readonly seq: number;
  readonly ts: number;
  readonly symbol: string;
  readonly values: readonly (number | string | null)[];
}

export const sameCell = (a: number | string | null, b: number | string | null, within: number): boolean => {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  return a === b || Math.abs(a - b) <= within * Math.max(1, Math.abs(b));
};

/** The same rows in the same order; `within` forgives what another order of adding up does to the last digits. */
export const sameRows = (a: readonly SeenRow[], b: readonly SeenRow[], within: number): boolean =>
  a.length === b.length && a.every((x, i) => x.ts === b[i].ts && x.symbol === b[i].symbol
    && x.values.every((v, c) => sameCell(v, b[i].values[c], within)));

/** By time and symbol: the order that does not depend on arrival. */
export const inOrder = (rows: readonly SeenRow[]): SeenRow[] =>
  [...rows].sort((a, b) => a.ts - b.ts || (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0));
