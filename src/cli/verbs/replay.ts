import type { SourceReader } from '../../core/connector.ts';
import { Refusal } from '../../core/diagnostic.ts';
import { Engine, type NodeReport } from '../../engine/engine.ts';
import { replay, type ReplayResult } from '../../engine/replay.ts';
import { compile } from '../../plan/compile.ts';
import { deadLetters } from '../dead-letters.ts';
import { usage } from '../fail.ts';
import { dataFlags } from '../flags.ts';
import { batchOf, moment, speedOf } from '../overrides.ts';
import { leavesOf, observed, Outlets, replayOutputs, tapsOf } from '../outlets.ts';
import { Progress, short } from '../progress.ts';
import { Stop } from '../stop.ts';
import type { Terminal } from '../terminal.ts';
import { collect, EXIT, verb, type Call } from '../verb.ts';
import { openReaders, prepare, type PipelineFlags, type Prepared, type Span } from '../wire.ts';

interface Flags extends PipelineFlags {
  readonly tap?: readonly string[];
  readonly batch?: string;
  readonly speed?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
  readonly check?: string;
  readonly output: boolean;
  readonly force?: boolean;
  readonly fuse: boolean;
}

export const VERB = verb<Flags>({
  name: 'replay',
  summary: 'run a pipeline over recorded data',
  examples: [
    ['millrace replay pipelines/ema-cross.yaml --source trades=trades.csv', 'signals on standard output'],
    ['millrace replay pipelines/ema-cross.yaml --source trades=synthetic --json', 'counts and hashes as one object'],
    ['millrace replay p.yaml --source trades=t.csv.gz --tap bars=bars.csv -p fast=8', 'rows of a node into a file'],
  ],
  declare: (c) => void dataFlags(c.argument('<pipeline>', 'pipeline file'))
    .option('--tap <node=file>', 'write the rows of a node to a file (again for more)', collect)
    .option('--batch <rows>', 'rows per epoch, or random:SEED; results do not depend on it', '4096')
    .option('--speed <speed>', 'event time over wall time: 1x, 60x or max', 'max')
    .option('--json', 'one object at the end instead of signals')
    .option('--check <what>', 'parity: run again cut otherwise and unfused, and compare every hash')
    .option('--no-output', 'leave the outputs of the pipeline alone')
    .option('--no-fuse', 'the reference form of the graph: one loop for every step')
    .option('--force', 'replace files that exist'),
  run: runReplay,
});

async function runReplay(call: Call, flags: Flags): Promise<number> {
  const [path] = call.args;
  if (flags.check !== undefined && flags.check !== 'parity') throw usage(`--check takes parity, not \`${flags.check}\``);
  const json = flags.json === true;
  const hashed = json || flags.check !== undefined;
  const p = await prepare(path, flags, call, hashed ? () => 'all' : (doc) => observed(doc, flags.tap));
  const span = { from: moment('--from', flags.from), to: moment('--to', flags.to) };
  const dead = deadLetters(p.plan.name, call.cwd);
  const engine = new Engine(p.plan, {
    universe: p.universe, fuse: flags.fuse, onDeadLetter: dead.onDeadLetter, ...(hashed ? { hash: 'all' as const } : {}),
  });
  const outlets = new Outlets(engine, p.plan.name);
  const readers = openReaders(p, engine.graph.keys[0], span);
  const stop = new Stop(call.terminal);
  const progress = new Progress(call.terminal, span);
  try {
    const taps = tapsOf(flags.tap, p.doc);
    for (const [node, file] of taps) outlets.file(node, file, call.cwd, flags.force === true);
    if (flags.output) connect(p, outlets, json || [...taps.values()].includes('-'));
    const result = await replay(engine, readers, {
      batch: batchOf(flags.batch), speed: speedOf(flags.speed, Infinity), signal: stop.signal,
      onProgress: (rows, ts) => progress.update(rows, ts, total(readers)),
      settle: () => outlets.settle(() => progress.clear()),
    });
    progress.clear();
    await outlets.close();
    warnOfBadRows(p, readers, call.terminal);
    if (dead.count() > 0) call.terminal.warn(`${dead.count()} rows that operators failed on are kept in ${dead.path}`);
    await finish({ p, engine, result, call, json, hashed });
    if (flags.check === 'parity' && !result.aborted) await checkParity(p, engine, span, call.terminal);
    return EXIT.ok;
  } finally {
    progress.clear();
    stop.release();
    for (const r of readers) await r.close();
    await engine.close();
    dead.close();
  }
}

/** Rows in all, where every source knows by now. */
function total(readers: readonly SourceReader[]): number | null {
  let sum = 0;
  for (const r of readers) {
    if (r.total === null) return null;
    sum += r.total;
  }
  return sum;
}

function connect(p: Prepared, outlets: Outlets, silent: boolean): void {
  const { printed, files } = replayOutputs(p.doc, p.plan);
  for (const o of files) if (o.connector !== 'stdout' || !silent) outlets.output(o, p.doc.base, null);
  if (!silent) for (const node of printed) outlets.print(node, 'text');
}

export function warnOfBadRows(p: Pick<Prepared, 'doc'>, readers: readonly Pick<SourceReader, 'bad'>[], terminal: Terminal): void {
  readers.forEach((r, i) => {
    if (r.bad.count === 0) return;
    const rows = r.bad.first.slice(0, terminal.verbose > 0 ? 100 : 3).map((b) => `\n  line ${b.at}: ${b.code} ${b.message}: ${b.raw}`);
    terminal.warn(`${terminal.paint.note('warning')}: source ${p.doc.sources[i].id}: ${r.bad.count} bad rows left out${rows.join('')}`);
  });
}

interface Finished {
  readonly p: Prepared;
  readonly engine: Engine;
  readonly result: ReplayResult;
  readonly call: Call;
  readonly json: boolean;
  readonly hashed: boolean;
}

export const perSecond = (rows: number, seconds: number): number => (seconds > 0 ? Math.round(rows / seconds) : 0);

async function finish({ p, engine, result, call, json, hashed }: Finished): Promise<void> {
  const nodes = engine.report();
  const { rows, seconds, aborted } = result;
  const hash = hashed ? engine.hash(Object.keys(nodes)) : null;
  if (json) {
    call.terminal.print(JSON.stringify({
      pipeline: p.plan.name, rows, seconds: Number(seconds.toFixed(6)), rows_per_s: perSecond(rows, seconds), hash, ...(aborted
        ? { aborted } : {}), nodes,
    }));
    return;
  }
  call.terminal.say(summary(p, nodes, result));
}

const sum = (nodes: Readonly<Record<string, NodeReport>>, of: (n: NodeReport) => number): number =>
  Object.values(nodes).reduce((total, n) => total + of(n), 0);

function summary(p: Prepared, nodes: Readonly<Record<string, NodeReport>>, { rows, seconds, aborted }: ReplayResult): string {
  const ends = leavesOf(p.plan).map((id) => `${nodes[id].out} ${id}`).join(', ');
  const [late, errors] = [sum(nodes, (n) => n.late), sum(nodes, (n) => n.errors)];
  return `${aborted ? 'stopped after ' : ''}${rows} rows in ${seconds.toFixed(2)} s (${short(perSecond(rows, seconds))} rows/s): `
    + `${ends === '' ? '' : `${ends}, `}${late} late, ${errors} errors`;
}

/** Runs the same rows once more in other epochs and through the unfused graph: every node must come out the same to the bit. */
async function checkParity(p: Prepared, engine: Engine, span: Span, terminal: Terminal): Promise<void> {
  const { plan } = compile(p.doc, p.registry, { observe: 'all' });
  if (plan === null) return;
  const again = new Engine(plan, { universe: p.universe, hash: 'all', fuse: false });
  const readers = openReaders(p, again.graph.keys[0], span);
  await replay(again, readers, { batch: { seed: 20 } });
  for (const r of readers) await r.close();
  const [before, after] = [engine.report(), again.report()];
  const different = Object.keys(before).filter((id) => before[id].hash !== after[id].hash);
  if (different.length > 0) {
    throw new Refusal('E808', `parity: ${different.join(', ')} came out differently when the same rows were cut otherwise`, {
      exit: EXIT.threshold, help: ['an operator of your own in front of these nodes keeps something outside its state, or looks at how '
        + 'rows are batched'],
    });
  }
  terminal.say(`parity: ${Object.keys(before).length} nodes came out the same, cut otherwise and unfused`);
}
