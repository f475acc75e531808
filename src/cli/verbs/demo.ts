import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MemoryBus } from '../../bus/memory.ts';
import { SOURCES } from '../../connect/catalogue.ts';
import { feedFor, writerFor } from '../../connect/open.ts';
import { Refusal } from '../../core/diagnostic.ts';
import { formatTime, HOUR, MINUTE } from '../../core/time.ts';
import { Engine } from '../../engine/engine.ts';
import { live } from '../../engine/live.ts';
import type { Document, SourceDecl } from '../../language/document.ts';
import { explain } from '../../plan/explain.ts';
import { compile } from '../../plan/compile.ts';
import { DemoMarket } from '../demo-market.ts';
import { lengthOf } from '../overrides.ts';
import { leavesOf, Outlets } from '../outlets.ts';
import { version } from '../program.ts';
import { Status } from '../status.ts';
import { Stop } from '../stop.ts';
import { EXIT, verb, type Call } from '../verb.ts';
import { contextOf, makeWorld, readDocument, showDiagnostics } from '../wire.ts';
import { Halt } from '../fail.ts';

interface Flags {
  readonly example: string;
  readonly for: string;
  readonly seed: string;
}

const SYMBOLS = ['AAPL', 'MSFT', 'NVDA', 'SPY'];
const PREFIX = 'md.trades';
/** A day of trading in the default twenty seconds, the first forty minutes at once. */
const AHEAD = 40 * MINUTE;
const DAY = 6.5 * HOUR;

export const VERB = verb<Flags>({
  name: 'demo',
  summary: 'see signals now: a synthetic market, a pipeline, nothing to set up',
  examples: [
    ['millrace demo', 'a day of four symbols in twenty seconds'],
    ['millrace demo --for 5s', 'shorter'],
  ],
  declare: (c) => void c
    .option('--example <name>', 'one of the pipelines that ship and read trades', 'ema-cross')
    .option('--for <time>', 'wall time that the day takes', '20s')
    .option('--seed <n>', 'another seed is another market', '7'),
  run: demo,
});

/** Folder of the pipelines that ship, above the sources and above what they are built to. */
export function shippedFolder(): string {
  for (const up of ['../../../pipelines/', '../../../../pipelines/']) {
    const path = fileURLToPath(new URL(up, import.meta.url));
    if (existsSync(`${path}ema-cross.yaml`)) return path;
  }
  throw new Refusal('E902', 'the pipelines that ship are not beside the program', { help: ['install the package again'] });
}

/** The pipeline with its trades taken from subjects of the bus, and those of a synthetic market to put there. */
function onBus(doc: Document, seed: number): { doc: Document; market: SourceDecl } {
  const source = doc.sources.find((s) => s.schemaName === 'trade');
  if (source === undefined || doc.sources.length !== 1) {
    throw new Refusal('E904', `${doc.name} does not read trades alone, so the demo has no market for it`, { exit: EXIT.usage, help: ['millrace replay runs it'] });
  }
  const synthetic = SOURCES.find((c) => c.name === 'synthetic') as (typeof SOURCES)[number];
  const defaults = Object.fromEntries(Object.entries(synthetic.fields).flatMap(([name, f]) => (f.default === undefined ? [] : [[name, f.default]])));
  const own = source.connector === 'synthetic' ? source.args : {};
  const market: SourceDecl = { ...source, connector: 'synthetic', args: { ...defaults, symbols: doc.universe ?? SYMBOLS, ...own, seed, length: DAY } };
  const fed: SourceDecl = { ...source, connector: 'nats', args: { subject: `${PREFIX}.{symbol}`, buffer: 65_536, when_full: 'wait' } };
  return { doc: { ...doc, sources: [fed] }, market };
}

async function demo(call: Call, flags: Flags): Promise<number> {
  const { terminal } = call;
  const wallMs = lengthOf('--for', flags.for);
  const world = await makeWorld({ ...call, env: {} });
  const file = `${shippedFolder()}${flags.example}.yaml`;
  const begun = performance.now();
  const read = readDocument(file, world, call.cwd);
  const { doc, market } = onBus(read, Number(flags.seed));
  const { plan, diagnostics } = compile(doc, world.registry, { observe: 'all' });
  if (plan === null) {
    showDiagnostics(diagnostics, doc, terminal);
    throw new Halt(EXIT.pipeline);
  }
  const validated = performance.now() - begun;
  const symbols = market.args.symbols as readonly string[];
  terminal.say(`millrace ${version()} · embedded bus · synthetic market: ${symbols.length} symbols, one day of trades, seed ${flags.seed}`);
  terminal.say(`${terminal.paint.good('✓')} validate   pipelines/${flags.example}.yaml   ${Math.round(validated)} ms`);
  const stop = new Stop(terminal);
  const bus = new MemoryBus();
  const engine = new Engine(plan, { universe: doc.universe });
  const status = new Status(terminal, engine, plan.name);
  const outlets = new Outlets(engine, plan.name);
  for (const id of leavesOf(plan)) {
    const ctx = { id, pipeline: plan.name, schema: engine.node(id).schema, base: '.', args: { format: 'text' } };
    outlets.attach(id, writerFor('stdout', ctx, { stdout: process.stdout, bus: null }), (rows) => { status.signals += rows.n; });
  }
  const feed = feedFor(contextOf(doc.sources[0], doc, engine.graph.keys[0]), 'nats', { bus });
  const player = new DemoMarket(market, doc.base, bus);
  const speed = (DAY - AHEAD) / 1000 / wallMs;
  const warm = explain(plan).warmupRows;
  status.start();
  const running = live(engine, [feed], {
    signal: stop.signal, settle: () => outlets.settle(() => status.clear()), onEpoch: (rows, ms) => status.epoch(rows, ms),
  });
  const started = performance.now();
  await player.play(PREFIX, {
    speed, ahead: AHEAD, signal: stop.signal,
    onWarm: (ts) => {
      status.clear();
      terminal.say(`${terminal.paint.good('✓')} warm-up    ${warm} rows × ${symbols.length} symbols   ${Math.round(performance.now() - started)} ms`);
      terminal.say(`▶ live       from ${formatTime(Math.floor(ts / MINUTE) * MINUTE)} at ${Math.round(speed)}×`);
    },
  });
  // The market closes: the subscription ends after what it still holds, and open windows with it.
  bus.close();
  await running;
  await outlets.close();
  status.stop();
  stop.release();
  await engine.close();
  const { rows, late } = status.counts();
  terminal.say(`${status.signals} signals from ${rows} trades · ${late} late · p99 ${status.p99.toFixed(1)} ms from trade to signal`);
  terminal.say('next: millrace init my-project, change params.fast in its pipeline, and run it');
  return EXIT.ok;
}
