import type { Handle, OpenWorker } from '../backtest/research/pool-thread.ts';
import type { TrialTask } from '../backtest/research/pool-evaluate.ts';
import type { Trial } from '../backtest/research/port.ts';
import { SharedReader, type SharedRecording } from '../backtest/research/shared-rows.ts';
import type { SourceReader } from '../core/connector.ts';
import { Refusal, type Diagnostic } from '../core/diagnostic.ts';
import type { Engine } from '../engine/engine.ts';
import type { Document, ParamDecl } from '../language/document.ts';
import type { Plan } from '../plan/ir.ts';
import { compileBacktest, type BacktestFlags, type BacktestText, type CompiledBacktest } from './backtest-prepare.ts';
import { accountStage, runBacktest, settingsOf, type RunResult } from './backtest-run.ts';
import { paramTexts } from './param-text.ts';
import { makeWorld, openReaders, SpanReader, type World } from './wire.ts';

/** What every thread of a search is given. All of it can be copied; the recording is shared. */
export interface TrialInit {
  readonly text: BacktestText;
  readonly flags: BacktestFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Parameters set by `-p`, as text; a trial sets its own over them. */
  readonly params: readonly (readonly [name: string, text: string])[];
  readonly decls: readonly ParamDecl[];
  /** Statistics of each trial. */
  readonly metrics: readonly string[];
  readonly recording: SharedRecording;
  /** What the recording was read from, see `sourcesKey`. */
  readonly sources: string;
}

export interface SearchTask extends TrialTask {
  /** Cash at the start; that of the pipeline when left out. */
  readonly capital?: number;
  /** Gives the whole run back, and computes all that a run has. */
  readonly full?: boolean;
}

export interface SearchTrial extends Trial {
  readonly rows: number;
  readonly run: RunResult | null;
}

/** Says where rows come from: a trial whose parameters change it reads them itself. */
export const sourcesKey = (doc: Document): string => JSON.stringify([doc.base, doc.sources.map(({ start: _, end: __, ...s }) => s)]);

/** The rows that are known before `to`, from memory where the sources are those that were recorded. */
export function readersOf(doc: Document, engine: Engine, recording: SharedRecording, recorded: string, to = Infinity): SourceReader[] {
  const [keys] = engine.graph.keys;
  // A bar that is stamped at its open is known at its close.
  const until = engine.plan.sources.map((s) => to - s.shift);
  if (sourcesKey(doc) === recorded) return doc.sources.map((_, i) => new SharedReader(recording, i, keys, until[i]));
  const open = openReaders({ doc }, keys, { from: null, to: settingsOf(doc).to });
  return to === Infinity ? open : open.map((r, i) => new SpanReader(r, -Infinity, until[i]));
}

/** The plan with another first moment of trading, and another capital: neither changes anything else of it. */
function withStart(plan: Plan, node: string, begin: number | null, capital: number | undefined): Plan {
  const { stage } = accountStage(plan, node);
  return {
    ...plan, stages: plan.stages.map((s) => (s === stage
      ? { ...stage, args: { ...stage.args, begin, ...(capital === undefined ? {} : { capital }) } } : s)),
  };
}

const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);

function faultOf(found: readonly Diagnostic[]): Refusal {
  const first = found.find((d) => d.severity === 'error');
  return new Refusal(first?.code ?? 'E900', first?.message ?? 'the pipeline cannot be compiled', { exit: 3, help: first?.help ?? [] });
}

/** Pipelines compiled for a set, kept for its other spans: a walk-forward tries the same sets on every stretch. */
const KEPT = 64;

/** Runs the trials of a search, one at a time. */
export class Trials {
  private readonly init: TrialInit;
  private readonly world: World;
  private readonly signal: AbortSignal | undefined;
  private readonly compiled = new Map<string, CompiledBacktest & { readonly plan: Plan }>();

  constructor(init: TrialInit, world: World, signal?: AbortSignal) {
    this.init = init;
    this.world = world;
    this.signal = signal;
  }

  readonly run: Handle<SearchTask, SearchTrial> = async ({ params, span, capital, full = false }) => {
    const { recording, sources, metrics } = this.init;
    const { doc, plan, node, universe, span: own } = this.compile(params);
    const from = finite(span.from) ?? own.from;
    const to = span.to === Infinity ? own.to : span.to;
    const { signal } = this;
    const run = await runBacktest({
      doc, plan: withStart(plan, node, from, capital), node, universe, span: { from, to }, hashes: full,
      open: (engine) => readersOf(doc, engine, recording, sources, span.to), ...(full ? {} : { metrics }),
      ...(signal === undefined ? {} : { signal }),
    });
    signal?.throwIfAborted();
    const { ts, equity } = run.curve;
    if (ts.length === 0) throw new Refusal('E612', 'nothing was traded: no price lies in the span', { exit: 7 });
    return { metrics: run.metrics, curve: { ts, equity }, rows: run.rows, run: full ? run : null };
  };

  private compile(params: SearchTask['params']): CompiledBacktest & { readonly plan: Plan } {
    const { text, flags, decls, params: given } = this.init;
    const values = new Map([...given, ...paramTexts(decls, params)]);
    const key = JSON.stringify([...values]);
    const known = this.compiled.get(key);
    if (known !== undefined) return known;
    const found = compileBacktest(text, this.world, flags, values);
    const { plan } = found;
    if (plan === null) throw faultOf(found.diagnostics);
    if (this.compiled.size === KEPT) this.compiled.delete(this.compiled.keys().next().value as string);
    const made = { ...found, plan };
    this.compiled.set(key, made);
    return made;
  }
}

/** What a thread of a search runs: its own world, with the user's operators, over the recording of all. */
export const openWorker: OpenWorker<TrialInit, SearchTask, SearchTrial> = async (init) =>
  new Trials(init, await makeWorld({ cwd: init.text.cwd, env: init.env }, init.flags.operators)).run;
