import type { Diagnostic } from '../core/diagnostic.ts';
import type { BacktestDecl, Document } from '../language/document.ts';
import { BACKTEST_DEFAULTS } from '../language/backtest.ts';
import { compile } from '../plan/compile.ts';
import type { Plan } from '../plan/ir.ts';
import { decisionsOf, portsOf, settingsOf, withAccount, withData, type BacktestSpan } from './backtest-run.ts';
import { Halt } from './fail.ts';
import { moment, overrideSources, pairs } from './overrides.ts';
import { EXIT, type Call } from './verb.ts';
import { makeWorld, narrowUniverse, readDocument, showDiagnostics, type PipelineFlags, type World } from './wire.ts';

/** What a backtest runs: the pipeline with its data, its account and its span. */
export interface PreparedBacktest extends World {
  readonly doc: Document;
  readonly plan: Plan;
  readonly node: string;
  readonly universe: readonly string[] | null;
  readonly span: BacktestSpan;
}

export interface BacktestFlags extends PipelineFlags {
  readonly from?: string;
  readonly to?: string;
  readonly seed?: string;
  readonly data?: readonly string[];
  readonly out?: string;
}

/** `--from`, `--to` and `--seed` in place of what the file says. */
function withFlags(doc: Document, flags: BacktestFlags): Document {
  const { from, to, seed } = flags;
  if (from === undefined && to === undefined && seed === undefined) return doc;
  const before: BacktestDecl = doc.backtest ?? BACKTEST_DEFAULTS;
  return {
    ...doc,
    backtest: {
      ...before, from: moment('--from', from) ?? before.from, to: moment('--to', to) ?? before.to,
      seed: seed === undefined ? before.seed : Number(seed),
    },
  };
}

/** A pipeline as a backtest compiles it; `plan` is null where a diagnostic is an error. */
export interface CompiledBacktest {
  readonly doc: Document;
  readonly plan: Plan | null;
  readonly node: string;
  readonly universe: readonly string[] | null;
  readonly span: BacktestSpan;
  readonly diagnostics: readonly Diagnostic[];
}

export interface BacktestText {
  readonly path: string;
  readonly cwd: string;
  /** The text of the file where it was read before. */
  readonly text?: string;
  /** Every column of the decisions is kept, for a table of signals. */
  readonly signals?: boolean;
}

/** Reads and compiles the pipeline of a backtest with these values of its parameters. */
export function compileBacktest({ path, cwd, text, signals }: BacktestText, world: World, flags: BacktestFlags,
  params: ReadonlyMap<string, string>): CompiledBacktest {
  const read = withFlags(readDocument(path, world, cwd, params, text ?? null), flags);
  // Both flags name the rows of a source; `--data` is the word of `backtest:`.
  const sources = [...(flags.source ?? []), ...(flags.data ?? [])];
  const named = new Set(pairs('--source', sources).keys());
  const withRows = overrideSources(withData(read, named), sources, cwd);
  const faulty = read.diagnostics.some((d) => d.severity === 'error');
  const { doc, node } = faulty ? { doc: withRows, node: '' } : withAccount(withRows, world.registry);
  const { from, to } = settingsOf(doc);
  const decisions = signals === true ? decisionsOf(doc, world.registry, node) : null;
  const observe = new Set([...portsOf(node), ...(decisions === null ? [] : [decisions])]);
  const { plan, diagnostics } = compile(doc, world.registry, { observe, tradeFrom: from });
  return { doc, plan, node, diagnostics, universe: narrowUniverse(doc.universe, flags.symbols), span: { from, to } };
}

/** The pipeline of a backtest with other values of parameters; faults are shown and end the verb. */
export async function prepareBacktest(
  path: string, flags: BacktestFlags, call: Call, params: ReadonlyMap<string, string> = pairs('--param', flags.param), given?: World,
): Promise<PreparedBacktest> {
  const world = given ?? await makeWorld(call, flags.operators);
  const { plan, diagnostics, ...rest } = compileBacktest({ path, cwd: call.cwd, signals: flags.out !== undefined }, world, flags, params);
  const errors = showDiagnostics(diagnostics, rest.doc, call.terminal);
  if (plan === null) {
    call.terminal.warn(`${rest.doc.file}: ${errors} error${errors === 1 ? '' : 's'}`);
    throw new Halt(EXIT.pipeline);
  }
  return { ...world, ...rest, plan };
}
