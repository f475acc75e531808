import { existsSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { BacktestRun } from '../backtest/model.ts';
import type { ReportExtras } from '../backtest/report/extras.ts';
import type { RunWriter } from '../runs/run-write.ts';
import { METRIC_DOCS } from './backtest-extras.ts';
import type { Call } from './verb.ts';

/** What is found beside the run itself, in the three forms in which it is told. */
export interface Beside {
  readonly extras: ReportExtras;
  readonly json: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

/** Where runs are remembered: the folder `runs` that a new one lies below, or an index that is kept beside it. */
function indexOf(folder: string, cwd: string): string | null {
  const runs = resolve(cwd, 'runs');
  const path = relative(runs, folder);
  if (path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path)) return runs;
  const beside = dirname(folder);
  return existsSync(join(beside, 'runs.db')) ? beside : null;
}

/** Writes the tables, `run.json` and the report, and puts the run into the index. The paths of all files. */
export async function writeFiles(files: RunWriter, run: BacktestRun, folder: string, cwd: string, extras: ReportExtras): Promise<string[]> {
  const { files: written } = files.finish(run);
  const { renderReport } = await import('../backtest/report/report.ts');
  writeFileSync(join(folder, 'report.html'), renderReport(run, extras));
  const index = indexOf(folder, cwd);
  if (index !== null) {
    const { indexRun } = await import('../runs/run-index.ts');
    indexRun(index, folder, Date.now() * 1000);
  }
  return [...written.map((f) => f.file), 'run.json', 'report.html'].map((f) => join(folder, f));
}

const iso = (ts: number): string => new Date(ts / 1000).toISOString();

/** What `--json` prints. */
export function summary(run: BacktestRun, files: readonly string[], beside: Beside['json']): Readonly<Record<string, unknown>> {
  return {
    pipeline: run.pipeline, id: run.id, from: iso(run.from), to: iso(run.to), rows: run.rows, seconds: Number(run.seconds.toFixed(6)),
    currency: run.currency, start_equity: run.capital, final_equity: run.curve.equity[run.curve.equity.length - 1],
    orders: run.orders.length, fills: run.fills.length, trades: run.trades.length, signals: run.signals, refused: run.refused,
    costs: run.costs, trials: run.trials, metrics: run.metrics, requirements: run.requirements, checks: run.checks, params: run.params,
    pipeline_hash: run.pipelineHash, data_hash: run.dataHash, seed: run.seed, hash: run.hash, ...beside, files,
  };
}

/** What a person is shown. */
export async function show(run: BacktestRun, files: readonly string[], lines: readonly string[], call: Call): Promise<void> {
  const { summaryTable } = await import('../backtest/report/terminal.ts');
  const { terminal } = call;
  terminal.print(summaryTable(run, { color: terminal.outPaint.enabled, metricDocs: METRIC_DOCS }));
  if (lines.length > 0) terminal.print(['', ...lines].join('\n'));
  if (files.length > 0) terminal.say(`report: ${files.at(-1)}`);
}
