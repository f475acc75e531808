import type { Rows } from '../core/frame.ts';
import type { AsyncStage, EdgeId } from '../plan/ir.ts';
import type { GraphState, HeldPiece, Runner } from './runner.ts';

/** Awaits an asynchronous operator once an epoch. Between two epochs nothing is in flight, so it has no state to save. */
export class AsyncRunner implements Runner {
  readonly inputs: readonly EdgeId[];
  readonly outputs: readonly EdgeId[];
  private readonly stage: AsyncStage;
  private readonly graph: GraphState;
  private readonly instance: ReturnType<AsyncStage['operator']['create']>;

  constructor(stage: AsyncStage, graph: GraphState) {
    this.stage = stage;
    this.graph = graph;
    this.inputs = [stage.input];
    this.outputs = [stage.edge];
    this.instance = stage.operator.create(stage.args);
  }

  async run(): Promise<void> {
    const input = this.graph.rows[this.stage.input];
    const out = this.graph.rows[this.stage.edge];
    out.n = input.n;
    out.sel = input.sel;
    if (input.n > 0) {
      try {
        await this.instance.run(input, this.stage.slots);
      } catch {
        await this.oneByOne(input, out);
      }
    }
    this.graph.passed[this.stage.edge] += out.n;
  }

  /** After a failure: each row by itself, so that which rows are left out does not depend on their neighbours in the epoch. */
  private async oneByOne(input: Rows, out: Rows): Promise<void> {
    const kept = new Int32Array(input.n);
    const single: Rows = { frame: input.frame, n: 1, sel: new Int32Array(1) };
    out.n = 0;
    out.sel = kept;
    for (let p = 0; p < input.n; p++) {
      const i = input.sel === null ? p : input.sel[p];
      (single.sel as Int32Array)[0] = i;
      try {
        await this.instance.run(single, this.stage.slots);
        kept[out.n++] = i;
      } catch (error) {
        this.graph.fault({ node: this.stage.node, frame: input.frame, i, error });
      }
    }
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

  async close(): Promise<void> {
    await this.instance.close?.();
  }
}
