import { busAddress, openBus } from '../../bus/open-bus.ts';
import { Engine, type Observed } from '../../engine/engine.ts';
import { live } from '../../engine/live.ts';
import { replay } from '../../engine/replay.ts';
import type { Document, NodeDecl, SourceDecl } from '../../language/document.ts';
import { parseFormula } from '../../language/formula/parse.ts';
import { renderDiagnostic } from '../../language/frame.ts';
import { compile } from '../../plan/compile.ts';
import type { Plan } from '../../plan/ir.ts';
import { writerFor } from '../../connect/open.ts';
import { busFlags, busOf, lostOn, type BusFlags } from '../bus-flags.ts';
import { Halt, usage } from '../fail.ts';
import { isBounded, openFeeds } from '../feeds.ts';
import { dataFlags } from '../flags.ts';
import { liveTap } from '../live-tap.ts';
import { matchNodes } from '../node-globs.ts';
import { lengthOf, moment, speedOf } from '../overrides.ts';
import { withDotEnv } from '../project.ts';
import { Stop } from '../stop.ts';
import { EXIT, verb, type Call } from '../verb.ts';
import { openReaders, prepare, type PipelineFlags, type Prepared } from '../wire.ts';
import { busUrl } from './top.ts';

interface Flags extends PipelineFlags, BusFlags {
  readonly where?: string;
  readonly limit?: string;
  readonly url?: string;
  readonly for?: string;
  readonly from?: string;
  readonly to?: string;
  readonly speed?: string;
  readonly format: string;
}

export const VERB = verb<Flags>({
  name: 'tap',
  summary: 'watch the rows of any node',
  examples: [
    ['millrace tap pipelines/ema-cross.yaml features', 'the first 50 rows of a node'],
    ['millrace tap pipelines/ema-cross.yaml "*" --limit 5 --format jsonl', 'five rows of every node'],
    ['millrace tap pipelines/ema-cross.yaml bars --where "volume > 5000" --symbols AAPL', 'rows that matter'],
    ['millrace tap pipelines/ema-cross.yaml bars --bus nats://127.0.0.1:4222', 'rows made from what a server carries now'],
    ['millrace tap --url nats://127.0.0.1:4222 ema-cross/bars --limit 5/s', 'of a pipeline that runs elsewhere'],
  ],
  declare: (c) => void busFlags(dataFlags(c
    .argument('<pipeline>', 'pipeline file; with --url, the name of a running one and a node: ema-cross/bars')
    .argument('[node...]', 'node ids, with * for any letters')))
    .option('--url <url>', 'bus of a pipeline that runs elsewhere')
    .option('--where <formula>', 'only rows on which this condition is true')
    .option('--limit <rows>', 'rows of each node, or all (default: 50); with --url also a rate such as 10/s, the default there')
    .option('--for <time>', 'end after this long')
    .option('--speed <speed>', 'event time over wall time: 1x, 60x or max (default: max, and 1x beside a live source)')
    .option('--format <form>', 'text, jsonl or csv', 'text'),
  run: tap,
});

const WHERE = 'tap_where_';

async function tap(call: Call, flags: Flags): Promise<number> {
  if (!['text', 'jsonl', 'csv'].includes(flags.format)) throw usage(`--format takes text, jsonl or csv, not \`${flags.format}\``);
  if (flags.url !== undefined) return tapElsewhere(call, flags, flags.url);
  const limit = flags.limit === 'all' ? Infinity : Number(flags.limit ?? 50);
  if (!(limit >= 1)) throw usage(`--limit takes a number of rows or all, not \`${flags.limit}\``);
  const [path, ...globs] = call.args;
  if (globs.length === 0) throw usage(`which node of ${path}?`, 'name one or more; "*" is all of them');
  const p = await prepare(path, flags, call, () => 'all');
  const nodes = matchNodes(globs, p.plan.nodes.map((n) => n.id));
  const plan = flags.where === undefined ? p.plan : filtered(p, nodes, flags.where, call);
  const engine = new Engine(plan, { universe: p.universe });
  const watched = nodes.map((id) => new Watch(flags.where === undefined ? id : WHERE + id,
    { engine, limit, call, format: flags.format, title: nodes.length > 1 ? id : null }));
  const tapped: Tapped = {
    engine, call, flags,
    settle: async (stop) => {
      for (const w of watched) await w.flush();
      if (watched.every((w) => w.full)) stop.now();
    },
  };
  // Live sources are heard where a server carries them; on the embedded bus nobody but this process would publish.
  return isBounded(p.doc) || busAddress(flags.bus, p.env) === 'embedded' ? replayed(p, tapped) : listened(p, tapped);
}

interface Tapped {
  readonly engine: Engine;
  readonly call: Call;
  readonly flags: Flags;
  readonly settle: (stop: Stop) => Promise<void>;
}

async function replayed(p: Prepared, { engine, call, flags, settle }: Tapped): Promise<number> {
  const readers = openReaders(p, engine.graph.keys[0], { from: moment('--from', flags.from), to: moment('--to', flags.to) });
  const stop = stopAfter(call, flags);
  try {
    await replay(engine, readers, { speed: speedOf(flags.speed, Infinity), signal: stop.signal, batch: 1024, settle: () => settle(stop) });
    return EXIT.ok;
  } finally {
    stop.release();
    for (const r of readers) await r.close();
  }
}

async function listened(p: Prepared, { engine, call, flags, settle }: Tapped): Promise<number> {
  const bus = await busOf(flags, p, call);
  const stop = stopAfter(call, flags);
  try {
    const feeds = openFeeds(p.doc, engine.graph.keys[0], bus, speedOf(flags.speed, 1));
    call.terminal.say(`listening on ${bus.where}`);
    await live(engine, feeds, { signal: stop.signal, settle: () => settle(stop) });
    const lost = lostOn(bus);
    if (lost !== null) call.terminal.warn(lost);
    return EXIT.ok;
  } finally {
    stop.release();
    await bus.close();
  }
}

/** Rows of a pipeline that runs elsewhere, over the bus that it is on. */
async function tapElsewhere(call: Call, flags: Flags, url: string): Promise<number> {
  const env = withDotEnv(call.cwd, call.env);
  const bus = await openBus(busUrl(url, env), { env, pipeline: 'tap', flags, say: (line) => call.terminal.warn(`bus: ${line}`) });
  const stop = stopAfter(call, flags);
  try {
    return await liveTap(call, flags, bus, stop.signal);
  } finally {
    stop.release();
    await bus.close();
  }
}

function stopAfter(call: Call, flags: Flags): Stop {
  const stop = new Stop(call.terminal);
  if (flags.for !== undefined) stop.after(lengthOf('--for', flags.for));
  return stop;
}

/** The condition becomes a `filter` node behind each node, so that it means what it means in a pipeline. */
function filtered(p: Prepared, nodes: readonly string[], where: string, call: Call): Plan {
  const { ast, diagnostics } = parseFormula(where, 0);
  const at = { start: 0, end: where.length };
  const made = nodes.map((id): NodeDecl => {
    const dot = [...p.doc.nodes, ...p.doc.sources].some((n) => n.id === id) ? -1 : id.lastIndexOf('.');
    const [node, branch] = dot < 0 ? [id, null] : [id.slice(0, dot), id.slice(dot + 1)];
    return {
      id: WHERE + id, description: '', from: [{ id: node, branch, ...at }], by: null, across: null, operator: 'filter', operatorSpan: at,
        onError: null,
      poisoned: false, ...at, args: { where: { ...at, formula: { text: where, ast, ...at } } },
    };
  });
  const doc: Document = { ...p.doc, sources: p.doc.sources as readonly SourceDecl[], nodes: [...p.doc.nodes, ...made], diagnostics: [] };
  const compiled = compile(doc, p.registry, { observe: 'all' });
  const faults = [...diagnostics, ...compiled.diagnostics].filter((d) => d.severity === 'error');
  if (faults.length === 0 && compiled.plan !== null) return compiled.plan;
  for (const d of faults.slice(0, 1)) call.terminal.warn(renderDiagnostic(d, where, '--where', { color: call.terminal.paint.enabled }));
  throw new Halt(EXIT.usage);
}

interface WatchOptions {
  readonly engine: Engine;
  readonly limit: number;
  readonly call: Call;
  readonly format: string;
  /** Named where rows of several nodes are shown. */
  readonly title: string | null;
}

/** The first rows of one node, written as they come. */
class Watch {
  private left: number;
  private fresh = false;
  private readonly title: string | null;
  private readonly writer: ReturnType<typeof writerFor>;
  private readonly call: Call;

  constructor(id: string, { engine, limit, call, format, title }: WatchOptions) {
    this.left = limit;
    this.title = title;
    this.call = call;
    const { schema } = engine.node(id);
    this.writer = writerFor('stdout', { id, pipeline: engine.plan.name, schema, base: '.', args: { format } },
      { stdout: process.stdout, bus: null });
    engine.tap(id, (rows) => this.take(rows));
  }

  get full(): boolean {
    return this.left <= 0;
  }

  async flush(): Promise<void> {
    if (!this.fresh) return;
    this.fresh = false;
    if (this.title !== null) this.call.terminal.say(this.call.terminal.paint.bold(`${this.title}:`));
    await this.writer.flush();
  }

  private take(rows: Observed): void {
    if (this.left <= 0) return;
    const n = Math.min(rows.n, this.left);
    this.left -= n;
    this.fresh = true;
    this.writer.write({ ...rows, n });
  }
}
