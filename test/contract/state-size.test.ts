import { serialize } from 'node:v8';
import { afterAll, describe, expect, it } from 'vitest';
import { explain } from '../../src/plan/explain.ts';
import type { Stage } from '../../src/plan/ir.ts';
import { feedFor, operatorCases, textOf, type Case } from '../harness/cases.ts';
import { Drive, every } from '../harness/drive.ts';
import { subjectOf, withCustom, type Subject } from '../harness/pipeline.ts';
import { SEED } from '../harness/settings.ts';
import { throwingTimed } from '../harness/throwing.ts';

interface Kept {
  readonly node: string;
  readonly said: number;
  readonly grows: string | null;
  /** Bytes of a copy of the state, by key, when the feed is in and nothing is closed. */
  readonly kept: number;
}

/** What each timed node says that it keeps, and what it keeps in the middle of a run. */
async function measured(subject: Subject, c: Case, disorder: number): Promise<Kept[]> {
  const feed = feedFor(c.sources, { seed: SEED, rows: 1500, pace: 1, ...(disorder > 0 ? { disorder } : {}) });
  const d = new Drive(subject, feed, { ...every(256), open: true });
  await d.epoch(feed.n);
  const { runners } = d.engine.save().graph as { readonly runners: readonly unknown[] };
  const { plan } = d.engine;
  const stages: readonly Stage[] = plan.stages.filter((s) => s.form !== 'source');
  const nodes = new Map(explain(plan).nodes.map((n) => [n.id, n]));
  const out = stages.flatMap((s, i): Kept[] => {
    const node = s.form === 'timed' ? nodes.get(s.node) : undefined;
    if (node === undefined || s.form !== 'timed') return [];
    const keys = Math.max(1, d.engine.graph.rows[s.inputs[0]].frame.keys.size);
    return [{ node: node.id, said: node.stateBytesPerKey, grows: node.stateNote, kept: serialize(runners[i]).length / keys }];
  });
  await d.engine.close();
  return out;
}

let bounded = 0;
let growing = 0;

afterAll(() => {
  expect(bounded).toBeGreaterThan(15);
  expect(growing).toBeGreaterThan(15);
});

/** Serialized, an empty state of an operator takes this much in names and in arrays that begin with room for 16 keys. */
const FRAME = 600;

describe('what `explain` says of the state of an operator with timers', () => {
  const cases = operatorCases().map((c) => [c.name, c] as const);

  it.each(cases)('%s', { timeout: 60_000 }, async (_, c) => {
    for (const [lateness, policy] of [[0, 'drop'], [60_000_000, 'update']] as const) {
      const all = await measured(subjectOf(c.name, textOf(c, lateness, policy)), c, lateness);
      for (const { node, said, grows, kept } of all) {
        if (grows === null) {
          bounded += 1;
          expect([node, policy, kept <= 2 * said + FRAME], `${node} says ${said} bytes and keeps ${kept}`).toEqual([node, policy, true]);
        } else {
          growing += 1;
          expect(grows).toMatch(/^and /);
        }
        // Not more than a few times what is there either, so that the figure is of use; with lateness it supposes many rows.
        if (lateness > 0) continue;
        expect([node, said <= 8 * kept + FRAME], `${node} says ${said} bytes and keeps ${kept}`).toEqual([node, true]);
      }
    }
  });

  it('says so where an operator of one\'s own does not', () => {
    const c: Case = { name: 'own', nodes: 'n:\n  from: trades\n  throwing_timed: {}', sources: ['trades'] };
    const { plan } = subjectOf('own', textOf(c), withCustom([], [throwingTimed]));
    expect(explain(plan).nodes.find((n) => n.id === 'n')?.stateNote).toBe('and what the operator keeps, which it does not say');
  });
});
