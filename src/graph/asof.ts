import type { Column, Frame, Rows } from '../core/frame.ts';
import type { Identities, Piece } from '../plan/identity.ts';
import type { AsofStage, EdgeId } from '../plan/ir.ts';
import { History, type SavedHistory } from './history.ts';
import type { GraphState, HeldPiece, Lifted, Runner } from './runner.ts';

interface Saved {
  readonly histories: readonly (SavedHistory | undefined)[];
  readonly newest: readonly [own: number, other: number];
}

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
  private readonly from: readonly number[];
  private histories: (History | undefined)[] = [];
  private ownNewest = -Infinity;
  private otherNewest = -Infinity;
  private keyMap: number[] = [];

  constructor(stage: AsofStage, graph: GraphState, lateness: number) {
    this.stage = stage;
    this.graph = graph;
    this.lateness = lateness;
    this.from = stage.copies.map((c) => c.from);
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
    const ts = b.frame.ts[i];
    const h = (this.histories[b.frame.key[i]] ??= new History(this.from));
    if (ts > this.otherNewest) this.otherNewest = ts;
    h.prune(Math.min(this.ownNewest, this.otherNewest) - this.lateness);
    h.add(ts, b.frame, i);
  }

  private look(a: Rows, i: number, other: Frame): void {
    const ts = a.frame.ts[i];
    if (ts > this.ownNewest) this.ownNewest = ts;
    const key = this.otherKey(a.frame, other, a.frame.key[i]);
    const h = key < 0 ? undefined : this.histories[key];
    const e = h === undefined ? -1 : h.find(ts);
    const { copies } = this.stage;
    for (let c = 0; c < copies.length; c++) {
      const { to, maxAge } = copies[c];
      const column = a.frame.cols[to];
      if (h !== undefined && e >= 0 && (maxAge === null || ts - h.timeOf(e) <= maxAge)) h.copy(e, c, column, i);
      else setNull(column, i);
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

  save(): Saved {
    return { histories: this.histories.map((h) => h?.save()), newest: [this.ownNewest, this.otherNewest] };
  }

  view(): Saved {
    return this.save();
  }

  pieces(of: Identities): readonly HeldPiece[] {
    return [{ piece: of.stages.get(this.stage) as Piece, doubles: null }];
  }

  adopt([from]: readonly (Lifted | null)[]): void {
    if (from?.slab === null) this.load(from.data);
  }

  load(saved: unknown): void {
    const s = saved as Saved;
    this.histories = s.histories.map((x) => {
      if (x === undefined) return undefined;
      const h = new History(this.from);
      h.load(x);
      return h;
    });
    [this.ownNewest, this.otherNewest] = s.newest;
    this.keyMap = [];
  }
}

function setNull(column: Column, i: number): void {
  if (column instanceof Float64Array) column[i] = NaN;
  else column[i] = null;
}
