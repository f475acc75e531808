import { beforeEach, describe, expect, it, vi } from 'vitest';
import { identify, type Identities } from '../../src/plan/identity.ts';
import type { Plan } from '../../src/plan/ir.ts';
import { feedFor } from '../harness/cases.ts';
import { reference } from '../harness/law.ts';
import { pipelineOf, subjectOf, type Subject } from '../harness/pipeline.ts';
import { SEED } from '../harness/settings.ts';
import { upgrade } from '../harness/upgrade.ts';

/** What the identity is blind to in the test at hand: text that matches is left out before it is hashed. */
const blind = vi.hoisted(() => ({ to: /^$/g, hash: (text: string): string => text }));

vi.mock('../../src/engine/identity.ts', async (original) => {
  const real = await original<typeof import('../../src/engine/identity.ts')>();
  blind.hash = (text) => real.sha256(text.replace(blind.to, ''));
  return { ...real, identitiesOf: (plan: Plan): Identities => identify(plan, blind.hash) };
});

const pipeline = (nodes: string, top = ''): Subject => subjectOf('p', pipelineOf(nodes, ['trades'], top));
const means = (period: number): string => `m:\n  from: trades\n  compute: { x: "ema(price, ${period})" }`;
const filtered = (size: number): string => `f:\n  from: trades\n  filter: size > ${size}\n${means(9).replace('trades', 'f')}`;
const bars = (every: string): string => `b:\n  from: trades\n  bars: { every: ${every} }`;
const own = (over: string): string => `m:\n  from: trades\n  compute: { x: "sma(${over}, 7)" }`;

const MUTANTS: readonly (readonly [what: string, to: RegExp, before: Subject, after: Subject])[] = [
  ['a parameter', /"period":\d+/g, pipeline(means(12)), pipeline(means(30))],
  ['a bound of a filter', /const\0\d+/g, pipeline(filtered(200)), pipeline(filtered(2_000))],
  ['a setting of an operator', /"micros":\d+/g, pipeline(bars('7s')), pipeline(bars('30s'))],
  ['the lateness', /track\0\d+/g, pipeline(bars('7s'), 'time: { lateness: 1s }\n'), pipeline(bars('7s'), 'time: { lateness: 9s }\n')],
  ['the column it reads', /\0(price|size)$/g, pipeline(own('price')), pipeline(own('size'))],
  ['the function', /kernel\0\w+|\0(ema|rma)$|,"seed":"\w+"/g, pipeline(means(9)), pipeline(means(9).replace('ema', 'rma'))],
];

describe('an identity that is blind', { timeout: 60_000 }, () => {
  beforeEach(() => { blind.to = /^$/g; });
  const feed = feedFor(['trades'], { seed: SEED, rows: 600, pace: 1, nulls: false, disorder: 2_000_000 });

  it.each(MUTANTS)('to %s: noticed', async (_what, to, before, after) => {
    const truth = await reference(after, feed);
    const sound = await upgrade(before, after, feed, 300, truth);
    expect(sound.found).toEqual([]);
    expect(sound.adoption.dropped.length).toBeGreaterThan(0);
    blind.to = to;
    const wrong = await upgrade(before, after, feed, 300, truth);
    expect(wrong.adoption.kept.length).toBeGreaterThan(sound.adoption.kept.length);
    expect(wrong.found.length).toBeGreaterThan(0);
  });
});
