import type { SourceReader } from '../../core/connector.ts';
import type { KeyTable } from '../../core/keys.ts';
import { Engine, type NodeReport } from '../../engine/engine.ts';
import { replay, type ReplayResult } from '../../engine/replay.ts';
import type { Checked } from '../checks.ts';
import { deadLetters } from '../dead-letters.ts';
import { usage } from '../fail.ts';
import { dataFlags } from '../flags.ts';
import { batchOf, moment, speedOf } from '../overrides.ts';
import { leavesOf, observed, Outlets, replayOutputs, tapsOf } from '../outlets.ts';
import { Progress, short } from '../progress.ts';
import type { RecordedData } from '../recorded.ts';
import { Stop } from '../stop.ts';
import type { Terminal } from '../terminal.ts';
import { collect, EXIT, verb, type Call } from '../verb.ts';
import { openReaders, prepare, type PipelineFlags, type Prepared } from '../wire.ts';
import { publishFlags, type PublishFlags } from '../publish-flags.ts';

interface Flags extends PipelineFlags {
  readonly tap?: readonly string[];
  readonly batch?: string;
  readonly speed?: string;
  readonly from?: string;
  readonly to?: string;
  readonly data?: string;
  readonly fromSeq?: string;
  readonly toSeq?: string;
  readonly allowGaps?: boolean;
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
    ['millrace replay p.yaml --data recorded --check parity', 'a recorded live run again, every recorded row compared'],
    ['millrace replay p.yaml --source trades=t.csv.gz --check lookahead,warmup', 'a proof that no row depends on later ones'],
    ['millrace replay recorded --to "md.{stream}.{symbol}" --speed 60x', 'recorded rows published as messages'],
  ],
  declare: (c) => void publishFlags(dataFlags(c.argument('<pipeline>', 'pipeline file; with --to SUBJECT a recording or a file'),
    'show and count rows from this time on; those before it in a file warm the pipeline up'))
    .option('--data <recording>', 'the rows of all sources from a recording, in the order in which they were ingested')
    .option('--from-seq <n>', 'of a recording: only rows from this number on')
    .option('--to-seq <n>', 'of a recording: only rows up to this number')
    .option('--allow-gaps', 'skip chunks of a recording that are damaged, and count them')
    .option('--tap <node=file>', 'write the rows of a node to a file (again for more)', collect)
    .option('--batch <rows>', 'rows per epoch, or random:SEED; results do not depend on it', '4096')
    .option('--speed <speed>', 'event time over wall time: 1x, 60x or max', 'max')
    .option('--json', 'one object at the end instead of signals')
    .option('--check <what>', 'parity: compare with the nodes that --data holds, or else with a run cut otherwise and unfused; lookahead: '
      + 'search for values that depend on later rows; warmup: begin the data later and compare; several parted by commas')
    .option('--no-output', 'leave the outputs of the pipeline alone')
    .option('--no-fuse', 'the reference form of the graph: one loop for every step')
    .option('--force', 'replace files that exist'),
  run: runReplay,
});

async function runReplay(call: Call, flags: Flags & PublishFlags): Promise<number> {
  const [path] = call.args;
  if (!/\.ya?ml$/i.test(path) && flags.to !== undefined) return (await import('../publish.ts')).publishReplay(call, flags);
  // What checks a run is loaded only where one is asked for.
  const proof = flags.check === undefined ? null : await import('../checks.ts');
  const checks = proof?.checksOf(flags.check) ?? [];
  const json = flags.json === true;
  const hashed = json || checks.length > 0;
  const p = await prepare(path, flags, call, hashed ? () => 'all' : (doc) => observed(doc, flags.tap));
  const span = { from: moment('--from', flags.from), to: moment('--to', flags.to) };
  const recorded = flags.data === undefined ? null : await openData(flags.data, flags, call);
  if (recorded !== null && checks.join() === 'parity' && recorded.nodes(p).length > 0) {
    return (await import('../parity.ts')).checkParity(p, recorded, flags, call);
  }
  const dead = deadLetters(p.plan.name, call.cwd);
  const engine = new Engine(p.plan, {
    universe: p.universe, fuse: flags.fuse, onDeadLetter: dead.onDeadLetter, ...(hashed ? { hash: 'all' as const } : {}),
  });
  const outlets = new Outlets(engine, p.plan.name);
  // Files are read from their beginning: rows before --from warm the pipeline up. A recording begins at its row.
  const from = recorded === null ? span.from : null;
  const unto = { from: null, to: span.to };
  const readers = recorded === null ? openReaders(p, engine.graph.keys[0], unto) : recorded.readers(p, engine.graph.keys[0]);
  const stop = new Stop(call.terminal);
  const progress = new Progress(call.terminal, span);
  try {
    const taps = tapsOf(flags.tap, p.doc);
    for (const [node, file] of taps) outlets.file(node, file, call.cwd, flags.force === true);
    if (flags.output) connect(p, outlets, json || [...taps.values()].includes('-'));
    const result = await replay(engine, readers, {
      batch: batchOf(flags.batch), speed: speedOf(flags.speed, Infinity), signal: stop.signal, from,
      order: recorded === null ? 'time' : 'seq',
      onProgress: (rows, ts) => progress.update(rows, ts, total(readers)),
      settle: () => outlets.settle(() => progress.clear()),
    });
    progress.clear();
    await outlets.close();
    warnOfBadRows(p, readers, call.terminal);
    recorded?.warn(p, readers);
    if (dead.count() > 0) call.terminal.warn(`${dead.count()} rows that operators failed on are kept in ${dead.path}`);
    if (!json) await finish({ p, engine, result, call, json, hashed, checked: [] });
    const open = (keys: KeyTable): SourceReader[] => (recorded === null ? openReaders(p, keys, unto) : recorded.readers(p, keys));
    const checked = result.aborted || proof === null ? [] : await proof.runChecks(checks, p, open, {
      order: recorded === null ? 'time' : 'seq', from, report: engine.report(), recorded, signal: stop.signal,
    });
    if (json) await finish({ p, engine, result, call, json, hashed, checked });
    proof?.sayChecks(checked, call.terminal);
    return EXIT.ok;
  } finally {
    progress.clear();
    stop.release();
    for (const r of readers) await r.close();
    await engine.close();
    dead.close();
  }
}

/** What `--data DIR` names, opened; loaded when it is asked for, because it brings the Arrow library. */
async function openData(folder: string, flags: Flags, call: Call): Promise<RecordedData> {
  if (flags.source !== undefined) throw usage('--data takes the rows of all sources from the recording: leave --source out');
  const { RecordedData: Data } = await import('../recorded.ts');
  return new Data(folder, flags, call);
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
  readonly checked: readonly Checked[];
}

export const perSecond = (rows: number, seconds: number): number => (seconds > 0 ? Math.round(rows / seconds) : 0);

async function finish({ p, engine, result, call, json, hashed, checked }: Finished): Promise<void> {
  const nodes = engine.report();
  const { rows, seconds, aborted, warmupRows } = result;
  const hash = hashed ? engine.hash(Object.keys(nodes)) : null;
  if (json) {
    call.terminal.print(JSON.stringify({
      pipeline: p.plan.name, rows, seconds: Number(seconds.toFixed(6)), rows_per_s: perSecond(rows, seconds), hash, ...(aborted
        ? { aborted } : {}), ...(warmupRows > 0 ? { warmup_rows: warmupRows } : {}), nodes,
      ...(checked.length > 0 ? { checks: checked.map(({ name, ok, text }) => ({ name, ok, text })) } : {}),
    }));
    return;
  }
  call.terminal.say(summary(p, nodes, result));
}

const sum = (nodes: Readonly<Record<string, NodeReport>>, of: (n: NodeReport) => number): number =>
  Object.values(nodes).reduce((total, n) => total + of(n), 0);

function summary(p: Prepared, nodes: Readonly<Record<string, NodeReport>>, { rows, seconds, aborted, warmupRows }: ReplayResult): string {
  const ends = leavesOf(p.plan).map((id) => `${nodes[id].out} ${id}`).join(', ');
  const [late, errors] = [sum(nodes, (n) => n.late), sum(nodes, (n) => n.errors)];
  if (rows === 0 && warmupRows > 0 && !aborted) return `no row is at or after --from: all ${warmupRows} are before it`;
  const warm = warmupRows === 0 ? '' : `, behind ${warmupRows} to warm up`;
  return `${aborted ? 'stopped after ' : ''}${rows} rows in ${seconds.toFixed(2)} s (${short(perSecond(rows, seconds))} rows/s${warm}): `
    + `${ends === '' ? '' : `${ends}, `}${late} late, ${errors} errors`;
}
