import type { Engine, Observed } from '../../engine/engine.ts';

type Cell = number | string | null;

/** Rows of one node, in the order in which they came. */
export interface Captured {
  readonly seq: number[];
  readonly ts: number[];
  readonly key: string[];
  readonly cols: Cell[][];
}

/** The first row in which two runs of a node differ. */
export interface Difference {
  /** Place among the rows that are compared. */
  readonly row: number;
  readonly ts: number;
  readonly key: string;
  /** Seq of the source row that caused it, in the first run; in the second where only that has the row. */
  readonly seq: number;
  /** Columns with both values; empty where one run has no such row. */
  readonly columns: readonly { readonly name: string; readonly expected: Cell; readonly found: Cell }[];
  /** Which run has the row at all, where it is one of them only. */
  readonly only: 'expected' | 'found' | null;
}

/** Keeps what every node of an engine gives, as far as it may not depend on what comes after a cut. */
export class Capture {
  readonly nodes: ReadonlyMap<string, Captured>;
  /** Rows that source rows up to this seq caused are kept, and rows stamped up to `ts`. */
  seq = Infinity;
  ts = Infinity;
  rows = 0;

  constructor(engine: Engine) {
    this.nodes = new Map(engine.plan.nodes.map((n) => [n.id, { seq: [], ts: [], key: [], cols: n.schema.map(() => []) }]));
    for (const [id, to] of this.nodes) engine.tap(id, (rows) => this.keep(rows, to));
  }

  private keep(rows: Observed, to: Captured): void {
    for (let j = 0; j < rows.n; j++) {
      const i = rows.sel === null ? j : rows.sel[j];
      if (rows.seq[i] > this.seq && rows.ts[i] > this.ts) continue;
      to.seq.push(rows.seq[i]);
      to.ts.push(rows.ts[i]);
      to.key.push(rows.keys.names[rows.key[i]]);
      for (let c = 0; c < to.cols.length; c++) to.cols[c].push(rows.cols[c][i]);
      this.rows += 1;
    }
  }

  /** Hands over what was kept, and begins anew. */
  release(): Map<string, Captured> {
    const out = new Map<string, Captured>();
    for (const [id, c] of this.nodes) {
      out.set(id, { seq: c.seq.splice(0), ts: c.ts.splice(0), key: c.key.splice(0), cols: c.cols.map((x) => x.splice(0)) });
    }
    return out;
  }
}

const upTo = (rows: Captured, seq: number): number => {
  let n = rows.seq.length;
  while (n > 0 && rows.seq[n - 1] > seq) n--;
  return n;
};

/** Compares two runs of a node bit by bit; with `seq` only the rows that source rows up to it have caused. */
export function firstDifference(names: readonly string[], a: Captured, b: Captured, seq = Infinity): Difference | null {
  const left = upTo(a, seq);
  const right = upTo(b, seq);
  const rows = Math.min(left, right);
  for (let r = 0; r < rows; r++) {
    const same = a.ts[r] === b.ts[r] && a.key[r] === b.key[r];
    let equal = same;
    for (let c = 0; equal && c < a.cols.length; c++) equal = Object.is(a.cols[c][r], b.cols[c][r]);
    if (equal) continue;
    const columns = names.flatMap((name, c) => (Object.is(a.cols[c][r], b.cols[c][r]) ? []
      : [{ name, expected: a.cols[c][r], found: b.cols[c][r] }]));
    return { row: r, ts: a.ts[r], key: a.key[r], seq: a.seq[r], columns: same ? columns : [], only: same ? null : 'expected' };
  }
  if (left === right) return null;
  const [only, of] = left > right ? ['expected', a] as const : ['found', b] as const;
  return { row: rows, ts: of.ts[rows], key: of.key[rows], seq: of.seq[rows], columns: [], only };
}
