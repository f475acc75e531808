import { MemoryBus } from '../../bus/memory.ts';
import { live } from '../../engine/live.ts';
import { replay } from '../../engine/replay.ts';
import { refId } from '../../plan/compile.ts';
import { statusPart, tapPart } from '../bus-parts.ts';
import { usage } from '../fail.ts';
import { isBounded, openFeeds } from '../feeds.ts';
import { dataFlags } from '../flags.ts';
import { LiveRun } from '../live-run.ts';
import { monitorFlags, monitorPart, type MonitorFlags } from '../monitor-part.ts';
import { lengthOf, moment, speedOf } from '../overrides.ts';
import { leavesOf, observed, tapsOf } from '../outlets.ts';
import { short } from '../progress.ts';
import { collect, EXIT, verb, type Call } from '../verb.ts';
import { openReaders, prepare, type PipelineFlags } from '../wire.ts';

interface Flags extends PipelineFlags, MonitorFlags {
  readonly tap?: readonly string[];
  readonly speed?: string;
  readonly for?: string;
  readonly from?: string;
  readonly to?: string;
  readonly bus: string;
  readonly force?: boolean;
  readonly dry?: boolean;
}

export const VERB = verb<Flags>({
  name: 'run',
  summary: 'run a pipeline live',
  examples: [
    ['millrace run pipelines/ema-cross.yaml --source trades=synthetic --speed 60x', 'a synthetic market, an hour a minute'],
    ['millrace run pipelines/ema-cross.yaml --source trades=synthetic --metrics on', 'with metrics and health by HTTP'],
    ['millrace run pipelines/ema-cross.yaml --dry', 'everything but the run itself'],
  ],
  declare: (c) => void monitorFlags(dataFlags(c.argument('<pipeline>', 'pipeline file')))
    .option('--tap <node=file>', 'write the rows of a node to a file (again for more)', collect)
    .option('--speed <speed>', 'of files and synthetic markets: 1x, 60x or max (default: max for files, 1x for synthetic)')
    .option('--for <time>', 'drain and end after this long, such as 60s')
    .option('--bus <bus>', 'embedded: subjects inside this process', 'embedded')
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
  const run = new LiveRun(call, p, new MemoryBus());
  try {
    // Nobody outside this process could hear it on the embedded bus.
    const reachable = !(run.bus instanceof MemoryBus);
    run.add(monitorPart(run, flags, reachable));
    if (reachable) for (const part of [statusPart(run), tapPart(run)]) run.add(part);
    if (flags.for !== undefined) run.stop.after(lengthOf('--for', flags.for));
    for (const [node, file] of tapsOf(flags.tap, p.doc)) run.outlets.file(node, file, call.cwd, flags.force === true);
    connect(run);
    for (const s of p.doc.sources.filter((x) => x.connector === 'nats')) {
      call.terminal.say(`source ${s.id} listens to ${String(s.args.subject)} on the embedded bus, where only this process publishes; `
        + `--source ${s.id}=FILE or ${s.id}=synthetic gives it rows`);
    }
    await run.start();
    const begun = performance.now();
    const result = await drive(run, flags);
    await run.outlets.close();
    run.status.stop();
    sumUp(run, result, (performance.now() - begun) / 1000);
    return EXIT.ok;
  } finally {
    await run.end();
    await run.bus.close();
  }
}

interface Driven {
  readonly rows: number;
  readonly aborted: boolean;
  readonly dropped: number;
}

function sumUp(run: LiveRun, { rows, aborted, dropped }: Driven, seconds: number): void {
  const { terminal } = run.call;
  const { late, errors } = run.status.counts();
  const { signals } = run.status;
  terminal.say(`${aborted ? 'drained after ' : ''}${rows} rows in ${seconds.toFixed(1)} s (${short(rows / seconds)} rows/s): `
    + `${signals} signals, ${late} late, ${errors} errors${dropped > 0 ? `, ${dropped} rows dropped` : ''}`, {
    rows, seconds: Number(seconds.toFixed(3)), signals, late, errors, dropped, drained: aborted,
  });
  const { dead } = run;
  if (dead.count() > 0) {
    terminal.warn(`${dead.count()} rows that operators failed on are kept in ${dead.path}`, { rows: dead.count(), path: dead.path });
  }
}

/** Outputs as the pipeline says; without any, its signals on standard output. */
function connect({ prepared: p, outlets, engine, bus, status }: LiveRun): void {
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

/** Live sources as they come; a run of bounded ones alone is a paced replay. */
async function drive(run: LiveRun, flags: Flags): Promise<Driven> {
  const { prepared: p, engine, outlets, status, stop, telemetry } = run;
  const synthetic = p.doc.sources.some((s) => s.connector === 'synthetic');
  const speed = speedOf(flags.speed, synthetic ? 1 : Infinity);
  const settle = (): Promise<void> | undefined => outlets.settle(() => status.clear());
  if (!isBounded(p.doc)) {
    const feeds = openFeeds(p.doc, engine.graph.keys[0], run.bus, speed);
    run.watch(feeds);
    return live(engine, feeds, { signal: stop.signal, settle, onEpoch: (rows, ms) => status.epoch(rows, ms), telemetry });
  }
  const readers = openReaders(p, engine.graph.keys[0], { from: moment('--from', flags.from), to: moment('--to', flags.to) });
  run.watchReaders(readers);
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
