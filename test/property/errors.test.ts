import { describe, expect, it } from 'vitest';
import { Refusal } from '../../src/core/diagnostic.ts';
import { Random } from '../../src/core/random.ts';
import type { RowFault } from '../../src/graph/runner.ts';
import { checkAccounts } from '../harness/accounts.ts';
import { drive, every } from '../harness/drive.ts';
import { feedOf, type Feed } from '../harness/feed.ts';
import { checkKeys } from '../harness/keys.ts';
import { checkLaw, reference } from '../harness/law.ts';
import { market } from '../harness/market.ts';
import { pipelineOf, subjectOf, withCustom, type Subject } from '../harness/pipeline.ts';
import { counts, SEED } from '../harness/settings.ts';
import { POISON, poisoned, throwingAsync, throwingKernel, throwingRow, throwingTimed, throwingTimer } from '../harness/throwing.ts';

const REGISTRY = withCustom([throwingKernel], [throwingAsync, throwingRow, throwingTimed, throwingTimer]);

/** The faulty node, and nodes of the house before, beside and behind it. */
const NODES: Readonly<Record<string, string>> = {
  'kernel in compute': 'n:\n  from: ok\n  on_error: POLICY\n  compute:\n    sum: throwing_sum(price)\n    more: sum + 1',
  'kernel in filter': 'n:\n  from: ok\n  on_error: POLICY\n  filter: throwing_sum(price) > 500',
  'row operator': 'n:\n  from: ok\n  on_error: POLICY\n  throwing_row: {}',
  'asynchronous operator': 'n:\n  from: ok\n  on_error: POLICY\n  throwing_async: {}',
  'timed operator': 'n:\n  from: ok\n  on_error: POLICY\n  throwing_timed: {}',
};

const BEFORE = 'ok:\n  from: trades\n  compute:\n    before: "sma(size, 3)"\n';
const BEHIND = '\nbeside:\n  from: ok\n  filter: size > 500\n'
  + 'behind:\n  from: n\n  compute:\n    twice: COLUMN * 2\n    mean: "sma(COLUMN, 3)"\n';

const textOf = (what: string, policy: string): string =>
  pipelineOf(
    BEFORE + NODES[what].replace('POLICY', policy) + BEHIND.replaceAll('COLUMN', what.includes('filter') ? 'price' : 'sum'), ['trades'],
  );

function feed(): { feed: Feed; poison: number } {
  const s = market('trade', new Random(SEED), { rows: counts(400, 2000), pace: 1_000_000, heartbeats: true });
  const poison = poisoned(s, 'KO', 9);
  return { feed: feedOf([['trades', s]]), poison };
}

function watched(subject: Subject): { subject: Subject; faults: RowFault[] } {
  const faults: RowFault[] = [];
  return { faults, subject: { ...subject, engine: (o = {}) => subject.engine({ ...o, onDeadLetter: (f) => faults.push(f) }) } };
}

describe.each(Object.keys(NODES))('a fault in a %s', (what) => {
  it.each(['skip', 'dead_letter'])('on_error: %s counts the row, leaves it out, and goes on', async (policy) => {
    const { subject, faults } = watched(subjectOf(`${what}, ${policy}`, textOf(what, policy), REGISTRY));
    const { feed: rows, poison } = feed();
    const whole = await reference(subject, rows);
    expect(poison).toBeGreaterThan(5);
    expect(whole.report.n.errors).toBe(poison);
    expect(faults.length).toBe(policy === 'skip' ? 0 : poison);
    for (const f of faults) expect([f.node, f.symbol, (f.error as Error).message]).toEqual(['n', 'KO', `cannot take ${POISON}`]);
    expect(whole.report.beside.errors + whole.report.behind.errors + whole.report.ok.errors).toBe(0);
    const n = whole.nodes.get('n');
    expect(n?.ts.length).toBeGreaterThan(50);
    expect(n?.key.filter((k) => k === 'KO').length).toBeGreaterThan(5);
    const price = n?.schema.findIndex((f) => f.name === 'price') ?? -1;
    if (price >= 0) expect(n?.cols[price]).not.toContain(POISON);
    expect(checkAccounts(subject, rows, whole)).toEqual([]);
    expect(await checkKeys(subject, rows, whole)).toEqual([]);
    expect(await checkLaw(subject, rows, { seed: SEED, cuts: counts(4, 20), kills: counts(4, 20) }, whole)).toEqual([]);
  });

  it('on_error: stop ends the run and says where', async () => {
    const subject = subjectOf(what, textOf(what, 'stop'), REGISTRY);
    for (const batch of [1, 64, 4096]) {
      const failed: unknown = await drive(subject, feed().feed, every(batch)).catch((e: unknown) => e);
      expect(failed).toBeInstanceOf(Refusal);
      expect((failed as Refusal).message).toMatch(/node `n` failed at KO, 2025-01-02T.* \(row \d+\): cannot take 77777/);
    }
  });
});

describe('a fault in a timer', () => {
  it.each(['stop', 'skip'])('ends the run and says where, on_error: %s or not', async (policy) => {
    const text = pipelineOf(`n:\n  from: trades\n  on_error: ${policy}\n  throwing_timer: {}`, ['trades']);
    const failed: unknown = await drive(subjectOf('timer', text, REGISTRY), feed().feed, every(64)).catch((e: unknown) => e);
    expect(failed).toBeInstanceOf(Refusal);
    expect((failed as Refusal).message).toContain('node `n` failed');
  });
});
