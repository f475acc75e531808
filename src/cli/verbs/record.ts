import type { Bus } from '../../bus/bus.ts';
import { MemoryBus } from '../../bus/memory.ts';
import { SCHEMAS } from '../../core/types.ts';
import { Engine } from '../../engine/engine.ts';
import { live } from '../../engine/live.ts';
import { replay } from '../../engine/replay.ts';
import { readPipeline } from '../../language/check.ts';
import { compile } from '../../plan/compile.ts';
import { Halt, usage } from '../fail.ts';
import { busFlags, openBusFor, type BusFlags } from '../bus-flags.ts';
import { isBounded, openFeeds } from '../feeds.ts';
import { dataFlags } from '../flags.ts';
import { lengthOf, moment, mustKnow, speedOf } from '../overrides.ts';
import { Progress } from '../progress.ts';
import { nodesOfOutputs, startRecorder, type RecordFlags } from '../record-flags.ts';
import { Stop } from '../stop.ts';
import { EXIT, verb, type Call } from '../verb.ts';
import { makeWorld, openReaders, prepare, showDiagnostics, type PipelineFlags, type Prepared } from '../wire.ts';

interface Flags extends PipelineFlags, BusFlags, RecordFlags {
  readonly out: string;
  readonly for?: string;
  readonly schema?: string;
  readonly stream?: string;
  readonly speed?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

export const VERB = verb<Flags>({
  name: 'record',
  summary: 'record subjects, a pipeline or one of its nodes',
  examples: [
    ['millrace record pipelines/ema-cross.yaml --out monday --speed max', 'what the sources give, and the nodes that outputs read'],
    ['millrace record pipelines/ema-cross.yaml/bars --out bars --speed max', 'the rows of one node'],
    ['millrace record "md.trades.{symbol}" --schema trade --out monday --rotate 1h --bus nats://localhost', 'messages, an hour a file'],
  ],
  declare: (c) => void busFlags(dataFlags(c.argument('<what>', 'a subject, a pipeline file, or a pipeline file and a node: p.yaml/bars')))
    .requiredOption('--out <dir>', 'the folder of the recording')
    .option('--for <time>', 'end after this long, such as 1h')
    .option('--rotate <size>', 'a new file after this long or this much, such as 1h or 1GB')
    .option('--schema <name>', 'of a subject: trade, quote, bar or another known schema', 'trade')
    .option('--stream <id>', 'of a subject: the name of its stream, which sources are matched by (default: trades, quotes, …)')
    .option('--speed <speed>', 'of files and synthetic markets: 1x, 60x or max (default: max for files, 1x for synthetic)')
    .option('--append', 'go on with the recording that is there')
    .option('--fsync', 'wait for the disk after every write')
    .option('--json', 'one object at the end'),
  run: async (call, flags) => {
    const bus = await openBusFor(flags, call, 'record');
    try {
      return await record(call, flags, bus instanceof MemoryBus ? null : bus);
    } finally {
      await bus.close();
    }
  },
});

/** Records until the sources end, the time is over or it is stopped. `bus` is where a subject is listened to. */
export async function record(call: Call, flags: Flags, bus: Bus | null): Promise<number> {
  const [what] = call.args;
  const file = /^(.+\.ya?ml)(?:\/([A-Za-z_][\w.-]*))?$/i.exec(what);
  const node = file?.[2] ?? null;
  const observe = node === null ? new Set<string>() : new Set([node]);
  const p = file === null ? await ofSubject(what, flags, call, bus) : await prepare(file[1], flags, call, () => observe);
  if (node !== null) mustKnow(node, p.plan.nodes.map((n) => n.id), 'node');
  const limit = flags.for === undefined ? null : lengthOf('--for', flags.for);
  const engine = new Engine(p.plan, { universe: p.universe });
  const own = bus ?? new MemoryBus();
  const progress = new Progress(call.terminal);
  const recorder = await startRecorder(engine, p, flags.out, flags, call, node === null
    ? { nodes: file === null ? [] : nodesOfOutputs(p) } : { nodes: [node], sources: p.doc.sources.some((s) => s.id === node) });
  // It keeps the process up, so only once nothing before the recording can be refused any more.
  const stop = new Stop(call.terminal);
  if (limit !== null) stop.after(limit);
  try {
    const { rows, aborted } = await drive(p, engine, own, flags, stop, (n, ts) => progress.update(n, ts));
    recorder.close();
    progress.clear();
    const streams = Object.fromEntries(recorder.writers.map((w) => [w.info.id, w.rows]));
    if (flags.json === true) {
      call.terminal.print(JSON.stringify({ version: 1, recording: flags.out, rows, streams, complete: recorder.fault === null, aborted }));
    }
    call.terminal.say(`recorded ${Object.entries(streams).map(([id, n]) => `${n} ${id}`).join(', ')} into ${flags.out}`);
    return recorder.fault === null ? EXIT.ok : recorder.fault.exit;
  } finally {
    progress.clear();
    recorder.close();
    stop.release();
    if (bus === null) await own.close();
    await engine.close();
  }
}

/** A pipeline of one source and nothing else, which listens to the subject. */
async function ofSubject(subject: string, flags: Flags, call: Call, bus: Bus | null): Promise<Prepared> {
  if (bus === null) {
    throw usage(`on the embedded bus nobody publishes to \`${subject}\`: only this process is on it`,
      '--bus nats://host:4222 names a server', 'or record a pipeline file: its sources are recorded as they come');
  }
  const schema = flags.schema ?? 'trade';
  mustKnow(schema, Object.keys(SCHEMAS), 'schema');
  // The last token of a subject names the symbol by custom; a pattern does not capture it, a hole does.
  const captured = subject.includes('{') ? subject : subject.replace(/\*$/, '{symbol}');
  const id = flags.stream ?? (schema === 'news' ? 'news' : `${schema}s`);
  const text = ['apiVersion: 1', 'pipeline: record', 'sources:', `  ${id}:`, `    nats: { subject: ${JSON.stringify(captured)} }`,
    `    schema: ${schema}`, 'nodes:', '  all:', `    from: ${id}`, '    filter: true', ''].join('\n');
  const world = await makeWorld(call);
  const { registry, env } = world;
  const doc = readPipeline(text, { file: 'record', base: call.cwd, registry, env, params: {}, readFile: () => null });
  const { plan, diagnostics } = compile(doc, world.registry, { observe: new Set() });
  if (plan === null) {
    showDiagnostics(diagnostics, doc, call.terminal);
    throw new Halt(EXIT.pipeline);
  }
  return { ...world, doc, plan, universe: flags.symbols === undefined ? null : flags.symbols.split(',').map((s) => s.trim()) };
}

async function drive(p: Prepared, engine: Engine, bus: Bus, flags: Flags, stop: Stop,
  onProgress: (rows: number, ts: number) => void): Promise<{ readonly rows: number; readonly aborted: boolean }> {
  const keys = engine.graph.keys[0];
  const speed = speedOf(flags.speed, p.doc.sources.some((s) => s.connector === 'synthetic') ? 1 : Infinity);
  if (!isBounded(p.doc)) {
    let rows = 0;
    return live(engine, openFeeds(p.doc, keys, bus, speed), { signal: stop.signal, onEpoch: (n) => onProgress(rows += n, NaN) });
  }
  const readers = openReaders(p, keys, { from: moment('--from', flags.from), to: moment('--to', flags.to) });
  try {
    return await replay(engine, readers, { speed, signal: stop.signal, onProgress });
  } finally {
    for (const r of readers) await r.close();
  }
}
