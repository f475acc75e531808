import type { OutputRows } from '../core/connector.ts';
import type { KeyTable } from '../core/keys.ts';
import { formatTime } from '../core/time.ts';
import { typeName, type Schema, type Type } from '../core/types.ts';
import type { Engine, Observed } from '../engine/engine.ts';
import type { RecordedChunk } from './decode.ts';
import type { StreamReader } from './stream-reader.ts';

export type Value = number | string | null;

/** A row of a node on its own: as it was recorded, or as it came out now. */
export interface NodeRow {
  readonly seq: number;
  readonly ts: number;
  readonly symbol: string | null;
  readonly values: readonly Value[];
}

export interface Difference {
  readonly node: string;
  /** Number of the row among the node's rows, from 1. */
  readonly row: number;
  readonly schema: Schema;
  /** Null where there is no such row. */
  readonly recorded: NodeRow | null;
  readonly replayed: NodeRow | null;
  readonly columns: readonly string[];
}

const same = (a: Value, b: Value): boolean => Object.is(a, b) || (a !== a && b !== b);

/** What differs between two rows; `seq`, `ts` and `symbol` first. */
function differing(a: NodeRow, b: NodeRow, schema: Schema): string[] {
  const own = (['seq', 'ts', 'symbol'] as const).filter((name) => !same(a[name], b[name]));
  // Rows of two symbols are two rows: that their columns differ says nothing.
  if (own.includes('symbol')) return own;
  return [...own, ...schema.filter((_, c) => !same(a.values[c], b.values[c])).map((f) => f.name)];
}

type Columns = Pick<OutputRows, 'seq' | 'ts' | 'cols'>;

const rowOf = ({ seq, ts, cols }: Columns, symbol: string | null, i: number): NodeRow =>
  ({ seq: seq[i], ts: ts[i], symbol, values: cols.map((c) => c[i]) });

/** One recorded node: what it recorded is read as the replay makes its rows, and held against them. */
class NodeCheck {
  readonly id: string;
  readonly schema: Schema;
  rows = 0;
  /** The first difference, or null so far. */
  found: Difference | null = null;
  private readonly reader: StreamReader;
  private readonly keys: KeyTable;
  private chunk: RecordedChunk | null = null;
  private at = 0;
  private ended = false;
  /** The recording of the node stops where its process was killed: what comes after is not compared. */
  private over = false;
  /** Rows of the replay that wait for what was recorded to be read. */
  private readonly waiting: NodeRow[] = [];

  private readonly complete: boolean;

  constructor(id: string, schema: Schema, reader: StreamReader, keys: KeyTable, complete: boolean) {
    this.complete = complete;
    this.id = id;
    this.schema = schema;
    this.reader = reader;
    this.keys = keys;
  }

  take(rows: Observed): void {
    if (this.found !== null || this.over) return;
    let r = 0;
    // Held against the chunk in place while it lasts; only what lies beyond it is copied.
    if (this.waiting.length === 0) {
      while (r < rows.n && this.chunk !== null && this.at < this.chunk.n && this.matches(rows, rows.sel === null ? r : rows.sel[r])) {
        r++;
        this.at++;
        this.rows++;
      }
    }
    for (; r < rows.n; r++) {
      const i = rows.sel === null ? r : rows.sel[r];
      this.waiting.push(rowOf(rows, rows.keys.symbols[rows.key[i]], i));
    }
  }

  private matches(rows: Observed, i: number): boolean {
    const chunk = this.chunk as RecordedChunk;
    const { at } = this;
    if (rows.seq[i] !== chunk.seq[at] || rows.ts[i] !== chunk.ts[at]) return false;
    if (rows.keys.symbols[rows.key[i]] !== this.keys.symbols[chunk.key[at]]) return false;
    for (let c = 0; c < chunk.cols.length; c++) if (!same(rows.cols[c][i], chunk.cols[c][at])) return false;
    return true;
  }

  /** The next recorded row, or null at the end; it stays the next one until `pass`. */
  private async next(): Promise<NodeRow | null> {
    while (!this.ended && (this.chunk === null || this.at >= this.chunk.n)) {
      this.chunk = await this.reader.next();
      this.at = 0;
      this.ended = this.chunk === null;
    }
    const { chunk, at } = this;
    if (chunk === null) return null;
    return rowOf(chunk, chunk.key[at] < 0 ? null : this.keys.symbols[chunk.key[at]], at);
  }

  /** Compares what has come out up to `seq`. */
  async settle(seq: number): Promise<void> {
    for (const row of this.waiting.splice(0)) {
      if (this.found !== null || this.over) return;
      const recorded = await this.next();
      if (recorded === null && !this.complete) {
        this.over = true;
        return;
      }
      if (recorded === null || recorded.seq > row.seq) this.differ(null, row);
      else {
        const columns = differing(recorded, row, this.schema);
        if (columns.length > 0) {
          if (recorded.seq < row.seq) this.differ(recorded, null);
          else this.differ(recorded, row, columns);
        }
      }
      this.at++;
      this.rows++;
    }
    if (this.found !== null) return;
    const left = await this.next();
    if (left !== null && left.seq <= seq) this.differ(left, null);
  }

  private differ(recorded: NodeRow | null, replayed: NodeRow | null, columns: readonly string[] = []): void {
    this.found = { node: this.id, row: this.rows + 1, schema: this.schema, recorded, replayed, columns };
  }
}

/**
 * Holds every row of the recorded nodes against what a replay makes of the recorded sources. Rows beyond the end of what an unclosed
 * recording kept are no difference: the process was killed before they were written.
 */
export class Parity {
  private readonly engine: Engine;
  private readonly checks: NodeCheck[];

  constructor(engine: Engine, nodes: readonly { readonly id: string; readonly reader: StreamReader; readonly keys: KeyTable }[],
    complete: boolean) {
    this.engine = engine;
    const place = (id: string): number => engine.plan.nodes.findIndex((n) => n.id === id);
    this.checks = nodes.map(({ id, reader, keys }) => new NodeCheck(id, engine.node(id).schema, reader, keys, complete))
      .sort((a, b) => place(a.id) - place(b.id));
    for (const check of this.checks) engine.tap(check.id, (rows) => check.take(rows));
  }

  get rows(): number {
    return this.checks.reduce((sum, c) => sum + c.rows, 0);
  }

  /** Compares what has come out so far; true when a difference was found, so that the replay may end. */
  async settle(): Promise<boolean> {
    for (const check of this.checks) await check.settle(this.engine.ingest.lastSeq);
    return this.first() !== null;
  }

  /** The difference with the lowest seq; of several on one row, that of the node nearest to the sources. */
  first(): Difference | null {
    let best: Difference | null = null;
    for (const { found } of this.checks) if (found !== null && (best === null || seqOf(found) < seqOf(best))) best = found;
    return best;
  }
}

export const seqOf = (d: Difference): number => Math.min(d.recorded?.seq ?? Infinity, d.replayed?.seq ?? Infinity);

/** A value as one reads it; two that differ in their last bits look different. */
export function shownValue(value: Value | undefined, type: Type): string {
  if (value === undefined || value === null || value !== value) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof type === 'object') return type.values[value] ?? String(value);
  if (type === 'bool') return value === 1 ? 'true' : 'false';
  if (type === 'time') return formatTime(value);
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Lines that show a difference: what was recorded, and what came out. */
export function shownDifference(d: Difference): string[] {
  const row = d.recorded ?? (d.replayed as NodeRow);
  const head = `node \`${d.node}\`, row ${d.row}: ${row.symbol ?? 'heartbeat'} at ${formatTime(row.ts)}, caused by seq ${row.seq}`;
  if (d.recorded === null) return [head, 'came out of the replay and was not recorded', ...shownRow(row, d.schema)];
  if (d.replayed === null) return [head, 'was recorded and did not come out of the replay', ...shownRow(row, d.schema)];
  const { recorded, replayed } = d;
  return [head, ...d.columns.map((name) => {
    const c = d.schema.findIndex((f) => f.name === name);
    const own = name === 'ts' ? 'time' : name === 'symbol' ? 'text' : 'f64';
    const pick = (r: NodeRow): Value => (c >= 0 ? r.values[c] : r[name as 'seq' | 'ts' | 'symbol']);
    const type = c >= 0 ? d.schema[c].type : own;
    return `${name} (${typeName(type)}): recorded ${shownValue(pick(recorded), type)}, replayed ${shownValue(pick(replayed), type)}`;
  })];
}

const shownRow = (r: NodeRow, schema: Schema): string[] =>
  [schema.map((f, c) => `${f.name} ${shownValue(r.values[c], f.type)}`).join(', ')];
