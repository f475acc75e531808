import type { CheckpointStore, Stored } from '../../core/log.ts';
import { Refusal } from '../../core/diagnostic.ts';
import type { Engine } from '../engine.ts';
import { encodeCheckpoint, type OutputPosition } from './checkpoint.ts';
import type { Input } from './input.ts';
import type { Lane } from './lane.ts';
import { expired, nextNumber } from './retention.ts';
import type { Verifier } from './verify.ts';

export interface DurableOptions {
  readonly engine: Engine;
  readonly input: Input;
  readonly lanes: readonly Lane[];
  readonly store: CheckpointStore;
  readonly plan: string;
  readonly partition: number;
  /** Lease under which this run writes. */
  readonly epoch: number;
  /** Numbers of the checkpoints that are there, newest first. */
  readonly numbers: readonly number[];
  /** True where the run goes on from one of them: it need not write another before it begins. */
  readonly resumed?: boolean;
  readonly checkpointMs: number;
  /** How long checkpoints stay, and how old the newest may become before the run ends rather than go on unprotected. */
  readonly keepMs: number;
  readonly maxAgeMs: number;
  readonly verifier: Verifier | null;
  readonly signal: AbortSignal;
  readonly onEpoch?: (rows: number, messages: number, ms: number) => void;
  readonly onCheckpoint?: (done: { readonly number: number; readonly bytes: number; readonly ms: number }) => void;
  /** Called at a cut: what was written beside the run up to here must be there when the run goes on from it. */
  readonly onCut?: () => void;
  /** A checkpoint that could not be written; the run goes on. */
  readonly onTrouble?: (error: unknown) => void;
  /** Anything else that rows are handed to (files, standard output), awaited between epochs. */
  readonly settle?: () => Promise<void> | undefined;
  /** True once another owner has the partition: nothing is finished and nothing written any more. */
  readonly given?: () => boolean;
  /** Called with what is about to happen, for tests that end the process there. */
  readonly failpoint?: (name: string) => void;
}

export interface DurableResult {
  readonly rows: number;
  readonly messages: number;
  readonly checkpoints: number;
}

const NOTHING = (): void => {};
/** Longest that timers and the network have to wait: a lease must be renewed while there is much to catch up with. */
const TURN_MS = 25;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Drives an engine from ordered logs to ordered logs. What has arrived is one epoch; its outputs get ids and go out pipelined; every
 * second, between two epochs, the state is frozen and written once all outputs before it are stored. Nothing is acknowledged to the
 * source: its sequence in the checkpoint is the only position there is.
 */
export class Durable {
  private readonly o: DurableOptions;
  private readonly fail: (name: string) => void;
  private rows = 0;
  private messages = 0;
  private checkpoints = 0;
  private number: number;
  private kept: number[];
  private failure: Refusal | null = null;
  /** Messages at the last checkpoint: nothing new, nothing to write. */
  private covered = -1;
  private writing: Promise<void> | null = null;
  private inEpoch = false;
  private lastGood = performance.now();
  private lastCut = performance.now();
  private lastTurn = performance.now();

  constructor(options: DurableOptions) {
    this.o = options;
    this.kept = [...options.numbers];
    this.number = options.numbers[0] ?? 0;
    this.fail = options.failpoint ?? NOTHING;
  }

  async run(): Promise<DurableResult> {
    const { input, signal } = this.o;
    const stop = (): void => void input.close();
    signal.addEventListener('abort', stop, { once: true });
    input.open();
    // A quiet source moves no epoch: the timer writes the checkpoint of what came before the quiet.
    const timer = setInterval(() => { if (!this.inEpoch) this.maybeCut(); }, Math.max(5, this.o.checkpointMs / 4));
    try {
      await this.first();
      for (let open = true; open && !signal.aborted;) open = await this.step();
      if (this.failure !== null) throw this.failure;
      if (this.o.given?.() !== true) await this.drain();
    } finally {
      clearInterval(timer);
      signal.removeEventListener('abort', stop);
      await input.close();
    }
    return { rows: this.rows, messages: this.messages, checkpoints: this.checkpoints };
  }

  /**
   * A first checkpoint says where the run began: a start without state after it begins at the same message. A run that goes on from one
   * has that already, and a store in trouble does not keep it from going on.
   */
  private async first(): Promise<void> {
    try {
      await this.checkpoint();
    } catch (error) {
      if (this.o.resumed !== true) throw error;
      this.trouble(error);
    }
  }

  private async step(): Promise<boolean> {
    const { engine, input, lanes, verifier } = this.o;
    const taken = await input.take();
    if (taken.messages > 0) {
      const begun = performance.now();
      this.inEpoch = true;
      this.fail('fetched');
      const running = engine.epoch();
      if (running !== undefined) await running;
      this.fail('computed');
      for (const lane of lanes) lane.emit((seq) => engine.originOf(seq), input.traces);
      this.inEpoch = false;
      this.fail('sent');
      this.rows += taken.rows;
      this.messages += taken.messages;
      this.o.onEpoch?.(taken.rows, taken.messages, performance.now() - begun);
      const settled = this.o.settle?.();
      if (settled !== undefined) await settled;
      if (verifier !== null) await verifier.settle();
      for (const lane of lanes) {
        const room = lane.log.room();
        if (room !== undefined) await room;
      }
      this.maybeCut();
      await this.yield();
    }
    return taken.open;
  }

  private async yield(): Promise<void> {
    if (performance.now() - this.lastTurn < TURN_MS) return;
    await turn();
    this.lastTurn = performance.now();
  }

  /** Outputs that are on their way are stored, and the last state is written: nothing has to be replayed after a drain. */
  private async drain(): Promise<void> {
    await this.writing;
    for (const lane of this.o.lanes) await lane.log.stored();
    await this.o.verifier?.settle(true);
    if (this.covered !== this.o.input.messages) await this.checkpoint();
  }

  private maybeCut(): void {
    const { checkpointMs, input } = this.o;
    if (this.writing !== null || performance.now() - this.lastCut < checkpointMs || this.covered === input.messages) return;
    this.writing = this.checkpoint().catch((error: unknown) => this.trouble(error)).finally(() => { this.writing = null; });
  }

  private trouble(error: unknown): void {
    // Another owner has written: this run is over. Anything else is a store in trouble, which the run outlives for a while.
    if (error instanceof Refusal && ['E761', 'E764'].includes(error.code)) this.failure = error;
    this.o.onTrouble?.(error);
    if (performance.now() - this.lastGood > this.o.maxAgeMs) {
      this.failure ??= new Refusal('E778', `no checkpoint could be written for ${Math.round(this.o.maxAgeMs / 1000)} s`, {
        cause: error, help: [error instanceof Error ? error.message : String(error),
          'free space or mend the store; the run resumes where it was'],
      });
    }
    if (this.failure !== null) void this.o.input.close();
  }

  /** Cuts now, synchronously, then waits until every output before the cut is stored, then writes. */
  private async checkpoint(): Promise<void> {
    const { engine, input, lanes, store } = this.o;
    const begun = performance.now();
    this.lastCut = begun;
    const cut = input.messages;
    const sources = input.positions();
    const frozen = engine.freeze();
    this.o.onCut?.();
    const exact = lanes.map((lane) => lane.position);
    const waits = lanes.map((lane) => lane.log.stored());
    this.fail('cut');
    const stored: Stored[] = await Promise.all(waits);
    this.fail('stored');
    const outputs: OutputPosition[] = lanes.map((lane, i) => ({
      name: lane.log.name, created: lane.state.created, seq: stored[i].seq, id: stored[i].id, exact: exact[i],
    }));
    const made = Date.now();
    const bytes = encodeCheckpoint({
      plan: this.o.plan, partition: this.o.partition, epoch: this.o.epoch, sources, messages: cut, outputs, engine: frozen,
    });
    const number = nextNumber(this.number, made);
    await store.put(number, bytes);
    this.fail('written');
    this.number = number;
    this.covered = cut;
    this.checkpoints += 1;
    this.lastGood = performance.now();
    this.o.onCheckpoint?.({ number, bytes: bytes.length, ms: this.lastGood - begun });
    this.kept.push(number);
    const old = expired(this.kept, made, this.o.keepMs);
    if (old.length === 0) return;
    await store.remove(old);
    this.kept = this.kept.filter((k) => !old.includes(k));
  }
}
