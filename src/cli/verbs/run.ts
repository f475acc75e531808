import { busFlags, busOf, lostOn, type BusFlags } from '../bus-flags.ts';
import { statusPart, tapPart } from '../bus-parts.ts';
import { directRun, type Driven } from '../direct-run.ts';
import { durableFlags, durableRun, partitionsOf, workersOf, type DurableFlags } from '../durable-run.ts';
import { usage } from '../fail.ts';
import { dataFlags } from '../flags.ts';
import { LiveRun } from '../live-run.ts';
import { monitorFlags, monitorPart, type MonitorFlags } from '../monitor-part.ts';
import { lengthOf } from '../overrides.ts';
import { observed } from '../outlets.ts';
import { short } from '../progress.ts';
import { recordFlags, type RecordFlags } from '../record-flags.ts';
import { Stop } from '../stop.ts';
import { isDurableRun } from '../streams.ts';
import { collect, EXIT, verb, type Call } from '../verb.ts';
import { onSupervisorGone, supervise, workerArgs } from '../workers.ts';
import { prepare, type PipelineFlags, type Prepared } from '../wire.ts';
import { busAddress } from '../../bus/open-bus.ts';

interface Flags extends PipelineFlags, BusFlags, MonitorFlags, DurableFlags, RecordFlags {
  readonly tap?: readonly string[];
  readonly speed?: string;
  readonly for?: string;
  readonly from?: string;
  readonly to?: string;
  readonly force?: boolean;
  readonly dry?: boolean;
}

export const VERB = verb<Flags>({
  name: 'run',
  summary: 'run a pipeline live',
  examples: [
    ['millrace run pipelines/ema-cross.yaml --source trades=synthetic --speed 60x', 'a synthetic market, an hour a minute'],
    ['millrace run pipelines/ema-cross.yaml --source trades=synthetic --metrics on', 'with metrics and health by HTTP'],
    ['millrace run cross.yaml --bus nats://127.0.0.1:4222', 'sources and outputs on a NATS server'],
    ['millrace run cross.yaml --bus nats://127.0.0.1:4222 --workers 2 --partitions 16', 'shared by two processes'],
    ['millrace run pipelines/ema-cross.yaml --record monday --for 8h', 'with a recording, to be replayed'],
    ['millrace run pipelines/ema-cross.yaml --dry', 'everything but the run itself'],
  ],
  declare: (c) => void recordFlags(durableFlags(busFlags(monitorFlags(dataFlags(c.argument('<pipeline>', 'pipeline file'))))))
    .option('--tap <node=file>', 'write the rows of a node to a file (again for more)', collect)
    .option('--speed <speed>', 'of files and synthetic markets: 1x, 60x or max (default: max for files, 1x for synthetic)')
    .option('--for <time>', 'drain and end after this long, such as 60s')
    .option('--dry', 'compile, open nothing, end')
    .option('--force', 'replace files that exist'),
  run: runLive,
});

async function runLive(call: Call, flags: Flags): Promise<number> {
  const p = await prepare(call.args[0], flags, call, (doc) => observed(doc, flags.tap));
  if (flags.dry === true) {
    call.terminal.say(`${p.doc.file}: ready to run, ${p.plan.nodes.length} nodes, ${p.plan.stages.length} stages`);
    return EXIT.ok;
  }
  if (workersOf(flags) > 1 && flags.worker !== true) return superviseWorkers(call, flags, p);
  const run = new LiveRun(call, p, await busOf(flags, p, call));
  if (flags.worker === true) onSupervisorGone(() => run.stop.now());
  try {
    // Nobody outside this process could hear it on the embedded bus.
    const reachable = run.bus.where !== 'embedded';
    run.add(monitorPart(run, flags, reachable));
    if (reachable) for (const part of [statusPart(run), tapPart(run)]) run.add(part);
    if (flags.for !== undefined) run.stop.after(lengthOf('--for', flags.for));
    const begun = performance.now();
    const result = await (reachable && isDurableRun(p.doc) ? durableRun(run, flags) : directRun(run, flags));
    run.status.stop();
    sumUp(run, result, (performance.now() - begun) / 1000);
    return EXIT.ok;
  } finally {
    await run.end();
    await run.bus.close();
  }
}

/** Several processes that share the partitions; this one only keeps them up. */
async function superviseWorkers(call: Call, flags: Flags, p: Prepared): Promise<number> {
  const workers = workersOf(flags);
  if (!isDurableRun(p.doc) || busAddress(flags.bus, p.env) === 'embedded') {
    throw usage('--workers shares the partitions of streams, and this run has none',
      'name a `stream` in the sources, and --bus nats://...');
  }
  if (partitionsOf(flags) < workers) {
    throw usage(`${workers} workers cannot share ${partitionsOf(flags)} partition${partitionsOf(flags) === 1 ? '' : 's'}`,
      `--partitions ${8 * workers}, which never changes afterwards`);
  }
  const stop = new Stop(call.terminal);
  if (flags.for !== undefined) stop.after(lengthOf('--for', flags.for));
  try {
    return await supervise({
      workers, args: workerArgs(process.argv.slice(2)), signal: stop.signal, line: (text) => call.terminal.warn(text),
      prefix: !call.terminal.jsonLog,
    });
  } finally {
    stop.release();
  }
}

function sumUp(run: LiveRun, { rows, aborted, dropped }: Driven, seconds: number): void {
  const { terminal } = run.call;
  const { late, errors } = run.status.counts();
  const signals = run.telemetry.signalCount;
  terminal.say(`${aborted ? 'drained after ' : ''}${rows} rows in ${seconds.toFixed(1)} s (${short(rows / seconds)} rows/s): `
    + `${signals} signals, ${late} late, ${errors} errors${dropped > 0 ? `, ${dropped} rows dropped` : ''}`, {
    rows, seconds: Number(seconds.toFixed(3)), signals, late, errors, dropped, drained: aborted,
  });
  const lost = lostOn(run.bus);
  if (lost !== null) terminal.warn(lost);
  const { dead } = run;
  if (dead.count() > 0) {
    terminal.warn(`${dead.count()} rows that operators failed on are kept in ${dead.path}`, { rows: dead.count(), path: dead.path });
  }
}
