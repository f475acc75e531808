import { Refusal } from '../../core/diagnostic.ts';
import { HEADER, type LogState, type OutputLog, type Tail } from '../../core/log.ts';
import type { MessageEncoder } from '../../core/message.ts';
import { TimeRenderer } from '../../core/time.ts';
import type { Observed } from '../engine.ts';
import { idOf, isAfter, NOWHERE, placeOf, type Place } from './ids.ts';
import type { Verifier } from './verify.ts';

/** One output of the pipeline into a log. */
export interface LaneOutput {
  readonly node: string;
  readonly encoder: MessageEncoder;
}

export interface LaneCounts {
  /** Messages that were made, sent or not. */
  made: number;
  /** Messages that the log had already. */
  suppressed: number;
  /** Left out because the log cannot take them. */
  refused: number;
  rows: number;
}

interface Pending {
  rows: Observed | null;
  at: number;
}

type Headers = (readonly [string, string])[];

export interface LaneStart {
  /** Sequence of the last message that will not be made again; -1 where that is not known. */
  readonly exact: number;
  readonly verifier: Verifier | null;
}

/**
 * The outputs of a pipeline that go into one log: their rows become messages in one order (source message, output, row), each with the id
 * of its place, and those that the log has already are left out.
 */
export class Lane {
  readonly log: OutputLog;
  readonly outputs: readonly LaneOutput[];
  readonly counts: LaneCounts = { made: 0, suppressed: 0, refused: 0, rows: 0 };
  state: LogState = { created: '', first: 1, last: 0 };
  private readonly partition: number;
  private readonly onRefused: ((why: Refusal) => void) | null;
  private readonly pending: Pending[];
  private fixed: readonly Headers[] = [];
  /** What the log ends with, by subject where the chain is by subject. */
  private tail: Place = NOWHERE;
  private readonly tails = new Map<string, Place>();
  /** True until the first message behind the tail is made: only then can there be something to leave out. */
  private catching = true;
  private verifier: Verifier | null = null;
  private exact = -1;
  private n = -1;
  private k = 0;
  private group = new Int32Array(64);
  private readonly times = new TimeRenderer();

  /** `onRefused` is told of messages that are left out; without it the first of them ends the run. */
  constructor(log: OutputLog, outputs: readonly LaneOutput[], partition: number, onRefused: ((why: Refusal) => void) | null = null) {
    this.onRefused = onRefused;
    this.log = log;
    this.outputs = outputs;
    this.partition = partition;
    this.pending = outputs.map(() => ({ rows: null, at: 0 }));
  }

  /**
   * Begins behind what the log has. Of a tail made by another plan all outputs of its source message count as there, as that plan
   * numbered them otherwise.
   */
  resume(state: LogState, tails: readonly Tail[], plan: string, from: LaneStart): void {
    this.state = state;
    this.verifier = from.verifier;
    this.exact = from.exact;
    this.fixed = this.outputs.map((o) => [...o.encoder.headers, [HEADER.plan, plan]]);
    for (const t of tails) {
      const place = placeOf(t.id, this.partition);
      if (place === null) continue;
      const at = t.plan === '' || t.plan === plan ? place : { n: place.n, k: Infinity };
      if (this.log.chain === 'log') this.tail = at;
      else this.tails.set(t.subject, at);
      if (isAfter(at.n, at.k, this.newest)) this.newest = at;
    }
  }

  /** The newest place of all tails. */
  newest: Place = NOWHERE;

  /** Sequence of the last message made, where all in the log are this run's and in one chain; -1 where that cannot be told. */
  get position(): number {
    return this.exact;
  }

  /** Rows of output `o` in the epoch that has just ended; read before the next one begins. */
  collect(o: number, rows: Observed): void {
    this.pending[o].rows = rows;
    this.pending[o].at = 0;
  }

  /** Makes the messages of the epoch. `placeOf` tells which source message caused a row. */
  emit(origin: (seq: number) => number, traces: ReadonlyMap<number, string>): void {
    const { pending } = this;
    for (;;) {
      let n = Infinity;
      for (let o = 0; o < pending.length; o++) {
        const p = pending[o];
        if (p.rows === null) continue;
        if (p.at === p.rows.n) p.rows = null;
        else n = Math.min(n, origin(seqAt(p.rows, p.at)));
      }
      if (n === Infinity) return;
      if (n !== this.n) {
        this.n = n;
        this.k = 0;
      }
      for (let o = 0; o < pending.length; o++) this.emitFrom(o, n, origin, traces);
    }
  }

  /** All rows of output `o` that source message `n` caused. */
  private emitFrom(o: number, n: number, origin: (seq: number) => number, traces: ReadonlyMap<number, string>): void {
    const p = this.pending[o];
    const { rows } = p;
    if (rows === null) return;
    const { encoder } = this.outputs[o];
    let count = 0;
    for (; p.at < rows.n && origin(seqAt(rows, p.at)) === n; p.at++) {
      const i = rows.sel === null ? p.at : rows.sel[p.at];
      if (rows.key[i] < 0) continue;
      if (count === this.group.length) this.group = grown(this.group);
      this.group[count++] = i;
      if (encoder.grouped) continue;
      this.message(o, rows, encoder.subject(rows, i), this.group, 1, traces);
      count = 0;
    }
    if (count > 0) this.grouped(o, rows, count, traces);
  }

  private grouped(o: number, rows: Observed, count: number, traces: ReadonlyMap<number, string>): void {
    const { encoder } = this.outputs[o];
    const bySubject = new Map<string, number[]>();
    for (let g = 0; g < count; g++) {
      const subject = encoder.subject(rows, this.group[g]);
      const list = bySubject.get(subject);
      if (list === undefined) bySubject.set(subject, [this.group[g]]);
      else list.push(this.group[g]);
    }
    for (const [subject, at] of bySubject) {
      for (let from = 0; from < at.length; from += encoder.most) {
        const part = Int32Array.from(at.slice(from, from + encoder.most));
        this.message(o, rows, subject, part, part.length, traces);
      }
    }
  }

  private message(o: number, rows: Observed, subject: string, at: Int32Array, count: number, traces: ReadonlyMap<number, string>): void {
    const { n } = this;
    const k = this.k++;
    this.counts.made += 1;
    this.counts.rows += count;
    if (this.exact >= 0) this.exact += 1;
    const id = idOf(this.partition, n, k);
    const { encoder } = this.outputs[o];
    if (this.catching && this.has(subject, n, k)) {
      this.counts.suppressed += 1;
      this.verifier?.check(this.log, this.exact, { id, subject, payload: encoder.encode(rows, at, count) });
      return;
    }
    const trace = traces.get(n);
    const own: Headers = [[HEADER.time, this.times.render(rows.ts[at[0]])]];
    if (trace !== undefined) own.push([HEADER.trace, trace]);
    try {
      this.log.append({ id, subject, payload: encoder.encode(rows, at, count), headers: this.fixed[o], own });
    } catch (error) {
      this.refuse(error);
    }
  }

  /** A message that the log can never take, as one larger than it allows, is left out: it must not end the others. */
  private refuse(error: unknown): void {
    if (this.onRefused === null || !(error instanceof Refusal) || error.code !== 'E769') throw error;
    this.exact = -1;
    this.counts.refused += 1;
    this.onRefused(error);
  }

  private has(subject: string, n: number, k: number): boolean {
    if (isAfter(n, k, this.newest)) {
      this.catching = false;
      return false;
    }
    if (this.log.chain === 'log') return !isAfter(n, k, this.tail);
    const place = this.tails.get(subject);
    return place !== undefined && !isAfter(n, k, place);
  }
}

const seqAt = (rows: Observed, at: number): number => rows.seq[rows.sel === null ? at : rows.sel[at]];

function grown(a: Int32Array): Int32Array<ArrayBuffer> {
  const b = new Int32Array(a.length * 2);
  b.set(a);
  return b;
}
