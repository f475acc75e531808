import { resolve } from 'node:path';
import { Pool } from '../backtest/research/pool.ts';
import type { Evaluate, Span } from '../backtest/research/port.ts';
import { shareRows, type SharedRecording } from '../backtest/research/shared-rows.ts';
import type { Params } from '../backtest/research/space.ts';
import { KeyTable } from '../core/keys.ts';
import type { BacktestFlags, BacktestText, PreparedBacktest } from './backtest-prepare.ts';
import { pairs } from './overrides.ts';
import type { Progress } from './progress.ts';
import { sourcesKey, Trials, type SearchTask, type SearchTrial, type TrialInit } from './trial-worker.ts';
import type { Call } from './verb.ts';
import { warnOfBadRows } from './verbs/replay.ts';
import { openReaders, readText } from './wire.ts';

/** What trials are run with. */
export interface TrialsInput {
  readonly p: PreparedBacktest;
  readonly path: string;
  readonly flags: BacktestFlags;
  readonly call: Call;
  readonly workers: number;
  readonly metrics: readonly string[];
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** The data of a pipeline in memory, once for all trials; rows that cannot be read are said once. */
export async function recordSources({ p, call, signal }: Pick<TrialsInput, 'p' | 'call' | 'signal'>): Promise<SharedRecording> {
  const keys = new KeyTable();
  const readers = openReaders(p, keys, { from: null, to: p.span.to });
  const recording = await shareRows(readers, p.doc.sources.map((s) => s.schema), keys, signal);
  warnOfBadRows(p, readers, call.terminal);
  return recording;
}

/** This program from its sources is run from them in threads as well. */
const WORKER = new URL(`./trial-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/**
 * Runs the trials of a search over one recording: on threads, or in this one where one worker is enough. Either way a trial is compiled
 * and run by the same code from the same rows, so that nothing depends on their number.
 */
export class TrialRunner {
  readonly recording: SharedRecording;
  readonly sources: string;
  /** The pipeline as it was when the search began. */
  readonly text: BacktestText;
  /** Trials expected in all, for progress. */
  expected: number | null = null;
  private rows = 0;
  private readonly one: (task: SearchTask) => Promise<SearchTrial>;
  private readonly pool: Pool<TrialInit, SearchTask, SearchTrial> | null;
  private readonly progress: Progress;

  constructor(input: TrialsInput, recording: SharedRecording) {
    const { p, path, flags, call, workers, metrics, signal, progress } = input;
    this.recording = recording;
    this.sources = sourcesKey(p.doc);
    this.progress = progress;
    const text = readText(resolve(call.cwd, path));
    this.text = { path, cwd: call.cwd, ...(text === null ? {} : { text }) };
    const init: TrialInit = {
      text: this.text, flags, env: { ...call.env }, params: [...pairs('--param', flags.param)],
      decls: p.doc.params, metrics, recording, sources: this.sources,
    };
    if (workers > 1) {
      const pool = new Pool<TrialInit, SearchTask, SearchTrial>({ module: WORKER, init, workers, signal });
      this.pool = pool;
      this.one = async (task) => {
        const outcome = await pool.submit(task);
        if (!outcome.ok) throw outcome.error;
        return outcome.value;
      };
      return;
    }
    this.pool = null;
    const trials = new Trials(init, p, signal);
    // One after the other: a batch is asked for at once.
    let last: Promise<unknown> = Promise.resolve();
    this.one = (task) => {
      const next = last.then(async () => {
        // Trials wait for nothing: without a turn of the event loop between them no signal would be heard.
        await new Promise((resolve) => setImmediate(resolve));
        signal.throwIfAborted();
        return trials.run(task);
      });
      last = next.catch(() => undefined);
      return next;
    };
  }

  async run(params: Params, span: Span, more: Pick<SearchTask, 'capital' | 'full'> = {}): Promise<SearchTrial> {
    const found = await this.one({ params, span, ...more });
    this.rows += found.rows;
    this.progress.update(this.rows, NaN, this.expected === null ? null : this.expected * found.rows);
    return found;
  }

  /** Rows that all trials have taken so far. */
  get rowsRun(): number {
    return this.rows;
  }

  readonly evaluate: Evaluate = (params, span) => this.run(params, span);

  async close(): Promise<void> {
    await this.pool?.close();
  }
}
