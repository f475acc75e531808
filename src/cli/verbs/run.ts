import { MemoryBus } from '../../bus/memory.ts';
import { Engine } from '../../engine/engine.ts';
import { live } from '../../engine/live.ts';
import { replay } from '../../engine/replay.ts';
import { refId } from '../../plan/compile.ts';
import { deadLetters } from '../dead-letters.ts';
import { usage } from '../fail.ts';
import { isBounded, openFeeds } from '../feeds.ts';
import { dataFlags } from '../flags.ts';
import { lengthOf, moment, speedOf } from '../overrides.ts';
import { leavesOf, observed, Outlets, tapsOf } from '../outlets.ts';
import { short } from '../progress.ts';
import { nodesOfOutputs, startRecorder } from '../record-flags.ts';
import { Status } from '../status.ts';
import { Stop } from '../stop.ts';
import { collect, EXIT, verb, type Call } from '../verb.ts';
import { openReaders, prepare, type PipelineFlags, type Prepared } from '../wire.ts';

interface Flags extends PipelineFlags {
  readonly tap?: readonly string[];
  readonly speed?: string;
  readonly for?: string;
  readonly from?: string;
  readonly to?: string;
  readonly bus: string;
  readonly record?: string;
  readonly rotate?: string;
  readonly append?: boolean;
  readonly fsync?: boolean;
  readonly force?: boolean;
  readonly dry?: boolean;
}

export const VERB = verb<Flags>({
  name: 'run',
  summary: 'run a pipeline live',
  examples: [
    ['millrace run pipelines/ema-cross.yaml --source trades=synthetic --speed 60x', 'a synthetic market, an hour a minute'],
    ['millrace run pipelines/ema-cross.yaml --record monday --for 8h', 'with a recording, to be replayed'],
    ['millrace run pipelines/ema-cross.yaml --dry', 'everything but the run itself'],
  ],
  declare: (c) => void dataFlags(c.argument('<pipeline>', 'pipeline file'))
    .option('--tap <node=file>', 'write the rows of a node to a file (again for more)', collect)
    .option('--speed <speed>', 'of files and synthetic markets: 1x, 60x or max (default: max for files, 1x for synthetic)')
    .option('--for <time>', 'drain and end after this long, such as 60s')
    .option('--bus <bus>', 'embedded: subjects inside this process', 'embedded')
    .option('--record <dir>', 'record what the sources ingest, and the nodes that outputs read')
    .option('--rotate <size>', 'recorded: a new file after this long or this much, such as 1h or 1GB')
    .option('--append', 'recorded: go on with the recording that is there')
    .option('--fsync', 'recorded: wait for the disk after every write')
    .option('--dry', 'compile, open nothing, end')
    .option('--force', 'replace files that exist'),
  run: runLive,
});

async function runLive(call: Call, flags: Flags): Promise<number> {
  if (flags.bus !== 'embedded') {
    throw usage(`--bus takes embedded; \`${flags.bus}\` needs a client for a bus server, which this version does not have`);
  }
  const p = await prepare(call.args[0], flags, call, (doc) => observed(doc, flags.tap));
  if (flags.dry === true) {
    call.terminal.say(`${p.doc.file}: ready to run, ${p.plan.nodes.length} nodes, ${p.plan.stages.length} stages`);
    return EXIT.ok;
  }
  const stop = new Stop(call.terminal);
  if (flags.for !== undefined) stop.after(lengthOf('--for', flags.for));
  const bus = new MemoryBus();
  const dead = deadLetters(p.plan.name, call.cwd);
  const engine = new Engine(p.plan, { universe: p.universe, onDeadLetter: dead.onDeadLetter });
  const outlets = new Outlets(engine, p.plan.name);
  const status = new Status(call.terminal, engine, p.plan.name);
  const recorder = flags.record === undefined ? null
    : await startRecorder(engine, p, flags.record, flags, call, { nodes: nodesOfOutputs(p) });
  try {
    for (const [node, file] of tapsOf(flags.tap, p.doc)) outlets.file(node, file, call.cwd, flags.force === true);
    connect(p, outlets, engine, bus, status);
    for (const s of p.doc.sources.filter((x) => x.connector === 'nats')) {
      call.terminal.say(`source ${s.id} listens to ${String(s.args.subject)} on the embedded bus, where only this process publishes; `
        + `--source ${s.id}=FILE or ${s.id}=synthetic gives it rows`);
    }
    status.start();
    const begun = performance.now();
    const result = await drive(p, { engine, outlets, status, stop, bus, flags });
    await outlets.close();
    status.stop();
    recorder?.close();
    const { late, errors } = status.counts();
    const seconds = (performance.now() - begun) / 1000;
    call.terminal.say(`${result.aborted ? 'drained after ' : ''}${result.rows} rows in ${seconds.toFixed(1)} s `
      + `(${short(result.rows / seconds)} rows/s): ${status.signals} signals, ${late} late, ${errors} errors`
      + `${result.dropped > 0 ? `, ${result.dropped} rows dropped` : ''}`);
    if (dead.count() > 0) call.terminal.warn(`${dead.count()} rows that operators failed on are kept in ${dead.path}`);
    if (recorder !== null && recorder.fault === null) call.terminal.say(`recorded ${recorder.count} rows into ${flags.record}`);
    return EXIT.ok;
  } finally {
    status.stop();
    stop.release();
    recorder?.close();
    bus.close();
    dead.close();
    await engine.close();
  }
}

/** Outputs as the pipeline says; without any, its signals on standard output. */
function connect(p: Prepared, outlets: Outlets, engine: Engine, bus: MemoryBus, status: Status): void {
  const later = new Set(['websocket', 'parquet', 'sqlite', 'webhook', 'file']);
  for (const o of p.doc.outputs) if (!later.has(o.connector)) outlets.output(o, p.doc.base, bus);
  const onScreen = new Set(p.doc.outputs.filter((o) => o.connector === 'stdout').map((o) => refId(o.from)));
  const quiet = p.doc.outputs.filter((o) => o.connector === 'nats').map((o) => refId(o.from));
  // The embedded bus ends with the process: signals that go nowhere else are shown as well.
  const shown = p.doc.outputs.length === 0 ? leavesOf(p.plan) : [...new Set(quiet)].filter((id) => !onScreen.has(id));
  for (const node of shown) outlets.print(node, 'text');
  const signals = p.plan.nodes.filter((n) => n.operator === 'signal' && !n.slots.includes(-1));
  for (const node of signals) engine.tap(node.id, (rows) => { status.signals += rows.n; });
}

interface Drive {
  readonly engine: Engine;
  readonly outlets: Outlets;
  readonly status: Status;
  readonly stop: Stop;
  readonly bus: MemoryBus;
  readonly flags: Flags;
}

async function drive(p: Prepared, d: Drive): Promise<{ rows: number; aborted: boolean; dropped: number }> {
  const { engine, outlets, status, stop, flags } = d;
  const synthetic = p.doc.sources.some((s) => s.connector === 'synthetic');
  const speed = speedOf(flags.speed, synthetic ? 1 : Infinity);
  const settle = (): Promise<void> | undefined => outlets.settle(() => status.clear());
  if (!isBounded(p.doc)) {
    const feeds = openFeeds(p.doc, engine.graph.keys[0], d.bus, speed);
    return live(engine, feeds, { signal: stop.signal, settle, onEpoch: (rows, ms) => status.epoch(rows, ms) });
  }
  const readers = openReaders(p, engine.graph.keys[0], { from: moment('--from', flags.from), to: moment('--to', flags.to) });
  let before = 0;
  try {
    const result = await replay(engine, readers, {
      speed, signal: stop.signal, settle, batch: p.doc.runtime.batch,
      onProgress: (rows) => {
        status.epoch(rows - before, 0);
        before = rows;
      },
    });
    return { ...result, dropped: 0 };
  } finally {
    for (const r of readers) await r.close();
  }
}

