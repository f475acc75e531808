import { describe, expect, it } from 'vitest';
import type { Kernel } from '../../src/core/kernel.ts';
import type { Operator } from '../../src/core/operator.ts';
import { checkAccounts } from '../harness/accounts.ts';
import { Random } from '../../src/core/random.ts';
import { feedFor, textOf } from '../harness/cases.ts';
import type { Violations } from '../harness/compare.ts';
import { dagOf } from '../harness/dag.ts';
import { Drive, every } from '../harness/drive.ts';
import { checkZeros, Watch } from '../harness/glitch.ts';
import type { Feed } from '../harness/feed.ts';
import { checkKeys, checkWarmup } from '../harness/keys.ts';
import { checkLaw, checkSnapshot, reference } from '../harness/law.ts';
import { checkNoLookAhead } from '../harness/look-ahead.ts';
import * as m from '../harness/mutants.ts';
import { pipelineOf, subjectOf, withCustom, type Subject } from '../harness/pipeline.ts';
import { SEED } from '../harness/settings.ts';

const isKernel = (x: Kernel | Operator): x is Kernel => x.kind === 'kernel';

function under(x: Kernel | Operator): Subject {
  const nodes = isKernel(x) ? `n:\n  from: trades\n  compute:\n    value: ${x.name}(price)` : `n:\n  from: trades\n  ${x.name}: {}`;
  return subjectOf(x.name, pipelineOf(nodes, ['trades']), isKernel(x) ? withCustom([x], []) : withCustom([], [x]));
}

type Check = (s: Subject, feed: Feed) => Violations | Promise<Violations>;

const CHECKS: Readonly<Record<string, Check>> = {
  law: (s, feed) => checkLaw(s, feed, { seed: SEED, cuts: 3, kills: 3 }),
  snapshot: (s, feed) => checkSnapshot(s, feed, SEED),
  lookAhead: (s, feed) => checkNoLookAhead(s, feed, 40, SEED),
  keys: async (s, feed) => checkKeys(s, feed, await reference(s, feed)),
  warmup: async (s, feed) => checkWarmup(s, await reference(s, feed), ['n']),
  accounts: async (s, feed) => checkAccounts(s, feed, await reference(s, feed)),
};

const feed = (): Feed => feedFor(['trades'], { seed: SEED, rows: 300, pace: 1, nulls: false });

describe('planted faults', () => {
  const sound: readonly (Kernel | Operator)[] = [m.runningSum, m.soundSums, m.saysThree];
  it.each(sound.map((x) => [x.name, x] as const))('%s is sound', async (_name, x) => {
    const s = under(x);
    const wrong: string[] = [];
    for (const [name, check] of Object.entries(CHECKS)) if (name !== 'warmup' || isKernel(x)) wrong.push(...await check(s, feed()));
    expect(wrong).toEqual([]);
  });

  const planted: readonly (readonly [what: string, x: Kernel | Operator, check: string])[] = [
    ['reads the row behind its own (law)', m.peeks, 'law'],
    ['reads the row behind its own (look-ahead)', m.peeks, 'lookAhead'],
    ['reads the row behind its own on a clock of its own', m.peeksTimed, 'lookAhead'],
    ['stamps before it can know', m.stampsEarly, 'lookAhead'],
    ['one state for all keys', m.sharesState, 'keys'],
    ['declares too long a warm-up', m.saysFive, 'warmup'],
    ['declares too short a warm-up', m.saysTwo, 'warmup'],
    ['begins anew at an epoch', m.resetsAtEdge, 'law'],
    ['uses the place in the frame', m.usesIndex, 'law'],
    ['keeps state that no snapshot has', m.hidesState, 'law'],
    ['keeps state that no snapshot has (snapshot)', m.hidesState, 'snapshot'],
    ['forgets its timers in a snapshot', m.forgetsTimers, 'law'],
    ['fires where the epoch ends', m.firesAtEpoch, 'law'],
    ['fires by a count of its own', m.firesByCount, 'law'],
    ['counts rows twice', m.miscounts, 'accounts'],
  ];
  it.each(planted)('%s: noticed', async (_what, x, check) => {
    const wrong = await CHECKS[check](under(x), feed());
    expect(wrong.length).toBeGreaterThan(0);
    expect(wrong[0]).toContain(x.name);
  });

  const broken = (make: (plan: Subject['plan'], hash: { hash: 'all'; fuse?: boolean }) => ReturnType<Subject['engine']>): Subject => {
    const s = under(m.soundSums);
    return { ...s, engine: (o = {}) => make(s.engine().plan, { ...o, hash: 'all' }) };
  };
  it('a snapshot that goes on living with the engine: noticed', async () => {
    const wrong = await CHECKS.snapshot(broken((plan, o) => new m.AliasingEngine(plan, o)), feed());
    expect(wrong.length).toBeGreaterThan(0);
  });
  it('a restore that begins its accounts anew: noticed', async () => {
    const wrong = await CHECKS.law(broken((plan, o) => new m.ForgetfulEngine(plan, o)), feed());
    expect(wrong.length).toBeGreaterThan(0);
  });
  it('a graph that runs twice an epoch: noticed', async () => {
    const watch = new Watch();
    const d = new Drive(broken((plan, o) => new m.HastyEngine(plan, o)), feed(), every(1));
    await d.epoch(1);
    watch.close();
    expect(watch.epoch().join()).toContain('twice');
  });
  it('a difference of two equal things that is not 0: noticed', async () => {
    const dag = dagOf('dag', new Random(SEED), 12);
    const s = subjectOf('dag', textOf(dag));
    const run = await reference(s, feedFor(dag.sources, { seed: SEED, rows: 100, pace: 0 }));
    expect(checkZeros(dag, run).found).toEqual([]);
    const wrong = { ...dag, zeros: dag.zeros.map((z) => ({ ...z, column: z.of })) };
    expect(checkZeros(wrong, run).found.length).toBeGreaterThan(0);
  });
});
