import type { EdgeId, RekeyStage } from '../plan/ir.ts';
import type { GraphState, HeldPiece, Runner } from './runner.ts';
import { copyRow } from './timed.ts';

/** Between the parts of a key made of several columns; no symbol holds it. */
const JOIN = '|';

/** Gives rows another key (`by: [symbol, venue]`), so that everything after it keeps state per that key. */
export class RekeyRunner implements Runner {
  readonly inputs: readonly EdgeId[];
  readonly outputs: readonly EdgeId[];
  private readonly stage: RekeyStage;
  private readonly graph: GraphState;

  constructor(stage: RekeyStage, graph: GraphState) {
    this.stage = stage;
    this.graph = graph;
    this.inputs = [stage.input];
    this.outputs = [stage.edge];
  }

  run(): void {
    const { rows, passed } = this.graph;
    const input = rows[this.stage.input];
    const out = rows[this.stage.edge];
    const { frame, sel, n } = input;
    out.frame.n = 0;
    for (let p = 0; p < n; p++) {
      const i = sel === null ? p : sel[p];
      const symbol = frame.keys.symbols[frame.key[i]];
      const name = this.stage.by.map((slot) => (slot < 0 ? symbol : String(frame.cols[slot][i] ?? ''))).join(JOIN);
      const j = out.frame.push(frame.seq[i], frame.ts[i], out.frame.keys.intern(name, symbol));
      copyRow(frame, i, out.frame, j, this.stage.copies);
    }
    out.n = out.frame.n;
    out.sel = null;
    passed[this.stage.edge] += out.n;
  }

  save(): unknown {
    return null;
  }

  view(): unknown {
    return null;
  }

  load(): void {}

  pieces(): readonly HeldPiece[] {
    return [];
  }

  adopt(): void {}
}
