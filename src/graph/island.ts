import { Slab } from '../core/layout.ts';
import type { Identities, Piece } from '../plan/identity.ts';
import type { EdgeId, IslandStage } from '../plan/ir.ts';
import { compileLoop, type CompiledIsland, type StatefulInstr } from './loop.ts';
import type { GraphState, HeldPiece, Lifted, Runner } from './runner.ts';

/** Runs a fused loop over the rows of its input edge and fills the edges of its filters. */
export class IslandRunner implements Runner {
  readonly inputs: readonly EdgeId[];
  readonly outputs: readonly EdgeId[];
  readonly compiled: CompiledIsland;
  private readonly slab: Slab;
  private readonly sels: Int32Array[];
  private readonly counts: Int32Array;
  private readonly place = new Int32Array(1);
  private readonly graph: GraphState;
  private readonly stage: IslandStage;

  constructor(stage: IslandStage, graph: GraphState) {
    this.stage = stage;
    this.graph = graph;
    this.compiled = compileLoop(stage);
    this.inputs = [stage.input];
    this.outputs = [stage.input, ...this.compiled.edges];
    this.slab = new Slab(this.compiled.blanks);
    this.sels = this.compiled.edges.map(() => new Int32Array(0));
    this.counts = new Int32Array(this.compiled.edges.length);
  }

  run(): void {
    const { rows, passed } = this.graph;
    const input = rows[this.stage.input];
    const { edges, loop, overs } = this.compiled;
    const keys = input.frame.keys.size;
    this.slab.ensure(keys);
    for (let o = 0; o < overs.length; o++) overs[o].ensure(keys);
    for (let p = 0; p < edges.length; p++) {
      if (this.sels[p].length < input.n) this.sels[p] = new Int32Array(Math.max(input.frame.capacity, input.n));
      this.counts[p] = 0;
    }
    if (this.stage.custom) this.guarded();
    else loop(input.frame, 0, input.n, input.sel, this.slab.data, this.sels, this.counts, this.place);
    for (let p = 0; p < edges.length; p++) {
      const out = rows[edges[p]];
      out.n = this.counts[p];
      out.sel = this.sels[p];
      passed[edges[p]] += out.n;
    }
  }

  /** A user's step may throw: the row is reported and left out, the rows behind it go on. */
  private guarded(): void {
    const input = this.graph.rows[this.stage.input];
    for (let from = 0; from < input.n;) {
      try {
        this.compiled.loop(input.frame, from, input.n, input.sel, this.slab.data, this.sels, this.counts, this.place);
        return;
      } catch (error) {
        const i = input.sel === null ? this.place[0] : input.sel[this.place[0]];
        this.graph.fault({ node: this.stage.node ?? '', frame: input.frame, i, error });
        from = this.place[0] + 1;
      }
    }
  }

  save(): unknown {
    return { slab: this.slab.save(), overs: this.compiled.overs.map((o) => o.save()) };
  }

  view(): unknown {
    const keys = this.graph.rows[this.stage.input].frame.keys.size;
    return { slab: this.slab.view(keys), overs: this.compiled.overs.map((o) => o.save()) };
  }

  load(saved: unknown): void {
    const { slab, overs } = saved as { readonly slab: Float64Array; readonly overs: readonly unknown[] };
    this.slab.load(slab);
    this.compiled.overs.forEach((o, i) => o.load(overs[i]));
  }

  pieces(of: Identities): readonly HeldPiece[] {
    // The unfused form copies a row operator's instruction, but not its edge.
    const piece = (i: StatefulInstr): Piece => (i.op === 'row' ? of.rows.get(i.edge) : of.kernels.get(i)) as Piece;
    const { blanks, blankOf, overOf } = this.compiled;
    return [
      ...blankOf.map((i, k) => ({ piece: piece(i), doubles: blanks[k].length })),
      ...overOf.map((i) => ({ piece: piece(i), doubles: null })),
    ];
  }

  adopt(lifted: readonly (Lifted | null)[]): void {
    const { blanks, overs } = this.compiled;
    let to = 0;
    blanks.forEach((blank, k) => {
      const from = lifted[k];
      if (from?.slab) this.slab.adopt(to, blank.length, from.slab, from.width, from.at);
      to += blank.length;
    });
    overs.forEach((over, o) => {
      const from = lifted[blanks.length + o];
      if (from?.slab === null) over.load(structuredClone(from.data));
    });
  }
}
