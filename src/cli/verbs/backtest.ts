import { resolve } from 'node:path';
import type { BacktestRun } from '../../backtest/model.ts';
import { checkRequirements, parseRequirement, type Rule } from '../../backtest/research/requirement.ts';
import { STATISTICS } from '../../backtest/statistics/catalogue/index.ts';
import { Refusal } from '../../core/diagnostic.ts';
import { suggest } from '../../language/suggest.ts';
import type { RunWriter } from '../../runs/run-write.ts';
import { checkBacktest, shownChecks } from '../backtest-checks.ts';
import { capacityFinding, commandOf, METRIC_DOCS, regimesOf } from '../backtest-extras.ts';
import { monteCarloFinding, monteCarloOf } from '../backtest-monte-carlo.ts';
import { show, summary, writeFiles } from '../backtest-output.ts';
import { prepareBacktest, type PreparedBacktest } from '../backtest-prepare.ts';
import { decisionsOf, runBacktest, settingsOf, type RunInput } from '../backtest-run.ts';
import type { ResearchFlags, Searched } from '../backtest-search.ts';
import { checksOf, sayChecks } from '../checks.ts';
import { signalsSchema, writeSignals } from '../backtest-signals.ts';
import { usage } from '../fail.ts';
import { pipelineFlags } from '../flags.ts';
import { pairs } from '../overrides.ts';
import { Progress } from '../progress.ts';
import { collectSweep, runsOf } from '../search-flags.ts';
import { Stop } from '../stop.ts';
import { collect, EXIT, verb, type Call } from '../verb.ts';
import { openReaders } from '../wire.ts';

interface Flags extends ResearchFlags {
  readonly out?: string;
  readonly require?: readonly string[];
  readonly monteCarlo?: true | string;
  readonly json?: boolean;
  readonly force?: boolean;
  readonly check?: string;
}

export const VERB = verb<Flags>({
  name: 'backtest',
  summary: 'trade a pipeline over recorded data, with costs and fills',
  examples: [
    ['millrace backtest pipelines/ema-cross.yaml', 'the pipeline on the data that it names'],
    ['millrace backtest p.yaml --source trades=trades.csv --out runs/first', 'files and a report of the run'],
    ['millrace backtest p.yaml -p fast=8 --from 2024-01-02 --to 2024-07-01 --json', 'one object, for scripts'],
    ['millrace backtest p.yaml --require sharpe=">= 1" --require trades=">= 20"', 'exit code 5 where a threshold is missed'],
    ['millrace backtest p.yaml --sweep fast=8,12,16 --sweep slow=20..60:10', 'the best of many parameters, and how far it may be luck'],
    ['millrace backtest p.yaml --sweep fast=5..30 --walk-forward 90d/30d', 'parameters chosen on the past, tried on what comes next'],
  ],
  declare: (c) => void pipelineFlags(c.argument('<pipeline>', 'pipeline file'))
    .option('--source <id=file>', 'take the rows of a source from a file, a recording, or `synthetic` (again for more)', collect)
    .option('--data <id=file>', 'the same, in the word of `backtest:`', collect)
    .option('--symbols <list>', 'only these symbols, parted by commas')
    .option('--from <time>', 'trade from this time on; rows before it warm the pipeline up')
    .option('--to <time>', 'only rows before this time')
    .option('--seed <n>', 'seed of everything by chance')
    .option('--require <metric=threshold>', 'a threshold such as sharpe=">= 1" (again for more)', collect)
    .option('--sweep [name=values]', 'try values of a parameter: 8,12,16 or 20..60:10 (again for more); alone: those of the file; the data '
      + 'is held in memory', collectSweep)
    .option('--search <way>', 'grid tries all sets, random and bayes as many as --trials says')
    .option('--trials <n>', 'most sets that are tried')
    .option('--objective <metric>', 'statistic that tells good sets from bad, such as sharpe or "min max_drawdown"')
    .option('--workers <n>', 'threads of a search (default: one for each core); results do not depend on it')
    .option('--walk-forward [lengths]', 'search on one stretch and trade the next: train/test[/step] such as 90d/30d, or as the file says')
    .option('--monte-carlo [runs]', 'how far the result may be luck: trades or returns drawn again')
    .option('--check <what>', 'parity, lookahead, warmup, parted by commas; exit code 5 where one fails')
    .option('--out <folder>', 'write trades, orders, fills, equity, run.json and report.html')
    .option('--json', 'one object at the end')
    .option('--force', 'replace files that exist'),
  run: backtest,
});

async function backtest(call: Call, flags: Flags): Promise<number> {
  const [path] = call.args;
  mustBeHeard(flags);
  const p = await prepareBacktest(path, flags, call);
  const settings = settingsOf(p.doc);
  const rules = rulesOf(p, flags.require);
  const wanted = checksOf(flags.check);
  const { monteCarlo } = flags;
  const others = monteCarloOf(settings.monteCarlo, monteCarlo !== undefined, runsOf(monteCarlo === true ? undefined : monteCarlo));
  const stop = new Stop(call.terminal);
  const progress = new Progress(call.terminal, p.span);
  const { RunWriter, hashRun } = await import('../../runs/run-write.ts');
  const folder = flags.out === undefined ? null : resolve(call.cwd, flags.out);
  const files = folder === null ? null : await RunWriter.open(folder, { force: flags.force === true });
  try {
    const required = rules.map((r) => r.metric);
    const { run: found, tested, ...beside } = await runOf(p, { path, flags, call, files, progress, stop, required });
    progress.clear();
    const { aborted, traded, ...result } = found;
    if (result.curve.ts.length === 0) throw noRows(p, result);
    const checks = await checkBacktest(wanted, tested, stop.signal);
    const run: BacktestRun = {
      ...result, hash: await hashRun(result), requirements: checkRequirements(rules, result.metrics), checks: shownChecks(checks),
    };
    const capacity = capacityFinding(run, traded);
    const luck = others === null ? null : monteCarloFinding(run, others);
    const json = { ...beside.json, capacity: capacity.json, ...(others === null ? {} : { monte_carlo: luck?.json ?? null }) };
    const lines = [...beside.lines, ...(others === null ? [] : luck?.lines ?? ['Monte Carlo: there is no trade to draw again'])];
    const extras = {
      ...beside.extras, metricDocs: METRIC_DOCS, command: commandOf(path, { ...flags }), capacity: capacity.shown,
      regimes: regimesOf(run, settings.riskFree), ...(luck === null ? {} : { monteCarlo: luck.shown }),
    };
    const written = files === null || folder === null ? [] : await writeFiles(files, run, folder, call.cwd, extras);
    if (flags.json === true) call.terminal.print(JSON.stringify(summary(run, written, json)));
    else await show(run, written, lines, call);
    const missed = run.requirements.filter((r) => !r.ok);
    for (const r of missed) call.terminal.warn(`required ${r.text}, found ${r.value ?? 'nothing'}`);
    sayChecks(checks, call.terminal);
    if (aborted) return EXIT.interrupted;
    return missed.length > 0 ? EXIT.threshold : EXIT.ok;
  } catch (fault) {
    files?.discard();
    // A search that was stopped has no result.
    if (stop.signal.aborted && fault === stop.signal.reason) return EXIT.interrupted;
    throw fault;
  } finally {
    progress.clear();
    stop.release();
  }
}

interface Doing {
  readonly path: string;
  readonly flags: Flags;
  readonly call: Call;
  readonly files: RunWriter | null;
  readonly progress: Progress;
  readonly stop: Stop;
  readonly required: readonly string[];
}

/** The run to report: that of the pipeline as it is, or the one that a search has found. */
async function runOf(p: PreparedBacktest, d: Doing): Promise<Searched> {
  const { signal } = d.stop;
  const onStart: NonNullable<RunInput['onStart']> = (collector, engine) => {
    if (d.files === null) return;
    const table = d.files.equity();
    collector.onEquity = (...row) => table.append(row);
    const decisions = decisionsOf(p.doc, p.registry, p.node);
    if (decisions !== null) writeSignals(engine, decisions, d.files.table('signals', signalsSchema(engine.node(decisions).schema)));
  };
  if (d.flags.sweep !== undefined || d.flags.walkForward !== undefined) {
    const { search } = await import('../backtest-search.ts');
    return search(p, { ...d, signal, onStart });
  }
  const run = await runBacktest({
    doc: p.doc, plan: p.plan, node: p.node, universe: p.universe, span: p.span, hashes: true, signal, onStart,
    open: (engine) => openReaders(p, engine.graph.keys[0], { from: null, to: p.span.to }),
    onProgress: (rows, ts) => d.progress.update(rows, ts, null),
  });
  return { run, tested: p, extras: {}, json: {}, lines: [] };
}

/** Flags of a search without one would be left unheard. */
function mustBeHeard(flags: Flags): void {
  if (flags.sweep !== undefined || flags.walkForward !== undefined) return;
  const given = (['search', 'trials', 'objective', 'workers'] as const).find((f) => flags[f] !== undefined);
  if (given === undefined) return;
  throw usage(`--${given} is of a search, and none is asked for`, '--sweep searches as `backtest: sweep:` says', '--sweep fast=8,12,16');
}

function rulesOf(p: PreparedBacktest, given: readonly string[] | undefined): Rule[] {
  const known = STATISTICS.map((s) => s.name);
  const flags = [...pairs('--require', given)].map(([metric, text]) => ({ metric, text }));
  return [...settingsOf(p.doc).require, ...flags].map(({ metric, text }) =>
    parseRequirement(metric, text, known, (word, names) => suggest(word, names)));
}

const noRows = (p: PreparedBacktest, run: Pick<BacktestRun, 'rows'>): Refusal =>
  new Refusal('E612', `nothing was traded: ${run.rows === 0 ? 'no row' : 'no price'} lies in the span`, {
    exit: EXIT.data,
    help: [p.span.from === null && p.span.to === null ? 'the sources have no rows' : 'see `from` and `to`, or --from and --to'],
  });
