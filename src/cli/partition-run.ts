import type { NatsConnection } from '@nats-io/transport-node';
import { DeadLetterPublisher } from '../bus/dead-letters.ts';
import { JetStreamOutput } from '../bus/jetstream-output.ts';
import { JetStreamSource } from '../bus/jetstream-source.ts';
import { matches } from '../bus/subject.ts';
import { partitionOf } from '../bus/partition.ts';
import { SourceDecoder } from '../connect/message-decode.ts';
import { OutputEncoder } from '../connect/message-encode.ts';
import type { CheckpointStore } from '../core/log.ts';
import { bump, type PartitionTelemetry } from '../core/telemetry.ts';
import { adoptionLines } from '../engine/adoption.ts';
import { Durable } from '../engine/durable/durable.ts';
import type { LogInput } from '../engine/durable/input.ts';
import { Lane } from '../engine/durable/lane.ts';
import { resume, type Resumed } from '../engine/durable/resume.ts';
import type { Engine } from '../engine/engine.ts';
import type { OutputDecl, SourceDecl } from '../language/document.ts';
import { refId } from '../plan/compile.ts';
import { openCheckpoints } from './checkpoints.ts';
import { LATER } from './direct-run.ts';
import { failpoint } from './failpoint.ts';
import type { LiveRun, Opened } from './live-run.ts';
import { originOf } from './origin.ts';
import type { Recorder } from '../recording/recorder.ts';
import { closeRecorder, recorderOf, type RecordFlags } from './record-flags.ts';
import { outputStream, sourceStream } from './stream-setup.ts';
import { hasPartition, subjectsOf, type StreamOutputs, type Streams, type StreamSources } from './streams.ts';
import { contextOf } from './wire.ts';

/** What all partitions of a durable run in this process share. */
export interface DurableWorld {
  readonly run: LiveRun;
  readonly nc: NatsConnection;
  /** Name of the run, for its checkpoints and leases. */
  readonly name: string;
  readonly partitions: number;
  readonly streams: Streams;
  readonly record: RecordFlags;
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
      const inputs = await this.inputs(opened.engine);
      const lanes = await this.lanes(opened);
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
      run.call.terminal.warn(`${log}: messages ${wanted} to ${first - 1} are gone; going on behind them`, { code: 'E762', log, wanted, first });
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
      onTrouble: (error) => run.call.terminal.warn(`partition ${p}: no checkpoint: ${error instanceof Error ? error.message : String(error)}`,
        { partition: p }),
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
    for (const r of recovered.rejected.slice(0, 3)) terminal.warn(`${who}checkpoint ${r.number} is left aside: ${r.why}`, { code: 'W770' });
    const at = input.positions().map((s) => `${s.name} at ${s.seq + 1}`).join(', ');
    terminal.say(`${who}${recovered.checkpoint === null ? 'begins with' : `goes on from checkpoint ${recovered.number} with`} ${at}`);
    for (const line of adoption === null ? [] : adoptionLines(adoption)) terminal.say(`${who}${line}`);
  }

  private watch(resumed: Resumed, inputs: readonly LogInput[], lanes: readonly Lane[]): (rows: number, ms: number) => void {
    const { run } = this.world;
    const { telemetry } = run;
    const lag = async (): Promise<void> => {
      let sum = 0;
      for (const [i, input] of inputs.entries()) sum += (await input.log.state()).last - resumed.input.positions()[i].seq;
      this.telemetry.lagMessages = sum;
      for (const s of telemetry.sources) s.lagMessages = telemetry.partitions.reduce((all, t) => all + (t.lagMessages || 0), 0) / telemetry.sources.length;
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

  private async inputs(engine: Engine): Promise<LogInput[]> {
    const { world } = this;
    const say = (line: string): void => world.run.call.terminal.say(line);
    return Promise.all(world.streams.inputs.map(async (s) => {
      await sourceStream(world.nc, s, world.flags.createStreams, say);
      return this.inputOf(s, engine);
    }));
  }

  private inputOf(s: StreamSources, engine: Engine): LogInput {
    const { world, p } = this;
    const own = world.partitions === 1 ? null : p;
    const patterns = s.sources.map((x) => subjectsOf(x, own));
    // A subject that does not name the partition is parted here, by its symbol.
    const hashed = own !== null && s.sources.some((x) => !hasPartition(x));
    return {
      log: new JetStreamSource(world.nc, { stream: s.stream, patterns }),
      sources: s.sources.map((x, i) => ({
        index: world.run.prepared.doc.sources.indexOf(x), decoder: this.decoderOf(x, engine), matches: (subject) => matches(patterns[i], subject),
      })),
      ...(hashed ? { accepts: (subject: string) => this.accepts(s.sources, subject) } : {}),
    };
  }

  private accepts(sources: readonly SourceDecl[], subject: string): boolean {
    const { bus } = this.world.run;
    for (const s of sources) {
      const symbol = bus.template(String(s.args.subject), 'source').capture(subject)?.symbol;
      if (symbol !== undefined) return partitionOf(symbol, this.world.partitions) === this.p;
    }
    return this.p === 0;
  }

  private decoderOf(s: SourceDecl, engine: Engine): SourceDecoder {
    const { run } = this.world;
    const ctx = contextOf(s, run.prepared.doc, engine.graph.keys[0]);
    return new SourceDecoder(ctx, {
      subject: run.bus.template(String(s.args.subject), 'source'),
      onBad: (bad) => {
        bump(run.telemetry.deadLetters, 'unreadable');
        this.dead.publish(s.id, bad);
      },
    });
  }

  private async lanes(opened: Opened): Promise<Lane[]> {
    const { world } = this;
    const { doc, plan } = world.run.prepared;
    const inLog = new Set(world.streams.outputs.flatMap((o) => o.outputs));
    for (const o of doc.outputs) if (!inLog.has(o) && !LATER.has(o.connector)) opened.outlets.output(o, doc.base, world.run.bus);
    return Promise.all(world.streams.outputs.map(async (o) => {
      const { chain, patterns } = await outputStream(world.nc, o, plan.name, world.partitions, (line) => world.run.call.terminal.say(line));
      const log = new JetStreamOutput(world.nc, { stream: o.stream, chain, patterns });
      return this.laneOf(log, o, opened);
    }));
  }

  private laneOf(log: JetStreamOutput, o: StreamOutputs, { engine }: Opened): Lane {
    const lane = new Lane(log, o.outputs.map((x) => ({ node: refId(x.from), encoder: this.encoderOf(x, engine) })), this.p);
    o.outputs.forEach((x, i) => engine.tap(refId(x.from), (rows) => lane.collect(i, rows)));
    return lane;
  }

  private encoderOf(o: OutputDecl, engine: Engine): OutputEncoder {
    const { run } = this.world;
    const { schema } = engine.node(refId(o.from));
    const ctx = { id: o.id, pipeline: run.prepared.plan.name, schema, args: o.args, base: run.prepared.doc.base };
    return new OutputEncoder(ctx, run.bus.template(String(o.args.subject), 'output'));
  }
}
