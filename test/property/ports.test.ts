import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { checkAccounts } from '../harness/accounts.ts';
import { feedFor } from '../harness/cases.ts';
import { every } from '../harness/drive.ts';
import { checkKeys } from '../harness/keys.ts';
import { checkLaw, checkSnapshot, reference } from '../harness/law.ts';
import { checkNoLookAhead } from '../harness/look-ahead.ts';
import { pipelineOf, subjectOf, withCustom, type Subject } from '../harness/pipeline.ts';
import { tally } from '../harness/ports.ts';
import { counts, SEED } from '../harness/settings.ts';
import { upgrade } from '../harness/upgrade.ts';

const REGISTRY = withCustom([], [tally]);
const CUTS = counts(4, 20);

const NODES = `
t: { from: trades, tally: 200 }
big: { from: t.large, compute: { fast: "ema(price, 3)", of: "asof(t.minutes.n)", own: "asof(t.total)" } }
dear: { from: big, filter: "fast > 0" }
both: { from: [t.large, t.minutes], merge: {} }
per: { from: t.minutes, window: { every: 5m, columns: { n: sum(n), rows: count() } } }
`;

const subject = (name: string, nodes: string, top = ''): Subject => subjectOf(name, pipelineOf(nodes, ['trades'], top), REGISTRY);

const feed = (rows: number, disorder?: number): ReturnType<typeof feedFor> =>
  feedFor(['trades'], { seed: SEED, rows, pace: 1, heartbeats: true, ...(disorder === undefined ? {} : { disorder }) });

describe('further streams of an operator', () => {
  it.each([['in order', '', undefined], ['late rows apart', 'time: { lateness: 10s, late: side_output }\n', 10_000_000]] as const)(
    'come out the same however the rows are cut, and all of them are accounted for: %s', { timeout: 120_000 }, async (name, top, disorder) => {
      const s = subject(name, NODES, top);
      const f = feed(600, disorder);
      const whole = await reference(s, f);
      for (const id of ['t', 't.large', 't.minutes', 'big', 'dear', 'both', 'per']) {
        expect(whole.nodes.get(id)?.ts.length, id).toBeGreaterThan(5);
      }
      expect(checkAccounts(s, f, whole)).toEqual([]);
      expect(await checkLaw(s, f, { seed: SEED, cuts: CUTS, kills: CUTS }, whole)).toEqual([]);
      expect(await checkSnapshot(s, f, SEED)).toEqual([]);
    });

  it('carry the seq of the row that caused them, and the keys of their node', async () => {
    const whole = await reference(subject('seq', NODES), feed(400));
    const [own, large, minutes] = ['t', 't.large', 't.minutes'].map((id) => whole.nodes.get(id));
    const caused = new Map(own?.seq.map((seq, i) => [seq, i]));
    for (const [i, seq] of (large?.seq ?? []).entries()) {
      const at = caused.get(seq) as number;
      expect([large?.ts[i], large?.key[i], large?.cols[1][i]]).toEqual([own?.ts[at], own?.key[at], `row ${own?.cols[1][at]}`]);
    }
    // A timer fires inside the source row that moved time past it; the last ones at the end of the stream.
    for (const [i, seq] of (minutes?.seq ?? []).entries()) {
      const cause = own?.seq.findIndex((s) => s === seq) ?? -1;
      if (cause >= 0) expect(own?.ts[cause]).toBeGreaterThanOrEqual(minutes?.ts[i] ?? Infinity);
    }
    const counted = minutes?.cols[0].reduce((sum: number, n) => sum + (n as number), 0);
    expect(counted).toBe(own?.ts.length);
  });

  it('look at nothing of the future and keep keys apart', { timeout: 120_000 }, async () => {
    const s = subject('future', NODES);
    const f = feedFor(['trades'], { seed: SEED, rows: 300, pace: 1 });
    expect(await checkNoLookAhead(s, f, counts(10, 60), SEED)).toEqual([]);
    expect(await checkKeys(s, f, await reference(s, f))).toEqual([]);
  });

  it('are carried over to another plan that has them too', async () => {
    const before = subject('before', NODES);
    const after = subject('after', `${NODES}more: { from: t.large, compute: { slow: "sma(price, 4)" } }\n`);
    const f = feed(500);
    const truth = await reference(after, f);
    const { adoption, found } = await upgrade(before, after, f, new Random(SEED).int(100, 400), truth, every(64));
    expect(found).toEqual([]);
    expect(adoption.dropped).toEqual([]);
    expect(adoption.kept.map((k) => k.node).sort()).toEqual(['big', 'big', 'big', 'both', 'per', 't']);
    expect(adoption.fresh.map((k) => k.node)).toEqual(['more']);
  });
});
