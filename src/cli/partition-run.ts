import type { NatsConnection } from '@nats-io/transport-node';
import { DeadLetterPublisher } from '../bus/dead-letters.ts';
import type { CheckpointStore } from '../core/log.ts';
import type { PartitionTelemetry } from '../core/telemetry.ts';
import { adoptionLines } from '../engine/adoption.ts';
import { Durable } from '../engine/durable/durable.ts';
import type { LogInput } from '../engine/durable/input.ts';
import type { Lane } from '../engine/durable/lane.ts';
import { resume, type Resumed } from '../engine/durable/resume.ts';
import { openCheckpoints } from './checkpoints.ts';
import { failpoint } from './failpoint.ts';
import type { LiveRun, Opened } from './live-run.ts';
import { originOf } from './origin.ts';
import type { Recorder } from '../recording/recorder.ts';
import { closeRecorder, recorderOf, type RecordFlags } from './record-flags.ts';
import { openInputs, openLanes } from './partition-logs.ts';
import type { Streams } from './streams.ts';

/** What all partitions of a durable run in this process share. */
export interface DurableWorld {
  readonly run: LiveRun;
  readonly nc: NatsConnection;
  /** Name of the run, for its checkpoints and leases. */
  readonly name: string;
  readonly partitions: number;
  readonly streams: Streams;
  readonly record: RecordFlags;
  /** Says what concerns all partitions, once. */
  readonly say: (line: string) => void;
  readonly flags: { readonly fresh: boolean; readonly from: number | 'newest' | null; readonly createStreams: boolean };
}

/** One partition at work: recovers, then runs until it is drained, given up, or fails. */
export class PartitionRun {
  readonly telemetry: PartitionTelemetry;
  /** Rows taken; rejects with what ended it. */
  readonly done: Promise<number>;
  private readonly world: DurableWorld;
  private readonly p: number;
  private readonly epoch: number;
  private readonly stop = new AbortController();
  /** True once it must not write any more. */
  private given = false;
  private input: Resumed['input'] | null = null;
  private readonly dead: DeadLetterPublisher;

  constructor(world: DurableWorld, p: number, epoch: number) {
    this.world = world;
    this.p = p;
    this.epoch = epoch;
    this.telemetry = { p, state: 'recovering', lagMessages: NaN, rows: 0 };
    this.dead = new DeadLetterPublisher(world.run.bus, world.run.prepared.plan.name);
    this.done = this.work();
    this.done.catch(() => undefined);
  }

  /** Stops reading, finishes what has arrived, writes the last checkpoint; resolves with the positions in the sources. */
  async drain(): Promise<unknown> {
    this.telemetry.state = 'draining';
    this.stop.abort();
    await this.done.catch(() => undefined);
    return this.input?.positions().map(({ name, seq }) => ({ name, seq }));
  }

  /** Stops at once: another owner goes on from the last checkpoint there is. */
  async abandon(): Promise<void> {
    this.given = true;
    this.stop.abort();
    await this.done.catch(() => undefined);
  }

  private async work(): Promise<number> {
    const { world } = this;
    const opened = world.run.open();
    const closing: (() => Promise<void>)[] = [() => opened.close()];
    try {
      const inputs = await openInputs(world, this.p, opened.engine, this.dead);
      const lanes = await openLanes(world, this.p, opened);
      for (const lane of lanes) closing.push(() => lane.log.close());
      const store = await openCheckpoints(world.run.prepared.doc.runtime.checkpoint, {
        nc: world.nc, run: world.name, partition: this.p, epoch: this.epoch, base: world.run.prepared.doc.base,
      });
      closing.push(() => store.close());
      // What is computed again after a restart is in the recording already, and known there by its seq.
      const recorder = await recorderOf(opened.engine, world.run.prepared, { ...world.record, append: true }, world.run.call);
      closing.push(async () => closeRecorder(recorder, world.record, world.run.call));
      const rows = await this.drive(opened, inputs, lanes, store, recorder);
      if (!this.given) await opened.outlets.close();
      return rows;
    } finally {
      for (const close of closing.reverse()) await close().catch(() => undefined);
    }
  }

  private async drive(opened: Opened, inputs: readonly LogInput[], lanes: readonly Lane[], store: CheckpointStore,
    recorder: Recorder | null): Promise<number> {
    const { world, p, epoch } = this;
    const { run, flags } = world;
    const { doc } = run.prepared;
    const { checkpoint } = doc.runtime;
    const plan = opened.engine.planHash;
    const onGap = doc.sources.some((s) => s.args.on_gap === 'continue') ? (log: string, wanted: number, first: number): void => {
      run.telemetry.counts.gaps += 1;
      run.call.terminal.warn(`${log}: messages ${wanted} to ${first - 1} are gone; going on behind them`, {
        code: 'E762', log, wanted, first,
      });
    } : null;
    const resumed = await resume({
      engine: opened.engine, plan, inputs, lanes, store, partition: p, batch: doc.runtime.batch, verify: checkpoint.verify,
      fresh: flags.fresh, from: flags.from, onGap,
      originOf: (input) => originOf(input.log, input.sources.map((s) => doc.sources[s.index]), Date.now() * 1000),
    });
    this.input = resumed.input;
    this.report(resumed);
    const counts = this.watch(resumed, inputs, lanes);
    const crash = failpoint(run.prepared.env);
    const durable = new Durable({
      engine: opened.engine, input: resumed.input, lanes, store, plan, partition: p, epoch, numbers: resumed.recovered.numbers,
      resumed: resumed.recovered.checkpoint !== null,
      checkpointMs: checkpoint.every / 1000, keepMs: checkpoint.keep / 1000, maxAgeMs: checkpoint.max_age / 1000,
      verifier: resumed.verifier, signal: this.stop.signal, ...(crash === null ? {} : { failpoint: crash }),
      settle: () => opened.outlets.settle(() => run.status.clear()),
      onEpoch: (rows, _, ms) => counts(rows, ms),
      onCheckpoint: ({ number, bytes, ms }) => {
        run.telemetry.levels.checkpointAt = number;
        run.telemetry.levels.checkpointBytes = bytes;
        run.telemetry.checkpointSeconds.observe(ms / 1000);
      },
      ...(recorder === null ? {} : { onCut: () => recorder.flush() }),
      onTrouble: (error) => {
        const why = error instanceof Error ? error.message : String(error);
        run.call.terminal.warn(`partition ${p}: no checkpoint: ${why}`, { partition: p });
      },
      given: () => this.given,
    });
    this.telemetry.state = 'running';
    for (const s of run.telemetry.sources) s.connected = true;
    return (await durable.run()).rows;
  }

  /** What the run is told about where it goes on. */
  private report({ recovered, adoption, input }: Resumed): void {
    const { terminal } = this.world.run.call;
    const who = this.world.partitions === 1 ? '' : `partition ${this.p}: `;
    for (const r of recovered.rejected.slice(0, 3)) terminal.warn(`${who}checkpoint ${r.number} is left aside: ${r.why}`, { code: 'W775' });
    const at = input.positions().map((s) => `${s.name} at ${s.seq + 1}`).join(', ');
    terminal.say(`${who}${recovered.checkpoint === null ? 'begins with' : `goes on from checkpoint ${recovered.number} with`} ${at}`);
    for (const line of adoption === null ? [] : adoptionLines(adoption)) terminal.say(`${who}${line}`);
  }

  private watch(resumed: Resumed, inputs: readonly LogInput[], lanes: readonly Lane[]): (rows: number, ms: number) => void {
    const { run } = this.world;
    const { telemetry } = run;
    const lag = async (): Promise<void> => {
      let sum = 0;
      for (const [i, input] of inputs.entries()) {
        sum += (await resumed.input.behind(i)) ?? (await input.log.state()).last - resumed.input.positions()[i].seq;
      }
      this.telemetry.lagMessages = sum;
      const all = telemetry.partitions.reduce((total, t) => total + (t.lagMessages || 0), 0);
      for (const s of telemetry.sources) s.lagMessages = all / telemetry.sources.length;
    };
    const timer = setInterval(() => void lag().catch(() => undefined), 1000);
    timer.unref();
    const unread = telemetry.onRead(() => {
      telemetry.levels.outputsPending = lanes.reduce((all, lane) => all + lane.log.pending, 0);
      inputs.forEach((input) => input.sources.forEach((s) => {
        const { bad } = s.decoder;
        for (const [code, n] of bad.codes ?? []) telemetry.sources[s.index].bad.set(code, n);
      }));
    });
    const end = (): void => {
      clearInterval(timer);
      unread();
    };
    this.done.then(end, end);
    let signals = telemetry.signalCount;
    return (rows, ms) => {
      this.telemetry.rows += rows;
      run.status.epoch(rows, ms);
      if (telemetry.signalCount > signals) telemetry.latency.observe(ms / 1000);
      signals = telemetry.signalCount;
      telemetry.counts.suppressed = lanes.reduce((all, lane) => all + lane.counts.suppressed, 0);
    };
  }
}
