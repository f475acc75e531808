import type { Params } from '../backtest/research/space.ts';
import type { Engine } from '../engine/engine.ts';
import type { RunWriter } from '../runs/run-write.ts';
import type { Beside } from './backtest-output.ts';
import { compileBacktest, type BacktestFlags, type PreparedBacktest } from './backtest-prepare.ts';
import { runBacktest, type RunInput, type RunResult } from './backtest-run.ts';
import { pairs } from './overrides.ts';
import { paramTexts } from './param-text.ts';
import { Progress, short } from './progress.ts';
import { searchOf, workersOf, type SearchFlags } from './search-flags.ts';
import { setsOf, sweepOver } from './search-sweep.ts';
import { scoreBack, SearchTables, sweepJson, trialMetrics, walkJson } from './search-tables.ts';
import { recordSources, TrialRunner } from './search-trials.ts';
import { foldsOf, lengthsOf, methodOf, walkOver, walkTrials } from './search-walk.ts';
import { readersOf } from './trial-worker.ts';
import type { Call } from './verb.ts';

export interface ResearchFlags extends BacktestFlags, SearchFlags {
  readonly walkForward?: true | string;
}

/** What a search works with beside the pipeline. */
export interface SearchContext {
  readonly path: string;
  readonly flags: ResearchFlags;
  readonly call: Call;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly files: RunWriter | null;
  /** Statistics that thresholds are about. */
  readonly required: readonly string[];
  readonly onStart: NonNullable<RunInput['onStart']>;
}

/** The run to report, and what the search that led to it found. */
export interface Searched extends Beside {
  readonly run: RunResult;
  /** The pipeline with the parameters that were chosen, those of the last fold of a walk-forward: what checks are about. */
  readonly tested: PreparedBacktest;
}

/** Runs a sweep or a walk-forward over data that is read once. */
export async function search(p: PreparedBacktest, c: SearchContext): Promise<Searched> {
  const settings = searchOf(p.doc, c.flags);
  const lengths = c.flags.walkForward === undefined ? null : lengthsOf(p.doc, c.flags.walkForward);
  const tables = new SearchTables(settings, p.doc.params, trialMetrics(settings.objective.metric, c.required));
  const sets = setsOf(settings);
  const workers = Math.min(workersOf(c.flags.workers), sets ?? Infinity);
  const { terminal } = c.call;
  const { progress } = c;
  const what = sets === null ? 'search' : `${sets.toLocaleString('en-US')} ${sets === 1 ? 'set' : 'sets'}`;
  terminal.say(`${what} by ${settings.objective.text} (${settings.search}), ${workers} ${workers === 1 ? 'worker' : 'workers'}`);
  const recording = await recordSources({ p, call: c.call, signal: c.signal });
  terminal.say(`${short(recording.rows)} rows in memory (${(recording.bytes / 1e6).toFixed(1)} MB)`);
  const cut = lengths === null ? null : foldsOf(lengths, p, recording);
  const trials = new TrialRunner({ ...c, p, workers, metrics: tables.metrics, progress }, recording);
  trials.expected = cut === null ? sets : walkTrials(settings, cut);
  try {
    if (cut === null || lengths === null) {
      const table = c.files?.table('sweep', tables.sweepSchema());
      const found = await sweepOver(trials, settings, c.signal, (t) => table?.append(tables.sweepRow(t)));
      await trials.close();
      const { count, variance } = found.sweep.sharpes;
      const tested = preparedWith(found.best.params, p, c, trials);
      const run = await runBest(tested, c, trials, { count: Math.max(1, count), variance });
      return {
        run, tested, lines: tables.sweepLines(found), extras: { sweep: tables.sweepExtras(found) },
        json: { sweep: sweepJson(found, settings, run.metrics.deflated_sharpe ?? null) },
      };
    }
    const table = c.files?.table('folds', tables.foldSchema());
    const { walk, run } = await walkOver(trials, settings, cut, p, c.signal, (f) => table?.append(tables.foldRow({
      ...f, inSample: scoreBack(f.inSample, settings), outOfSample: scoreBack(f.outOfSample, settings),
    })));
    const method = methodOf(lengths);
    const last = walk.folds.findLast((f) => f.params !== null && f.error === null);
    return {
      run, tested: preparedWith(last?.params ?? {}, p, c, trials), lines: tables.foldLines(walk, method),
      extras: { walkForward: tables.walkExtras(walk, method) }, json: { walk_forward: walkJson(walk, settings) },
    };
  } finally {
    await trials.close();
  }
}

/** The pipeline with values of a search. It was compiled for its trial, so that there is nothing new to say of it. */
function preparedWith(params: Params, p: PreparedBacktest, c: SearchContext, { text }: TrialRunner): PreparedBacktest {
  const values = new Map([...pairs('--param', c.flags.param), ...paramTexts(p.doc.params, params)]);
  const { plan, diagnostics: _, ...chosen } = compileBacktest({ ...text, signals: c.flags.out !== undefined }, p, c.flags, values);
  if (plan === null) throw new TypeError('a set that was tried cannot be compiled');
  return { ...p, ...chosen, plan };
}

/** The best set once more, with all that a run has. */
function runBest(tested: PreparedBacktest, c: SearchContext, { recording, sources }: TrialRunner,
  trials: NonNullable<RunInput['trials']>): Promise<RunResult> {
  const { doc, plan, node, universe, span } = tested;
  return runBacktest({
    doc, plan, node, universe, span, hashes: true, signal: c.signal, trials, onStart: c.onStart,
    open: (engine: Engine) => readersOf(doc, engine, recording, sources),
  });
}
