import type { AsyncStage, EdgeId } from '../plan/ir.ts';
import type { GraphState, Runner } from './runner.ts';

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
      } catch (error) {
        const i = input.sel === null ? 0 : input.sel[0];
        const { seq, ts, key, keys } = input.frame;
        out.n = 0;
        this.graph.fault({ node: this.stage.node, seq: seq[i], ts: ts[i], symbol: keys.symbols[key[i]], error });
      }
    }
    this.graph.passed[this.stage.edge] += out.n;
  }

  save(): unknown {
    return null;
  }

  load(): void {}

  async close(): Promise<void> {
    await this.instance.close?.();
  }
}
