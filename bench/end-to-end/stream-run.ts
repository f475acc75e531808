import { connect } from '@nats-io/transport-node';
import { JetStreamOutput } from '../../src/bus/jetstream-output.ts';
import { JetStreamSource } from '../../src/bus/jetstream-source.ts';
import { NatsCheckpoints } from '../../src/bus/nats-checkpoints.ts';
import { ensureStream } from '../../src/bus/streams.ts';
import { parseTemplate } from '../../src/bus/subject.ts';
import { SourceDecoder } from '../../src/connect/message-decode.ts';
import { OutputEncoder } from '../../src/connect/message-encode.ts';
import type { CheckpointStore } from '../../src/core/log.ts';
import { SCHEMAS } from '../../src/core/types.ts';
import { Durable } from '../../src/engine/durable/durable.ts';
import { Lane } from '../../src/engine/durable/lane.ts';
import { resume } from '../../src/engine/durable/resume.ts';
import { Engine } from '../../src/engine/engine.ts';
import { planHash } from '../../src/engine/identity.ts';
import { planOf } from '../build.ts';

export type Codec = 'json' | 'arrow' | 'compact';

export interface StreamRun {
  readonly url: string;
  readonly text: string;
  /** The node whose rows go out. */
  readonly node: string;
  readonly messages: number;
  readonly codec: Codec;
  /** Milliseconds between checkpoints; Infinity writes the first and the last alone. */
  readonly checkpointMs: number;
}

export interface StreamCost {
  readonly seconds: number;
  readonly rows: number;
  readonly outputs: number;
  readonly checkpoints: number;
}

/** The context of a source of trades, as the command line makes it. */
const sourceContext = (engine: Engine, codec: Codec): ConstructorParameters<typeof SourceDecoder>[0] => ({
  id: 'trades', schema: SCHEMAS.trade, keys: engine.graph.keys[0], base: '.', args: { codec, subject: 'md.{symbol}' },
  time: { field: 'ts', unit: null, timezone: 'UTC' }, optional: ['side'],
});

let runs = 0;

/** Runs a pipeline from stream MD to a new stream until it has taken all messages, with a client of its own. */
export async function runStreams(o: StreamRun): Promise<StreamCost> {
  const nc = await connect({ servers: o.url });
  const name = `run-${++runs}`;
  await nc.request('$JS.API.STREAM.DELETE.OUT').catch(() => undefined);
  await ensureStream(nc, { name: 'OUT', subjects: ['out.*'], discard: 'new' });
  const engine = new Engine(planOf(o.text, [o.node]));
  const log = new JetStreamOutput(nc, { stream: 'OUT', chain: 'log', patterns: ['out.*'] });
  const schema = engine.node(o.node).schema;
  const encoder = new OutputEncoder({ id: 'out', pipeline: 'bench', schema, args: { subject: 'out.{symbol}', codec: o.codec }, base: '.' },
    parseTemplate('out.{symbol}', 'output'));
  const lane = new Lane(log, [{ node: o.node, encoder }], 0);
  engine.tap(o.node, (rows) => lane.collect(0, rows));
  const store: CheckpointStore = await NatsCheckpoints.open(nc, { run: name, partition: 0, epoch: 1 });
  const plan = planHash(engine.plan);
  const template = parseTemplate('md.{symbol}', 'source');
  const inputs = [{
    log: new JetStreamSource(nc, { stream: 'MD', patterns: ['md.*'] }),
    sources: [{ index: 0, decoder: new SourceDecoder(sourceContext(engine, o.codec), { subject: template }), matches: () => true }],
  }];
  const resumed = await resume({
    engine, plan, inputs, originOf: async () => 1, lanes: [lane], store, partition: 0, batch: 4096, verify: 'off', fresh: true, from: null,
    onGap: null,
  });
  const stop = new AbortController();
  const durable = new Durable({
    engine, input: resumed.input, lanes: [lane], store, plan, partition: 0, epoch: 1, numbers: [],
    checkpointMs: Number.isFinite(o.checkpointMs) ? o.checkpointMs : 1e9, keepMs: 600_000, maxAgeMs: 1e9, verifier: null, signal: stop.signal,
    onEpoch: () => { if (resumed.input.messages >= o.messages) stop.abort(); },
  });
  const begun = performance.now();
  const { rows, checkpoints } = await durable.run();
  const seconds = (performance.now() - begun) / 1000;
  await log.close();
  await store.close();
  await nc.close();
  return { seconds, rows, outputs: lane.counts.made, checkpoints };
}
