import { tradedIn } from '../backtest/market-value.ts';
import { createHash } from 'node:crypto';
import type { BacktestRun } from '../backtest/model.ts';
import { periodsPerYear } from '../backtest/periods.ts';
import { folds, type Fold } from '../backtest/research/folds.ts';
import type { Evaluate } from '../backtest/research/port.ts';
import { extentOf, timesOf, type SharedRecording } from '../backtest/research/shared-rows.ts';
import { equityBefore, stitchRuns } from '../backtest/research/stitched-run.ts';
import { walkForward, type FoldResult, type WalkForward } from '../backtest/research/walk-forward.ts';
import { statistics } from '../backtest/statistics/catalogue/index.ts';
import { inputOf } from '../backtest/statistics/input.ts';
import type { Span as Length } from '../core/field.ts';
import { Refusal } from '../core/diagnostic.ts';
import { formatDuration, parseDuration } from '../core/time.ts';
import type { Document, WalkForwardDecl } from '../language/document.ts';
import type { PreparedBacktest } from './backtest-prepare.ts';
import { settingsOf, type RunResult } from './backtest-run.ts';
import { usage } from './fail.ts';
import type { SearchSettings } from './search-flags.ts';
import { batchOf, noResult, searchFor, setsOf } from './search-sweep.ts';
import type { TrialRunner } from './search-trials.ts';

const lengthOf = (text: string): Length => {
  const micros = parseDuration(text);
  if (micros !== null && micros > 0) return { micros };
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw usage(`--walk-forward takes lengths of time or numbers of rows, not \`${text}\``,
      '--walk-forward 90d/30d, or 90d/30d/10d with a step');
  }
  return { rows: Number(text) };
};

/** `train/test` or `train/test/step` of the flag over those of the file; a bare flag takes the file's. */
export function lengthsOf(doc: Document, flag: true | string): WalkForwardDecl {
  const { walkForward: declared } = settingsOf(doc);
  if (flag === true) {
    if (declared !== null) return declared;
    throw new Refusal('E647', 'nothing says how long to train and to test', {
      exit: 2, help: ['--walk-forward 90d/30d', 'or in the file: backtest: { walk_forward: { train: 90d, test: 30d } }'],
    });
  }
  const parts = flag.split('/').map((t) => lengthOf(t.trim()));
  const [train, test, step] = parts;
  const gaps = [declared?.purge, declared?.embargo];
  const odd = [...parts, ...gaps].some((x) => x !== undefined && (x.rows === undefined) !== (train.rows === undefined));
  if (parts.length < 2 || parts.length > 3) {
    throw usage(`--walk-forward takes train/test or train/test/step, not \`${flag}\``, '--walk-forward 90d/30d');
  }
  if (odd) throw usage('--walk-forward: lengths are all in rows, or all in time, those of the file too');
  return { train, test, step, purge: declared?.purge, embargo: declared?.embargo, mode: declared?.mode ?? 'sliding' };
}

const amount = (x: Length | undefined): number | undefined => (x === undefined ? undefined : x.rows ?? x.micros);
const shown = (x: Length): string => (x.rows === undefined ? formatDuration(x.micros ?? 0) : `${x.rows} rows`);

/** How the folds are cut, in words. */
export function methodOf({ train, test, purge, embargo, mode }: WalkForwardDecl): string {
  const gaps = [...(purge === undefined ? [] : [`purge ${shown(purge)}`]), ...(embargo === undefined ? [] : [`embargo ${shown(embargo)}`])];
  return `${mode === 'anchored' ? 'Anchored' : 'Sliding'}: searched on ${shown(train)}, tested on the next ${shown(test)}${
    gaps.length === 0 ? '' : ` (${gaps.join(', ')})`}.`;
}

/** The folds of the data, by event time: from where the backtest begins, or its first row, to its last. */
export function foldsOf(lengths: WalkForwardDecl, p: Pick<PreparedBacktest, 'plan' | 'span'>, recording: SharedRecording): Fold[] {
  const shifts = p.plan.sources.map((s) => s.shift);
  const [first, last] = extentOf(recording, shifts);
  if (recording.rows === 0) throw new Refusal('E612', 'nothing was traded: the sources have no rows', { exit: 7 });
  const from = Math.max(first, p.span.from ?? -Infinity);
  const to = Math.min(last + 1, p.span.to ?? Infinity);
  const [step, purge, embargo] = [lengths.step, lengths.purge, lengths.embargo].map(amount);
  const spec = {
    train: amount(lengths.train) ?? 0, test: amount(lengths.test) ?? 0, mode: lengths.mode, ...(step === undefined ? {} : { step }),
    ...(purge === undefined ? {} : { purge }), ...(embargo === undefined ? {} : { embargo }),
  };
  return lengths.train.rows === undefined ? folds({ ...spec, unit: 'time', from, to })
    : folds({ ...spec, unit: 'rows', times: timesOf(recording, shifts, from, to) });
}

interface Part {
  readonly span: Fold['test'];
  readonly run: RunResult;
}

export interface WalkFinding {
  readonly walk: WalkForward;
  readonly run: RunResult;
}

/**
 * Searches on the training span of each fold and trades its test with what was best there, the account going on from test to test. Refuses
 * (E649) where no fold could be tested.
 */
export async function walkOver(
  trials: TrialRunner, settings: SearchSettings, cut: readonly Fold[], p: PreparedBacktest, signal: AbortSignal,
  onFold: (fold: FoldResult) => void,
): Promise<WalkFinding> {
  const { space, objective, trials: most, patience } = settings;
  const tests = new Map(cut.map((f) => [f.test, f]));
  const parts: Part[] = [];
  let capital: number | undefined;
  const evaluate: Evaluate = async (params, span) => {
    const fold = tests.get(span);
    if (fold === undefined) return trials.run(params, span);
    if (capital !== undefined && !(capital > 0)) throw new Refusal('E649', 'the account has nothing left', { exit: 7 });
    const found = await trials.run(params, span, { full: true, ...(capital === undefined ? {} : { capital }) });
    const run = found.run as RunResult;
    parts.push({ span, run });
    capital = equityBefore(run.curve, cut[fold.index + 1]?.test.from ?? Infinity);
    return found;
  };
  const walk = await walkForward(evaluate, space, cut, () => searchFor(settings), {
    objective, batch: batchOf(settings), signal, onFold, ...(most === null ? {} : { trials: most }),
    ...(patience === null ? {} : { patience }),
  });
  if (parts.length === 0) throw noResult(walk.folds.map(({ error, params }) => ({ error, params: params ?? {} })), objective.metric);
  return { walk, run: describeWalk(parts, walk, p) };
}

const sha = (texts: readonly string[]): string => createHash('sha256').update(texts.join(' ')).digest('hex');

/** Variance of the Sharpe ratios of the trials of all folds, each around the mean of its own. */
function pooled(walk: WalkForward): number | null {
  const known = walk.folds.flatMap(({ sharpes: { count, variance } }) => (variance === null ? [] : [{ free: count - 1, variance }]));
  const free = known.reduce((sum, k) => sum + k.free, 0);
  return free === 0 ? null : known.reduce((sum, k) => sum + k.free * k.variance, 0) / free;
}

function describeWalk(parts: readonly Part[], walk: WalkForward, p: PreparedBacktest): RunResult {
  const settings = settingsOf(p.doc);
  const last = parts[parts.length - 1].run;
  const stitched = stitchRuns(parts);
  // A set is one trial, however many folds tried it.
  const trials = Math.max(1, ...walk.folds.map((f) => f.trials));
  const measured = { ...stitched, periodsPerYear: settings.periodsPerYear ?? periodsPerYear(stitched.curve.ts), trials };
  const traded = tradedIn(parts.map(({ run }) => run.traded));
  const pipelineHash = sha(parts.map((x) => x.run.pipelineHash));
  const dataHash = sha(parts.map((x) => x.run.dataHash));
  const run: BacktestRun = {
    ...last, ...measured, pipelineHash, dataHash, id: sha([p.doc.name, pipelineHash, dataHash, String(settings.seed)]).slice(0, 12),
    assumptions: [...last.assumptions, `The curve is that of ${parts.length} tests one after another, each with the parameters that were `
      + 'best before it; those shown are the last. A position that is open at the end of a test ends there, at its value.'],
    metrics: statistics(inputOf(measured, { riskFree: settings.riskFree, trialVariance: pooled(walk) })),
  };
  return { ...run, aborted: false, traded };
}

/** Backtests that a walk-forward takes at most; null where nobody knows. */
export function walkTrials(settings: SearchSettings, cut: readonly Fold[]): number | null {
  const sets = setsOf(settings);
  return sets === null ? null : (sets + 1) * cut.length;
}
