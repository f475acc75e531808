import type { DeadLetterPublisher } from '../bus/dead-letters.ts';
import { JetStreamOutput } from '../bus/jetstream-output.ts';
import { JetStreamSource } from '../bus/jetstream-source.ts';
import { partitionOf } from '../bus/partition.ts';
import { matches } from '../bus/subject.ts';
import { SourceDecoder } from '../connect/message-decode.ts';
import { OutputEncoder } from '../connect/message-encode.ts';
import { bump } from '../core/telemetry.ts';
import type { LogInput } from '../engine/durable/input.ts';
import { Lane } from '../engine/durable/lane.ts';
import type { Engine } from '../engine/engine.ts';
import type { OutputDecl, SourceDecl } from '../language/document.ts';
import { refId } from '../plan/compile.ts';
import { LATER } from './direct-run.ts';
import type { Opened } from './live-run.ts';
import type { DurableWorld } from './partition-run.ts';
import { outputStream, sourceStream } from './stream-setup.ts';
import { hasPartition, subjectsOf, type StreamSources } from './streams.ts';
import { contextOf } from './wire.ts';

/** The streams that partition `p` reads, with the decoders of their sources. */
export function openInputs(world: DurableWorld, p: number, engine: Engine, dead: DeadLetterPublisher): Promise<LogInput[]> {
  return Promise.all(world.streams.inputs.map(async (s) => {
    await sourceStream(world.nc, s, world.flags.createStreams, world.say);
    return inputOf(world, p, s, engine, dead);
  }));
}

function inputOf(world: DurableWorld, p: number, s: StreamSources, engine: Engine, dead: DeadLetterPublisher): LogInput {
  const { doc } = world.run.prepared;
  const own = world.partitions === 1 ? null : p;
  const patterns = s.sources.map((x) => subjectsOf(x, own));
  // A subject that does not name the partition is parted here, by its symbol: every worker then reads the whole stream.
  const hashed = own !== null && s.sources.some((x) => !hasPartition(x));
  return {
    log: new JetStreamSource(world.nc, { stream: s.stream, patterns }),
    sources: s.sources.map((x, i) => ({
      index: doc.sources.indexOf(x), decoder: decoderOf(world, x, engine, dead), matches: (subject) => matches(patterns[i], subject),
    })),
    ...(hashed ? { accepts: (subject: string) => isOwn(world, p, s.sources, subject) } : {}),
  };
}

function isOwn(world: DurableWorld, p: number, sources: readonly SourceDecl[], subject: string): boolean {
  for (const s of sources) {
    const symbol = world.run.bus.template(String(s.args.subject), 'source').capture(subject)?.symbol;
    if (symbol !== undefined) return partitionOf(symbol, world.partitions) === p;
  }
  return false;
}

function decoderOf({ run }: DurableWorld, s: SourceDecl, engine: Engine, dead: DeadLetterPublisher): SourceDecoder {
  return new SourceDecoder(contextOf(s, run.prepared.doc, engine.graph.keys[0]), {
    subject: run.bus.template(String(s.args.subject), 'source'),
    onBad: (bad) => {
      bump(run.telemetry.deadLetters, 'unreadable');
      dead.publish(s.id, bad);
    },
  });
}

/** The outputs of a partition: those in streams as lanes, the others as they always are. */
export function openLanes(world: DurableWorld, p: number, { engine, outlets }: Opened): Promise<Lane[]> {
  const { doc, plan } = world.run.prepared;
  const inLog = new Set(world.streams.outputs.flatMap((o) => o.outputs));
  for (const o of doc.outputs) if (!inLog.has(o) && !LATER.has(o.connector)) outlets.output(o, doc.base, world.run.bus);
  return Promise.all(world.streams.outputs.map(async (o) => {
    const { chain, patterns } = await outputStream(world.nc, o, plan.name, world.partitions, world.say);
    const log = new JetStreamOutput(world.nc, { stream: o.stream, chain, patterns });
    const lane = new Lane(log, o.outputs.map((x) => ({ node: refId(x.from), encoder: encoderOf(world, x, engine) })), p, (why) => {
      bump(world.run.telemetry.deadLetters, 'refused');
      world.run.call.terminal.warn(why.message, { code: why.code });
    });
    o.outputs.forEach((x, i) => engine.tap(refId(x.from), (rows) => lane.collect(i, rows)));
    return lane;
  }));
}

function encoderOf({ run }: DurableWorld, o: OutputDecl, engine: Engine): OutputEncoder {
  const { schema } = engine.node(refId(o.from));
  const ctx = { id: o.id, pipeline: run.prepared.plan.name, schema, args: o.args, base: run.prepared.doc.base };
  return new OutputEncoder(ctx, run.bus.template(String(o.args.subject), 'output'));
}
