import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkLookAhead, type LookAheadReport } from '../../src/backtest/proof/look-ahead.ts';
import { lookAheadResult } from '../../src/backtest/proof/look-ahead-text.ts';
import { openReaders } from '../../src/cli/wire.ts';
import { feedFor, kernelCases, operatorCases, PACES, textOf, type Case } from '../harness/cases.ts';
import * as m from '../harness/mutants.ts';
import { pipelineOf, subjectOf, withCustom, type Subject } from '../harness/pipeline.ts';
import { counts, LONG, SEED, told } from '../harness/settings.ts';
import { PIPELINES, planOf, read, shipped } from '../shipped.ts';
import { LEAKS } from './leaks/leaks.ts';
import type { Planted } from './leaks/planted.ts';
import { openFeed } from './readers.ts';

let caught = 0;
let alarms = 0;
let checked = 0;
let cuts = 0;
afterAll(() => told('look-ahead', `${caught} of ${LEAKS.length} planted leaks caught, ${alarms} false alarms in ${checked} pipelines `
  + `without one (${cuts} cut points)`));

const under = (p: Pick<Planted, 'operator' | 'nodes' | 'sources'>): Subject => subjectOf(p.operator.name, pipelineOf(p.nodes, p.sources),
  p.operator.kind === 'kernel' ? withCustom([p.operator], []) : withCustom([], [p.operator]));

describe('planted leaks', () => {
  it('are at least 24, each of another kind', () => {
    expect(new Set(LEAKS.map((p) => p.what)).size).toBe(LEAKS.length);
    expect(LEAKS.length).toBeGreaterThanOrEqual(24);
  });

  it.each(LEAKS.map((p) => [p.what, p] as const))('%s: found, and the node at fault named', { timeout: 120_000 }, async (_what, p) => {
    const feed = feedFor(p.sources, { seed: SEED, rows: 300, pace: 1 });
    const found = await checkLookAhead(under(p).plan, openFeed(feed), { cuts: 200, seed: SEED, ...(LONG ? {} : { enough: 1 }) });
    const [first, ...rest] = found.leaks;
    expect(first?.node).toBe('n');
    expect(rest).toEqual([]);
    caught += 1;
    const { ok, text } = lookAheadResult(found);
    expect(ok).toBe(false);
    expect(text).toContain('look-ahead: `n` ');
  });
});

function sound(found: LookAheadReport): void {
  checked += 1;
  cuts += found.cuts;
  if (found.leaks.length > 0) alarms += 1;
  expect(found.leaks).toEqual([]);
  expect(found.failed).toBe(0);
  expect(found.compared).toBeGreaterThan(0);
  expect(lookAheadResult(found).ok).toBe(true);
}

describe('no false alarm', () => {
  it.each([...operatorCases(), ...kernelCases()].map((c) => [c.name, c] as const))('%s', { timeout: 600_000 }, async (name, c: Case) => {
    const subject = subjectOf(name, textOf(c));
    for (const pace of counts([checked % PACES.length], PACES.map((_, k) => k))) {
      const feed = feedFor(c.sources, { seed: SEED + pace, rows: 300, pace });
      sound(await checkLookAhead(subject.plan, openFeed(feed), { cuts: counts(3, 70), seed: SEED }));
    }
  });

  it.each(shipped())('the pipeline %s over its own market', { timeout: 600_000 }, async (name) => {
    const doc = read(join(PIPELINES, `${name}.yaml`));
    sound(await checkLookAhead(planOf(doc), (keys) => openReaders({ doc }, keys), {
      cuts: counts(12, 200), seed: SEED, universe: doc.universe, limit: counts(30_000, 400_000),
    }));
  });

  const late = (name: string, time: string, nodes: string): readonly [string, Subject] =>
    [name, subjectOf(name, pipelineOf(nodes, ['trades', 'quotes'], `time: { ${time} }\n`))];
  const two = 'a:\n  from: trades\n  bars: { every: 20s }\nb:\n  from: quotes\n  window: { every: 20s, columns: { bid: last(bid), n: count() } }\n'
    + 'n:\n  from: [a, b]\n  join: { how: outer }\nf:\n  from: a\n  compute:\n    beside: asof(b.bid)';
  it.each([
    late('windows of two sources', 'lateness: 0s', two),
    late('rows out of order', 'lateness: 10s', two),
    late('rows out of order that correct', 'lateness: 10s, late: update', two),
    late('late rows aside', 'lateness: 2s, late: side_output', two),
  ])('%s', { timeout: 120_000 }, async (name, subject) => {
    const disorder = name === 'windows of two sources' ? {} : { disorder: 10_000_000 };
    const feed = feedFor(['trades', 'quotes'], { seed: SEED, rows: counts(300, 900), pace: 1, heartbeats: true, ...disorder });
    sound(await checkLookAhead(subject.plan, openFeed(feed), { cuts: counts(20, 400), seed: SEED }));
  });

  it('an operator that is sound, or breaks another promise', async () => {
    for (const operator of [m.runningSum, m.soundSums, m.sharesState, m.usesIndex]) {
      const feed = feedFor(['trades'], { seed: SEED, rows: 300, pace: 1 });
      const subject = under({ operator, sources: ['trades'], nodes: `n:\n  from: trades\n  ${operator.name}: {}` });
      sound(await checkLookAhead(subject.plan, openFeed(feed), { cuts: 20, seed: SEED }));
    }
  });
});

describe('a run that was made before', () => {
  const subject = subjectOf('sums', pipelineOf('n:\n  from: trades\n  compute:\n    fast: ema(price, 3)', ['trades']));
  const feed = feedFor(['trades'], { seed: SEED, rows: 300, pace: 1 });
  const earlier = async (): Promise<Record<string, { hash?: string }>> => {
    const engine = subject.engine();
    const { replay } = await import('../../src/engine/replay.ts');
    await replay(engine, openFeed(feed)(engine.graph.keys[0]));
    return engine.report();
  };

  it('is what it was', async () => {
    sound(await checkLookAhead(subject.plan, openFeed(feed), { cuts: 5, earlier: await earlier() }));
  });

  it('another one is a finding, and the first node that differs has it', async () => {
    const other = await earlier();
    const found = await checkLookAhead(subject.plan, openFeed(feed), { cuts: 5, earlier: { ...other, n: { hash: 'another' } } });
    expect(found.leaks).toMatchObject([{ node: 'n', kind: 'memory', cut: null }]);
    expect(lookAheadResult(found).text).toContain('`n` comes out differently when the whole run is repeated');
  });
});

it('says the same for the same seed, and what it kept', async () => {
  const subject = under({ operator: m.peeks, sources: ['trades'], nodes: 'n:\n  from: trades\n  peeks: {}' });
  const feed = feedFor(['trades'], { seed: SEED, rows: 200, pace: 1 });
  const check = (seed: number): Promise<LookAheadReport> => checkLookAhead(subject.plan, openFeed(feed), { cuts: 30, seed });
  const [a, b] = [await check(7), await check(7)];
  expect(a).toEqual(b);
  const [leak] = a.leaks;
  expect(leak.columns.map((c) => c.name)).toEqual(['value']);
  expect(leak.seq).toBeLessThanOrEqual(leak.cut?.rows ?? 0);
  expect(lookAheadResult(a).text).toMatch(/`n` depends on rows that come later: \S+ at 2025-01-02T.*, `value`\n {2}value is .*, and .* when/);
});

it('has nothing to say of no rows', async () => {
  const subject = subjectOf('empty', pipelineOf('n:\n  from: trades\n  filter: price > 0', ['trades']));
  const found = await checkLookAhead(subject.plan, openFeed(feedFor(['trades'], { seed: 1, rows: 0, pace: 0 })));
  expect(lookAheadResult(found)).toMatchObject({ ok: false, text: 'look-ahead: there are no rows to cut' });
});
