import type { Column, Frame, Rows, TextColumn } from '../core/frame.ts';
import type { AsofStage, EdgeId } from '../plan/ir.ts';
import type { GraphState, Runner } from './runner.ts';

/** Values of one key of the other stream by event time; the last one at or before a time is what `asof` sees. */
interface History {
  ts: number[];
  values: (number | string | null)[][];
}

/** Most entries kept for one key while the reading stream stands still; the oldest go first. */
const MOST = 4096;

/**
 * Puts the last complete value of another stream beside every row of the input: complete means it arrived no later (seq) and is stamped
 * no later (event time), so a feed whose clock runs ahead shows nothing of the future. Entries are kept as far back as the slower of the
 * two streams may still ask for.
 */
export class AsofRunner implements Runner {
  readonly inputs: readonly EdgeId[];
  readonly outputs: readonly EdgeId[];
  private readonly stage: AsofStage;
  private readonly graph: GraphState;
  private readonly lateness: number;
  private histories: (History | undefined)[] = [];
  private newest = [-Infinity, -Infinity];
  private keyMap: number[] = [];

  constructor(stage: AsofStage, graph: GraphState, lateness: number) {
    this.stage = stage;
    this.graph = graph;
    this.lateness = lateness;
    this.inputs = [stage.input, stage.other];
    this.outputs = [stage.input];
  }

  run(): void {
    const a = this.graph.rows[this.stage.input];
    const b = this.graph.rows[this.stage.other];
    let j = 0;
    for (let p = 0; p < a.n; p++) {
      const i = a.sel === null ? p : a.sel[p];
      for (; j < b.n && b.frame.seq[b.sel === null ? j : b.sel[j]] <= a.frame.seq[i]; j++) this.take(b, j);
      this.look(a, i, b.frame);
    }
    for (; j < b.n; j++) this.take(b, j);
  }

  private take(b: Rows, j: number): void {
    const i = b.sel === null ? j : b.sel[j];
    const key = b.frame.key[i];
    const ts = b.frame.ts[i];
    const h = (this.histories[key] ??= { ts: [], values: [] });
    if (ts > this.newest[1]) this.newest[1] = ts;
    const low = Math.min(this.newest[0], this.newest[1]) - this.lateness;
    while (h.ts.length > 1 && (h.ts[1] <= low || h.ts.length >= MOST)) {
      h.ts.shift();
      const spare = h.values.shift() as (number | string | null)[];
      spare.length = 0;
    }
    let at = h.ts.length;
    while (at > 0 && h.ts[at - 1] > ts) at--;
    const values = this.stage.copies.map((c) => b.frame.cols[c.from][i]);
    if (at === h.ts.length) {
      h.ts.push(ts);
      h.values.push(values);
    } else {
      h.ts.splice(at, 0, ts);
      h.values.splice(at, 0, values);
    }
  }

  private look(a: Rows, i: number, other: Frame): void {
    const ts = a.frame.ts[i];
    if (ts > this.newest[0]) this.newest[0] = ts;
    const key = this.otherKey(a.frame, other, a.frame.key[i]);
    const h = key < 0 ? undefined : this.histories[key];
    let at = h === undefined ? -1 : h.ts.length - 1;
    while (at >= 0 && (h as History).ts[at] > ts) at--;
    for (let c = 0; c < this.stage.copies.length; c++) {
      const { to, maxAge } = this.stage.copies[c];
      const seen = at >= 0 && (maxAge === null || ts - (h as History).ts[at] <= maxAge);
      write(a.frame.cols[to], i, seen ? (h as History).values[at][c] : null);
    }
  }

  /** The other stream may be keyed otherwise: the whole market's one key serves everybody, else the symbol decides. */
  private otherKey(own: Frame, other: Frame, key: number): number {
    if (own.keys === other.keys) return key;
    if (other.keys.size === 1 && other.keys.names[0] === '*') return 0;
    let mapped = this.keyMap[key] ?? -1;
    if (mapped < 0) mapped = this.keyMap[key] = other.keys.find(own.keys.symbols[key]);
    return mapped;
  }

  save(): unknown {
    return structuredClone({ histories: this.histories, newest: this.newest });
  }

  load(saved: unknown): void {
    const s = structuredClone(saved) as { histories: (History | undefined)[]; newest: number[] };
    this.histories = s.histories;
    this.newest = s.newest;
    this.keyMap = [];
  }
}

function write(column: Column, i: number, value: number | string | null): void {
  if (column instanceof Float64Array) column[i] = value === null ? NaN : (value as number);
  else (column as TextColumn)[i] = value as string | null;
}
