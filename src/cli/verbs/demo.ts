import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MemoryBus } from '../../bus/memory.ts';
import { SOURCES } from '../../connect/catalogue.ts';
import { feedFor } from '../../connect/open.ts';
import { Refusal } from '../../core/diagnostic.ts';
import { formatTime, HOUR, MINUTE } from '../../core/time.ts';
import { Engine } from '../../engine/engine.ts';
import { live } from '../../engine/live.ts';
import type { Document, SourceDecl } from '../../language/document.ts';
import { explain } from '../../plan/explain.ts';
import { compile } from '../../plan/compile.ts';
import type { Plan } from '../../plan/ir.ts';
import { DemoMarket } from '../demo-market.ts';
import { lengthOf, mustKnow } from '../overrides.ts';
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
    throw new Refusal('E904', `${doc.name} does not read trades alone, so the demo has no market for it`,
      { exit: EXIT.usage, help: ['millrace replay runs it'] });
  }
  const synthetic = SOURCES.find((c) => c.name === 'synthetic') as (typeof SOURCES)[number];
  const defaults = Object.fromEntries(Object.entries(synthetic.fields).flatMap(([name, f]) =>
    (f.default === undefined ? [] : [[name, f.default]])));
  const own = source.connector === 'synthetic' ? source.args : {};
  const market: SourceDecl = { ...source, connector: 'synthetic',
    args: { ...defaults, symbols: doc.universe ?? SYMBOLS, ...own, seed, length: DAY } };
  const fed: SourceDecl = { ...source, connector: 'nats', args: { subject: `${PREFIX}.{symbol}`, buffer: 65_536, when_full: 'wait' } };
  return { doc: { ...doc, sources: [fed] }, market };
}

async function demo(call: Call, flags: Flags): Promise<number> {
  const { terminal } = call;
  const wallMs = lengthOf('--for', flags.for);
  const begun = performance.now();
  const { doc, market, plan } = await compiled(call, flags);
  const symbols = market.args.symbols as readonly string[];
  const day = `synthetic market: ${symbols.length} symbols, one day of trades, seed ${flags.seed}`;
  terminal.say(`millrace ${version()} · embedded bus · ${day}`);
  terminal.say(`${terminal.paint.good('✓')} validate   pipelines/${flags.example}.yaml   ${Math.round(performance.now() - begun)} ms`);
  const stop = new Stop(terminal);
  const bus = new MemoryBus();
  const engine = new Engine(plan, { universe: doc.universe });
  const status = new Status(terminal, engine, plan.name);
  const outlets = new Outlets(engine, plan.name);
  for (const id of leavesOf(plan)) outlets.print(id, 'text', (rows) => { status.signals += rows.n; });
  const feed = feedFor(contextOf(doc.sources[0], doc, engine.graph.keys[0]), 'nats', { bus });
  const speed = (DAY - AHEAD) / 1000 / wallMs;
  const warm = `${explain(plan).warmupRows} rows × ${symbols.length} symbols`;
  status.start();
  const running = live(engine, [feed], {
    signal: stop.signal, settle: () => outlets.settle(() => status.clear()), onEpoch: (rows, ms) => status.epoch(rows, ms),
  });
  const started = performance.now();
  const onWarm = (ts: number): void => {
    status.clear();
    terminal.say(`${terminal.paint.good('✓')} warm-up    ${warm}   ${Math.round(performance.now() - started)} ms`);
    terminal.say(`▶ live       from ${formatTime(Math.floor(ts / MINUTE) * MINUTE)} at ${Math.round(speed)}×`);
  };
  await new DemoMarket(market, doc.base, bus).play(PREFIX, { speed, ahead: AHEAD, signal: stop.signal, onWarm });
  // The market closes: the subscription ends after what it still holds, and open windows with it.
  await bus.close();
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

async function compiled(call: Call, flags: Flags): Promise<{ doc: Document; market: SourceDecl; plan: Plan }> {
  const world = await makeWorld({ ...call, env: {} });
  const folder = shippedFolder();
  mustKnow(flags.example, exampleNames(folder), 'example');
  const { doc, market } = onBus(readDocument(`${folder}${flags.example}.yaml`, world, call.cwd), Number(flags.seed));
  const { plan, diagnostics } = compile(doc, world.registry, { observe: 'all' });
  if (plan !== null) return { doc, market, plan };
  showDiagnostics(diagnostics, doc, call.terminal);
  throw new Halt(EXIT.pipeline);
}

/** Names of the pipelines in a folder, without those that only hold tests. */
export const exampleNames = (folder: string): string[] =>
  readdirSync(folder).filter((f) => f.endsWith('.yaml') && !f.endsWith('.test.yaml')).map((f) => f.replace(/\.yaml$/, '')).sort();
