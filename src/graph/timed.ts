import { Refusal } from '../core/diagnostic.ts';
import type { Frame, Rows, TextColumn } from '../core/frame.ts';
import type { Emitter, OperatorIo, Port, TimedInstance, TimePolicy } from '../core/operator.ts';
import type { Identities, Piece } from '../plan/identity.ts';
import type { EdgeId, TimedStage } from '../plan/ir.ts';
import type { Counts, GraphState, HeldPiece, Lifted, Runner } from './runner.ts';

/** Copies row `i` of one frame to row `j` of another, column by column. */
export function copyRow(
  from: Frame, i: number, to: Frame, j: number, copies: readonly { readonly from: number; readonly to: number }[],
): void {
  for (let c = 0; c < copies.length; c++) {
    const source = from.cols[copies[c].from];
    const target = to.cols[copies[c].to];
    if (target instanceof Float64Array) target[j] = source[i] as number;
    else target[j] = (source as TextColumn)[i];
  }
}

/** Edges that a timed stage fills: its own, those of its ports, that of its late rows. */
export const edgesOf = (stage: TimedStage): EdgeId[] =>
  [stage.edge, ...stage.ports.map((p) => p.edge), ...(stage.late === null ? [] : [stage.late.edge])];

/**
 * Drives an operator that has a row clock of its own: rows in total order, timers inside the source row that moved the watermark.
 * Nothing here depends on where the epoch ends.
 */
export class TimedRunner implements Runner {
  readonly inputs: readonly EdgeId[];
  readonly outputs: readonly EdgeId[];
  private instance: TimedInstance;
  private readonly stage: TimedStage;
  private readonly graph: GraphState;
  private readonly io: OperatorIo;
  private readonly counts: Counts;
  /** Next row of each input, its seq and its time. */
  private readonly at: Int32Array;
  private readonly headSeq: Float64Array;
  private readonly headTs: Float64Array;
  /** Rows of `outputs`. */
  private readonly own: readonly Rows[];
  private seq = 0;

  constructor(stage: TimedStage, graph: GraphState, time: TimePolicy) {
    this.stage = stage;
    this.graph = graph;
    this.inputs = stage.inputs;
    this.outputs = edgesOf(stage);
    this.own = this.outputs.map((e) => graph.rows[e]);
    this.counts = graph.counts.get(stage.node) as Counts;
    this.at = new Int32Array(stage.inputs.length);
    this.headSeq = new Float64Array(stage.inputs.length);
    this.headTs = new Float64Array(stage.inputs.length);
    const ports = stage.ports.map(({ name, edge, slots }): [string, Port] => [name, { out: this.emitter(edge), slots }]);
    this.io = {
      rows: stage.inputs.map((e) => graph.rows[e]), inputs: stage.columns, out: this.emitter(stage.edge), ports: Object.fromEntries(ports),
      late: this.lateSink(), slots: stage.slots, time, counts: this.counts,
      ...(stage.accounts === undefined ? {} : { countsOf: stage.accounts.map((id) => graph.counts.get(id) as Counts) }),
    };
    this.instance = stage.operator.create(stage.args, this.io, undefined);
  }

  private emitter(edge: EdgeId): Emitter {
    const { frame } = this.graph.rows[edge];
    return { frame, emit: (ts, key) => frame.push(this.seq, ts, key) };
  }

  private lateSink(): OperatorIo['late'] {
    const late = this.stage.late;
    if (late === null) return null;
    const to = this.graph.rows[late.edge].frame;
    return {
      copy: (input, i) => {
        if (input !== (late.input ?? input)) return;
        const from = this.io.rows[input].frame;
        copyRow(from, i, to, to.push(this.seq, from.ts[i], from.key[i]), late.copies);
      },
    };
  }

  run(): void {
    const { tracks, passed } = this.graph;
    const { own } = this;
    for (let o = 0; o < own.length; o++) own[o].frame.n = 0;
    if (this.io.rows.length === 1) this.one(this.io.rows[0], tracks[this.stage.track]);
    else this.many(tracks[this.stage.track]);
    for (let o = 0; o < own.length; o++) {
      own[o].n = own[o].frame.n;
      own[o].sel = null;
      passed[this.outputs[o]] += own[o].n;
    }
  }

  private one(input: Rows, track: { n: number; seq: Float64Array; wm: Float64Array; before: number }): void {
    const { frame, sel, n } = input;
    const { seq, ts } = frame;
    const it = this.instance;
    let before = track.before;
    let j = 0;
    for (let t = 0; t < track.n; t++) {
      const s = track.seq[t];
      const w = track.wm[t];
      this.seq = s;
      for (; j < n; j++) {
        const i = sel === null ? j : sel[j];
        if (seq[i] > s) break;
        const limit = ts[i] - 1 < w ? ts[i] - 1 : w;
        if (it.due <= limit) this.advance(limit);
        this.row(0, i, before);
      }
      if (it.due <= w) this.advance(w);
      before = w;
    }
  }

  private many(track: { n: number; seq: Float64Array; wm: Float64Array; before: number }): void {
    const it = this.instance;
    const { at, headTs } = this;
    let before = track.before;
    at.fill(-1);
    for (let k = 0; k < at.length; k++) this.next(k);
    for (let t = 0; t < track.n; t++) {
      const w = track.wm[t];
      const s = track.seq[t];
      this.seq = s;
      for (let k = this.earliest(s); k >= 0; k = this.earliest(s)) {
        const { sel } = this.io.rows[k];
        const i = sel === null ? at[k] : sel[at[k]];
        const limit = Math.min(headTs[k] - 1, w);
        this.next(k);
        if (it.due <= limit) this.advance(limit);
        this.row(k, i, before);
      }
      if (it.due <= w) this.advance(w);
      before = w;
    }
  }

  /** Notes the seq and time of the next row of an input; Infinity where there is none. */
  private next(k: number): void {
    const { frame, sel, n } = this.io.rows[k];
    const j = ++this.at[k];
    if (j >= n) {
      this.headSeq[k] = Infinity;
      return;
    }
    const i = sel === null ? j : sel[j];
    this.headSeq[k] = frame.seq[i];
    this.headTs[k] = frame.ts[i];
  }

  /** The input whose next row, not behind seq `s`, comes first by (seq, ts, input); -1 when there is none. */
  private earliest(s: number): number {
    const { headSeq, headTs } = this;
    let best = -1;
    let bestSeq = s;
    for (let k = 0; k < headSeq.length; k++) {
      const seq = headSeq[k];
      if (seq > bestSeq || (best >= 0 && seq === bestSeq && headTs[k] >= headTs[best])) continue;
      best = k;
      bestSeq = seq;
    }
    return best;
  }

  /** A timer that throws belongs to no row that could be left out: it ends the run under every `on_error`. */
  private advance(watermark: number): void {
    try {
      this.instance.advance(watermark);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      const what = error instanceof Error ? error.message : String(error);
      throw new Refusal('E801', `node \`${this.stage.node}\` failed in a timer: ${what}`, {
        cause: error, help: ['on_error is for rows: a timer that fails leaves nothing that could be skipped'],
      });
    }
  }

  private row(input: number, i: number, watermark: number): void {
    try {
      this.instance.row(input, i, watermark);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      this.graph.fault({ node: this.stage.node, frame: this.io.rows[input].frame, i, error });
    }
  }

  save(): unknown {
    return structuredClone(this.instance.save());
  }

  view(): unknown {
    return this.instance.save();
  }

  pieces(of: Identities): readonly HeldPiece[] {
    return [{ piece: of.stages.get(this.stage) as Piece, doubles: null }];
  }

  adopt([from]: readonly (Lifted | null)[]): void {
    if (from?.slab === null) this.load(from.data);
  }

  load(saved: unknown): void {
    this.instance = this.stage.operator.create(this.stage.args, this.io, structuredClone(saved));
  }
}
