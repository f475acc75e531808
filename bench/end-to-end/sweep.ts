import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { space } from '../../src/backtest/research/space.ts';
import type { SharedRecording } from '../../src/backtest/research/shared-rows.ts';
import { prepareBacktest } from '../../src/cli/backtest-prepare.ts';
import { Progress } from '../../src/cli/progress.ts';
import type { SearchSettings } from '../../src/cli/search-flags.ts';
import { sweepOver } from '../../src/cli/search-sweep.ts';
import { recordSources, TrialRunner, type TrialsInput } from '../../src/cli/search-trials.ts';
import { terminal } from '../../src/cli/terminal.ts';
import { round, type Result } from '../measure.ts';

const PIPELINE = (days: number) => `apiVersion: 1
pipeline: sweep
params: { fast: 8, slow: 30 }
sources:
  bars:
    synthetic: { symbols: [AAA, BBB, CCC, DDD], every: 5m, length: ${days}d }
    schema: bar
    stamp: close
    every: 5m
nodes:
  features: { from: bars, compute: { fast: "ema(close, $fast)", slow: "ema(close, $slow)" } }
  cross: { from: features, signal: { buy: "crosses_above(fast, slow)", sell: "crosses_below(fast, slow)" } }
outputs:
  signals: { from: cross, stdout: text }
`;

/** So many sets, half of them by each of two parameters. */
const settingsOf = (sets: number): SearchSettings => ({
  space: space({ fast: Array.from({ length: sets / 2 }, (_, i) => 2 + i), slow: [60, 90] }), search: 'grid', trials: null,
  objective: { text: 'sharpe', metric: 'sharpe', goal: 'max' }, patience: null, seed: 1,
});

interface Timed {
  readonly perSecond: number;
  readonly start: number;
  readonly best: unknown;
}

/** A sweep over a recording in memory, after every worker has started and run a set. */
async function timed(input: TrialsInput, recording: SharedRecording, sets: number): Promise<Timed> {
  const trials = new TrialRunner(input, recording);
  try {
    const from = performance.now();
    const span = { from: -Infinity, to: Infinity };
    await Promise.all(Array.from({ length: input.workers }, (_, i) => trials.evaluate({ fast: 1 + i, slow: 200 }, span)));
    const begun = performance.now();
    const before = trials.rowsRun;
    const { best } = await sweepOver(trials, settingsOf(sets), input.signal, () => undefined);
    const seconds = (performance.now() - begun) / 1000;
    return { perSecond: (trials.rowsRun - before) / seconds, start: (begun - from) / 1000, best: [best.params, best.score] };
  } finally {
    await trials.close();
  }
}

/**
 * Rows a second of a sweep on one worker and on two, over the same recording; two are given only where `most` is. The best sets are compared:
 * a faster sweep that finds another is none.
 */
export async function sweeps(days: number, sets: number, most: 1 | 2 = 2): Promise<Result[]> {
  const cwd = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    writeFileSync(join(cwd, 'p.yaml'), PIPELINE(days));
    const call = { terminal: terminal({ quiet: true, progress: false }), args: ['p.yaml'], cwd, env: {} };
    const p = await prepareBacktest('p.yaml', {}, call);
    const { signal } = new AbortController();
    const recording = await recordSources({ p, call, signal });
    const input = (workers: number): TrialsInput => ({
      p, path: 'p.yaml', flags: {}, call, workers, metrics: ['sharpe', 'total_return', 'max_drawdown', 'trades'], signal,
      progress: new Progress(call.terminal),
    });
    const name = (workers: number): string => `sweep of ${sets} sets x ${recording.rows} rows, ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
    const one = await timed(input(1), recording, sets);
    const out: Result[] = [{ name: name(1), value: round(one.perSecond), unit: 'rows/s', against: null, ratio: null }];
    if (most === 1) return out;
    const two = await timed(input(2), recording, sets);
    if (JSON.stringify(one.best) !== JSON.stringify(two.best)) throw new Error('two workers found another set than one');
    return [...out,
      { name: name(2), value: round(two.perSecond), unit: 'rows/s', against: 'one worker', ratio: round(two.perSecond / one.perSecond) },
      { name: 'start of two workers, and a set on each', value: round(two.start), unit: 's', against: null, ratio: null },
    ];
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}
