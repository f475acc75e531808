import { DeadLetterPublisher } from '../bus/dead-letters.ts';
import { DELIVERY_NOTE } from '../connect/delivery.ts';
import { deliveryOf } from '../core/delivery.ts';
import { live } from '../engine/live.ts';
import { replay } from '../engine/replay.ts';
import { refId } from '../plan/compile.ts';
import { isBounded, openFeeds } from './feeds.ts';
import type { LiveRun, Opened } from './live-run.ts';
import { moment, speedOf } from './overrides.ts';
import { leavesOf, tapsOf } from './outlets.ts';
import { closeRecorder, recorderOf, type RecordFlags } from './record-flags.ts';
import { openReaders } from './wire.ts';

export interface DirectFlags extends RecordFlags {
  readonly tap?: readonly string[];
  readonly speed?: string;
  readonly from?: string;
  readonly to?: string;
  readonly force?: boolean;
}

export interface Driven {
  readonly rows: number;
  readonly aborted: boolean;
  readonly dropped: number;
}

/** A run without a log: files, synthetic markets and bare subjects. What has arrived is worked off; a crash loses what it had. */
export async function directRun(run: LiveRun, flags: DirectFlags): Promise<Driven> {
  const opened = run.open();
  const recorder = await recorderOf(opened.engine, run.prepared, flags, run.call);
  try {
    const { doc } = run.prepared;
    for (const [node, file] of tapsOf(flags.tap, doc)) opened.outlets.file(node, file, run.call.cwd, flags.force === true);
    connect(run, opened);
    for (const s of doc.sources.filter((x) => x.connector === 'nats')) {
      const note = run.bus.where !== 'embedded' ? DELIVERY_NOTE.source[deliveryOf(s.args)]
        : `where only this process publishes; --source ${s.id}=FILE or ${s.id}=synthetic gives it rows`;
      run.call.terminal.say(`source ${s.id} listens to ${String(s.args.subject)} on ${run.bus.where}: ${note}`);
    }
    const unkept = doc.outputs.filter((o) => o.connector === 'nats' && deliveryOf(o.args) === 'durable');
    if (run.bus.where !== 'embedded' && unkept.length > 0) {
      run.call.terminal.warn(`${unkept.map((o) => o.id).join(', ')}: best effort, as the sources come from no stream: what is published `
        + 'may be missing or come twice after a crash');
    }
    await run.start();
    const result = await drive(run, opened, flags);
    await opened.outlets.close();
    closeRecorder(recorder, flags, run.call);
    return result;
  } finally {
    recorder?.close();
    await opened.close();
  }
}

/** Outputs that this version cannot open; the checker has said so. */
export const LATER: ReadonlySet<string> = new Set(['websocket', 'parquet', 'sqlite', 'webhook', 'file']);

/** Outputs as the pipeline says; without any, its signals on standard output. */
function connect({ prepared: p, bus }: LiveRun, { outlets }: Opened): void {
  for (const o of p.doc.outputs) if (!LATER.has(o.connector)) outlets.output(o, p.doc.base, bus);
  const onScreen = new Set(p.doc.outputs.filter((o) => o.connector === 'stdout').map((o) => refId(o.from)));
  // The embedded bus ends with the process: signals that go nowhere else are shown as well.
  const quiet = p.doc.outputs.filter((o) => o.connector === 'nats' && bus.where === 'embedded').map((o) => refId(o.from));
  const shown = p.doc.outputs.length === 0 ? leavesOf(p.plan) : [...new Set(quiet)].filter((id) => !onScreen.has(id));
  for (const node of shown) outlets.print(node, 'text');
}

/** Live sources as they come; a run of bounded ones alone is a paced replay. */
async function drive(run: LiveRun, { engine, outlets }: Opened, flags: DirectFlags): Promise<Driven> {
  const { prepared: p, status, stop, telemetry } = run;
  const synthetic = p.doc.sources.some((s) => s.connector === 'synthetic');
  const speed = speedOf(flags.speed, synthetic ? 1 : Infinity);
  const settle = (): Promise<void> | undefined => outlets.settle(() => status.clear());
  if (!isBounded(p.doc)) {
    const feeds = openFeeds(p.doc, engine.graph.keys[0], run.bus, speed, new DeadLetterPublisher(run.bus, p.plan.name));
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
