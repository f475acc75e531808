import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkAccounts } from '../harness/accounts.ts';
import { feedFor, textOf } from '../harness/cases.ts';
import { differences } from '../harness/compare.ts';
import { choicesOf, dagOf } from '../harness/dag.ts';
import { drive, every } from '../harness/drive.ts';
import { reference } from '../harness/law.ts';
import { subjectOf } from '../harness/pipeline.ts';
import { counts, SEED, told } from '../harness/settings.ts';

describe('random pipelines', () => {
  it('compile, run, and give the same fused and unfused', { timeout: 3_600_000 }, async () => {
    const runs = counts(60, 3000);
    let rows = 0;
    const list = fc.array(fc.nat(1_000_000), { minLength: 20, maxLength: 120 });
    await fc.assert(fc.asyncProperty(list, fc.nat(1000), async (choices, seed) => {
      const dag = dagOf('random', choicesOf(choices));
      const subject = subjectOf(dag.name, textOf(dag));
      const feed = feedFor(dag.sources, { seed, rows: 120, pace: seed % 3, heartbeats: true });
      const whole = await reference(subject, feed);
      rows += [...whole.nodes.values()].reduce((sum, n) => sum + n.ts.length, 0);
      expect(differences(whole, await drive(subject, feed, { ...every(64), fuse: false })), subject.text).toEqual([]);
      expect(checkAccounts(subject, feed, whole), subject.text).toEqual([]);
    }), { numRuns: runs, seed: SEED });
    expect(rows).toBeGreaterThan(runs * 500);
    told('random pipelines', `${runs} compiled and ran, ${rows} rows compared, fused and unfused`);
  });
});
