import { checkLookAhead } from '../backtest/proof/look-ahead.ts';
import { lookAheadResult } from '../backtest/proof/look-ahead-text.ts';
import { checkParity, parityResult } from '../backtest/proof/parity.ts';
import { checkStamps, stampResult } from '../backtest/proof/stamps.ts';
import type { OpenSources, Plan } from '../backtest/proof/tape.ts';
import { checkWarmUp } from '../backtest/proof/warm-up.ts';
import { warmUpResult } from '../backtest/proof/warm-up-text.ts';
import type { CheckResult } from '../backtest/model.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { NodeReport } from '../engine/engine.ts';
import { compile } from '../plan/compile.ts';
import { usage } from './fail.ts';
import type { RecordedData } from './recorded.ts';
import type { Terminal } from './terminal.ts';
import { EXIT } from './verb.ts';
import type { Prepared } from './wire.ts';

export const CHECKS = Object.freeze(['parity', 'lookahead', 'warmup'] as const);
export type CheckName = (typeof CHECKS)[number];

/** A check's result with the code of its fault. */
export interface Checked extends CheckResult {
  readonly code: string;
  readonly help: readonly string[];
}

/** The names in `--check lookahead,warmup`, in the order in which they are run. */
export function checksOf(text: string | undefined): readonly CheckName[] {
  if (text === undefined) return [];
  const wanted = text.split(',').map((s) => s.trim()).filter((s) => s !== '');
  const wrong = wanted.find((s) => !(CHECKS as readonly string[]).includes(s));
  if (wrong !== undefined || wanted.length === 0) {
    throw usage(`--check takes ${CHECKS.join(', ')}, parted by commas, not \`${wrong ?? text}\``);
  }
  return CHECKS.filter((c) => wanted.includes(c));
}

export interface CheckOptions {
  /** How rows of several sources are merged, as in the run. */
  readonly order: 'time' | 'seq';
  /** Event time from which on the run has shown and counted rows; null for all. */
  readonly from: number | null;
  /** Report of the run, with the hashes of all nodes. */
  readonly report: Readonly<Record<string, NodeReport>>;
  /** The recording that the run has read, where parity is with its nodes. */
  readonly recorded?: RecordedData | null;
  readonly cuts?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** Runs checks over the rows of a run that has ended. `open` gives its sources again, from their beginning. */
export async function runChecks(names: readonly CheckName[], p: Prepared, open: OpenSources, o: CheckOptions): Promise<Checked[]> {
  const { plan } = compile(p.doc, p.registry, { observe: 'all' });
  if (plan === null) throw new TypeError('a plan that compiled before does not now');
  const out: Checked[] = [];
  for (const name of names) out.push(await CHECK[name](plan, p, open, o));
  return out;
}

type Check = (plan: Plan, p: Prepared, open: OpenSources, o: CheckOptions) => Promise<Checked>;

const CHECK: Readonly<Record<CheckName, Check>> = {
  async parity(plan, p, open, { order, from, report, recorded }) {
    if (recorded !== undefined && recorded !== null && recorded.nodes(p).length > 0) return recordedParity(p, recorded);
    const result = parityResult(await checkParity(plan, open, report, { order, from, universe: p.universe }));
    return { ...result, code: 'E808', help: ['an operator of your own in front of these nodes keeps something outside its state, or '
      + 'looks at how rows are batched'] };
  },
  async lookahead(plan, p, open, { order, from, report, cuts, seed, signal }) {
    const stamps = stampResult(await checkStamps(plan, open));
    if (stamps !== null) return { ...stamps, code: 'E682', help: ['say `stamp: open` and `every:` at the source'] };
    const found = await checkLookAhead(plan, open, {
      order, universe: p.universe, ...(from === null ? { earlier: report } : {}), ...(cuts === undefined ? {} : { cuts }),
      ...(seed === undefined ? {} : { seed }), ...(signal === undefined ? {} : { signal }),
    });
    return { ...lookAheadResult(found), code: 'E680', help: [] };
  },
  async warmup(plan, p, open, { order }) {
    return { ...warmUpResult(await checkWarmUp(plan, open, { order, universe: p.universe })), code: 'E681', help: [] };
  },
};

/** Every recorded row of every recorded node against what comes out now. */
async function recordedParity(p: Prepared, recorded: RecordedData): Promise<Checked> {
  const { compareWithRecording } = await import('./parity.ts');
  try {
    const { rows, nodes, compared } = await compareWithRecording(p, recorded.recording, recorded.read, {});
    const text = `parity: ${compared} recorded rows of ${nodes.join(', ')} came out the same from ${rows} rows`;
    return { name: 'parity', ok: true, text, code: 'E786', help: [] };
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'E786') throw error;
    return { name: 'parity', ok: false, text: error.message, code: 'E786', help: error.help };
  }
}

/** Says on standard error what the checks found; the first that failed is refused with exit code 5. */
export function sayChecks(checks: readonly Checked[], terminal: Terminal): void {
  const failed = checks.filter((c) => !c.ok);
  for (const c of checks) if (c.ok) terminal.say(c.text);
  for (const c of failed.slice(1)) terminal.warn([c.text, ...c.help].join('\n'));
  if (failed.length === 0) return;
  const [head, ...lines] = failed[0].text.split('\n');
  throw new Refusal(failed[0].code, head, { exit: EXIT.threshold, help: [...lines.map((l) => l.replace(/^ {2}/, '')), ...failed[0].help] });
}
