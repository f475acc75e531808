import type { CheckResult } from '../backtest/model.ts';
import { Engine } from '../engine/engine.ts';
import { replay } from '../engine/replay.ts';
import { compile } from '../plan/compile.ts';
import type { PreparedBacktest } from './backtest-prepare.ts';
import { runChecks, type Checked, type CheckName } from './checks.ts';
import { openReaders } from './wire.ts';

/**
 * Checks over the rows of a backtest: the same whatever the batch (parity), no row that knew the future (lookahead), and the warm-up. They
 * look at every node, the account's streams included, in runs of their own.
 */
export async function checkBacktest(names: readonly CheckName[], p: PreparedBacktest, signal: AbortSignal): Promise<readonly Checked[]> {
  if (names.length === 0) return [];
  const { plan } = compile(p.doc, p.registry, { observe: 'all' });
  if (plan === null) throw new TypeError('a plan that compiled before does not now');
  const engine = new Engine(plan, { universe: p.universe, hash: 'all' });
  const span = { from: null, to: p.span.to };
  const readers = openReaders(p, engine.graph.keys[0], span);
  try {
    await replay(engine, readers, { signal });
    return await runChecks(names, p, (keys) => openReaders(p, keys, span), {
      order: 'time', from: null, report: engine.report(), signal,
    });
  } finally {
    for (const r of readers) await r.close();
    await engine.close();
  }
}

/** As the report and `--json` show them: without the tables. */
export const shownChecks = (checks: readonly Checked[]): CheckResult[] =>
  checks.map(({ name, ok, text }) => ({ name, ok, text: text.split('\n').slice(0, ok ? 1 : 4).join('\n') }));
