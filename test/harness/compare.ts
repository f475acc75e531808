import type { Recorded, Recording } from './drive.ts';

/** Broken promises, in words; none is the aim. */
export type Violations = string[];

/** Shows of many differences only the first ones. */
const SHOWN = 3;

/** Numbers of the rows of a node that count; all of them without it. */
export type Keep = (rows: Recorded, i: number) => boolean;

const shown = (x: unknown): string => (typeof x === 'number' && Number.isNaN(x) ? 'null' : Object.is(x, -0) ? '-0' : String(x));

const indexes = (r: Recorded, keep: Keep | null): number[] => {
  const out: number[] = [];
  for (let i = 0; i < r.ts.length; i++) if (keep === null || keep(r, i)) out.push(i);
  return out;
};

const describeRow = (r: Recorded, i: number): string =>
  `${r.key[i]} at ${r.ts[i]} (${r.schema.map((f, c) => `${f.name} ${shown(r.cols[c][i])}`).join(', ')})`;

/** Compares two runs of one node bit by bit: time, key and every column, row after row. */
export function nodeDifferences(id: string, a: Recorded, b: Recorded, keepA: Keep | null = null, keepB = keepA): Violations {
  const found: Violations = [];
  const left = indexes(a, keepA);
  const right = indexes(b, keepB);
  const rows = Math.min(left.length, right.length);
  for (let r = 0; r < rows && found.length < SHOWN; r++) {
    const i = left[r];
    const j = right[r];
    const differs = (column: string, x: unknown, y: unknown): void => {
      if (!Object.is(x, y)) found.push(`node ${id}, row ${r} of ${left.length}, ${column}: ${shown(x)} and ${shown(y)}`);
    };
    differs('ts', a.ts[i], b.ts[j]);
    differs('key', a.key[i], b.key[j]);
    for (let c = 0; c < a.cols.length; c++) differs(a.schema[c].name, a.cols[c][i], b.cols[c][j]);
  }
  if (found.length === 0 && left.length !== right.length) {
    const [more, list] = left.length > right.length ? [a, left] : [b, right];
    found.push(`node ${id}: ${left.length} and ${right.length} rows; the first too many is ${describeRow(more, list[rows])}`);
  }
  return found.slice(0, SHOWN);
}

/** Compares two runs: every row of every node, then the hashes and the accounts. */
export function differences(a: Recording, b: Recording): Violations {
  const found = [...a.nodes].flatMap(([id, rows]) => nodeDifferences(id, rows, b.nodes.get(id) as Recorded));
  if (found.length > 0) return found.slice(0, SHOWN);
  for (const [id, report] of Object.entries(a.report)) {
    for (const [name, x] of Object.entries(report)) {
      const y = b.report[id][name as keyof typeof report];
      if (x !== y) found.push(`node ${id}, ${name} of the report: ${String(x)} and ${String(y)}`);
    }
  }
  if (found.length === 0 && a.hash !== b.hash) found.push(`the hash of the run: ${a.hash} and ${b.hash}`);
  return found.slice(0, SHOWN);
}
