export type Cell = string | number | boolean | bigint | null | undefined;
/** A row of signals, orders or fills: any object of plain values. */
export type Row = object;

export interface Difference {
  /** From 0. */
  readonly row: number;
  /** The side that ended before; null where both have the row. */
  readonly missing: 'a' | 'b' | null;
  /** Columns that differ, with both values; all columns of the row where one side has none. */
  readonly columns: readonly { readonly name: string; readonly a: Cell; readonly b: Cell }[];
  readonly a: Readonly<Record<string, Cell>> | null;
  readonly b: Readonly<Record<string, Cell>> | null;
}

export interface DifferenceOptions {
  /** Columns to look at; all of both rows when left out. */
  readonly columns?: readonly string[];
  /** Numbers count as the same within this share of the larger; 0 when left out, which is to the last bit. */
  readonly tolerance?: number;
}

function alike(a: Cell, b: Cell, tolerance: number): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return (a ?? null) === (b ?? null);
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  const largest = Math.max(Math.abs(a), Math.abs(b));
  return Number.isFinite(largest) && Math.abs(a - b) <= tolerance * largest;
}

const cells = (row: Row | undefined): Readonly<Record<string, Cell>> | null =>
  (row === undefined ? null : (row as Readonly<Record<string, Cell>>));

/**
 * The first row at which two sequences part, null where they are the same. NaN equals NaN, and a missing value null. Both are read only as
 * far as that row, so they may come from a file as they are read.
 */
export function firstDifference(a: Iterable<Row>, b: Iterable<Row>, options: DifferenceOptions = {}): Difference | null {
  const { tolerance = 0 } = options;
  const [left, right] = [a[Symbol.iterator](), b[Symbol.iterator]()];
  try {
    for (let row = 0; ; row++) {
      const [l, r] = [left.next(), right.next()];
      if (l.done === true && r.done === true) return null;
      const [x, y] = [cells(l.done === true ? undefined : l.value), cells(r.done === true ? undefined : r.value)];
      const names = options.columns ?? [...new Set([...Object.keys(x ?? {}), ...Object.keys(y ?? {})])];
      const all = names.map((name) => ({ name, a: x?.[name], b: y?.[name] }));
      if (x === null || y === null) return { row, missing: x === null ? 'a' : 'b', columns: all, a: x, b: y };
      const columns = all.filter((c) => !alike(c.a, c.b, tolerance));
      if (columns.length > 0) return { row, missing: null, columns, a: x, b: y };
    }
  } finally {
    left.return?.();
    right.return?.();
  }
}
