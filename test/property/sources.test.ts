import { describe, expect, it } from 'vitest';
import type { Chunk, SourceReader } from '../../src/core/connector.ts';
import { Random } from '../../src/core/random.ts';
import { replay } from '../../src/engine/replay.ts';
import { checkAccounts } from '../harness/accounts.ts';
import { drive, every, type Recording } from '../harness/drive.ts';
import { feedOf, type Feed } from '../harness/feed.ts';
import { checkLaw, reference } from '../harness/law.ts';
import { checkNoLookAhead } from '../harness/look-ahead.ts';
import { disordered, market, MINUTE, SECOND, select, type Stream } from '../harness/market.ts';
import { pipelineOf, subjectOf, type Subject } from '../harness/pipeline.ts';
import { counts, SEED } from '../harness/settings.ts';

const PIPELINES: Readonly<Record<string, string>> = {
  asof: 'n:\n  from: trades\n  compute:\n    mid: asof(quotes.bid + quotes.ask) / 2\n    fresh: "asof(quotes.bid, max_age: 5s)"\n'
    + '    trend: asof(ema(quotes.bid, 5))\nbars:\n  from: n\n  window:\n    every: 20s\n    columns: { mid: mean(mid), n: count() }',
  'as-of join': 'n:\n  from: [trades, quotes]\n  join: { how: asof, tolerance: 10s }',
  'inner join': 'n:\n  from: [trades, quotes]\n  join: { how: inner }',
  'outer join': 'n:\n  from: [trades, quotes]\n  join: { how: outer }',
  'interval join': 'n:\n  from: [trades, quotes]\n  join: { how: interval, within: { before: 3s, after: 3s } }',
  merge: 'm:\n  from: [trades, quotes]\n  merge: {}\nn:\n  from: m\n  compute:\n    last: ema(price, 3)\n    spread: ask - bid',
  'across the market': 'm:\n  from: [trades, quotes]\n  merge: {}\nn:\n  from: m\n  across: universe\n  aggregate:\n    every: 30s\n'
    + '    columns:\n      n: count()\n      paid: sum(price * size)\n      best: max(bid)',
  'windows joined': 'a:\n  from: trades\n  bars: { every: 30s }\nb:\n  from: quotes\n  window:\n    every: 30s\n'
    + '    columns: { bid: last(bid), n: count() }\n'
    + 'n:\n  from: [a, b]\n  join: { how: outer }\nf:\n  from: a\n  compute:\n    beside: asof(b.bid)',
};


const shifted = (s: Stream, by: number): Stream => ({ ...s, ts: s.ts.map((t) => t + by) });
/** Coarse times, so that rows of the two sources often have the same one. */
const coarse = (s: Stream): Stream => ({ ...s, ts: s.ts.map((t) => Math.ceil(t / SECOND) * SECOND) });
const part = (s: Stream, from: number, to: number): Stream =>
  select(s, s.ts.flatMap((_, i) => (i >= from * s.ts.length && i < to * s.ts.length ? [i] : [])));

/** How the second source may lie beside the first. */
const SKEWS: readonly (readonly [what: string, change: (s: Stream, random: Random) => Stream, time?: string])[] = [
  ['in step', (s) => s],
  ['ahead by half a minute', (s) => shifted(s, MINUTE / 2)],
  ['behind by half a minute', (s) => shifted(s, -MINUTE / 2)],
  ['over after the first half', (s) => part(s, 0, 0.5)],
  ['silent in the first half', (s) => part(s, 0.5, 1)],
  ['silent in the middle, with idle', (s) => select(s, s.ts.flatMap((_, i) => (i < 40 || i > s.ts.length - 40 ? [i] : []))), 'idle: 20s'],
  ['empty', (s) => part(s, 0, 0)],
  ['out of order, within lateness', (s, random) => disordered(s, random, 10 * SECOND, 0.03), 'lateness: 10s, late: side_output'],
  ['out of order, corrected', (s, random) => disordered(s, random, 10 * SECOND, 0.03), 'lateness: 10s, late: update'],
];

function feedFor(change: (s: Stream, random: Random) => Stream, seed: number): Feed {
  const rows = counts(250, 800);
  const trades = coarse(market('trade', new Random(seed), { rows, pace: SECOND, heartbeats: true }));
  const quotes = coarse(market('quote', new Random(seed + 1), { rows, pace: SECOND, symbols: ['PEP', 'AAPL', 'KO', 'ONLYQ', 'LATER'] }));
  return feedOf([['trades', trades], ['quotes', change(quotes, new Random(seed + 2))]]);
}

const names = Object.keys(PIPELINES);
const subjectFor = (name: string, time?: string): Subject =>
  subjectOf(name, pipelineOf(PIPELINES[name], ['trades', 'quotes'], time === undefined ? '' : `time: { ${time} }\n`));

describe.each(names)('two sources, %s', (name) => {
  it.each(SKEWS.map((s) => [s[0], s] as const))('the second %s', { timeout: 60_000 }, async (what, [, change, time]) => {
    const subject = subjectFor(name, time);
    const feed = feedFor(change, SEED);
    const whole = await reference(subject, feed);
    if (what !== 'empty') expect(whole.nodes.get('n')?.ts.length).toBeGreaterThan(0);
    expect(checkAccounts(subject, feed, whole)).toEqual([]);
    expect(await checkLaw(subject, feed, { seed: SEED, cuts: counts(1, 20), kills: counts(2, 20) }, whole)).toEqual([]);
    if (time === undefined) expect(await checkNoLookAhead(subject, feed, counts(2, 50), SEED)).toEqual([]);
  });

  it('a replay gives the same as the rows one by one, however the readers cut their chunks', async () => {
    const subject = subjectFor(name);
    const feed = feedFor((s) => shifted(s, 1), SEED);
    const truth = await drive(subject, feed, every(1));
    for (const [chunk, batch] of [[1, 4096], [64, 7], [100_000, { seed: SEED }]] as const) {
      const run = await replayed(subject, feed, chunk, batch);
      expect([chunk, run.hash, run.report]).toEqual([chunk, truth.hash, truth.report]);
    }
  });
});

it('symbols outside the universe are counted and leave no trace', async () => {
  const whole = subjectFor('windows joined');
  const subject: Subject = { ...whole, engine: (o = {}) => whole.engine({ ...o, universe: ['KO', 'AAPL'] }) };
  const feed = feedFor((s) => s, SEED);
  const run = await reference(subject, feed);
  expect(run.report.trades.filtered).toBeGreaterThan(20);
  expect(new Set(run.nodes.get('n')?.key)).toEqual(new Set(['KO', 'AAPL']));
  expect(checkAccounts(subject, feed, run)).toEqual([]);
  expect(await checkLaw(subject, feed, { seed: SEED, cuts: 3, kills: 3 }, run)).toEqual([]);
});

function readerOf(feed: Feed, source: number, size: number, keys: { intern(name: string): number }): SourceReader {
  const { stream, chunk } = feed.sources[source];
  let at = 0;
  return {
    bad: { count: 0, first: [] }, total: null,
    async next(): Promise<Chunk | null> {
      const numberOf = (symbol: string | null): number => (symbol === null ? -1 : keys.intern(symbol));
      if (at >= chunk.n) return null;
      const to = Math.min(chunk.n, at + size);
      const out: Chunk = {
        n: to - at, ts: chunk.ts.slice(at, to), cols: chunk.cols.map((c) => c.slice(at, to)),
        key: Int32Array.from(stream.symbol.slice(at, to), numberOf),
      };
      at = to;
      return out;
    },
    async close() { /* Nothing is open. */ },
  };
}

async function replayed(
  subject: Subject, feed: Feed, chunk: number, batch: number | { readonly seed: number },
): Promise<Pick<Recording, 'hash' | 'report'>> {
  const engine = subject.engine();
  await replay(engine, feed.sources.map((_, s) => readerOf(feed, s, chunk, engine.graph.keys[0])), { batch });
  return { hash: engine.hash(engine.plan.nodes.map((n) => n.id)), report: engine.report() };
}
