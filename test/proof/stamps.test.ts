import { expect, it } from 'vitest';
import { checkStamps, isEarly, stampResult } from '../../src/backtest/proof/stamps.ts';
import { SCHEMAS } from '../../src/core/types.ts';
import { feedFor } from '../harness/cases.ts';
import { feedOf, type Feed } from '../harness/feed.ts';
import { MINUTE, select, type Stream } from '../harness/market.ts';
import { pipelineOf, subjectOf } from '../harness/pipeline.ts';
import { openFeed } from './readers.ts';

/** Bars of a minute made of trades, stamped at their close or at their open, beside the trades. */
function barsOf(trades: Stream, stamp: 'open' | 'close'): Stream {
  const out: Stream = { schema: SCHEMAS.bar, ts: [], symbol: [], cols: SCHEMAS.bar.map(() => []) };
  const open = new Map<string, { end: number; ohlc: number[] }>();
  const close = (symbol: string): void => {
    const { end, ohlc } = open.get(symbol) as { end: number; ohlc: number[] };
    out.ts.push(stamp === 'close' ? end : end - MINUTE);
    out.symbol.push(symbol);
    [...ohlc, 1].forEach((x, c) => out.cols[c].push(x));
    open.delete(symbol);
  };
  trades.ts.forEach((ts, i) => {
    const symbol = trades.symbol[i] as string;
    const price = trades.cols[0][i] as number;
    const end = (Math.floor(ts / MINUTE) + 1) * MINUTE;
    if (open.has(symbol) && open.get(symbol)?.end !== end) close(symbol);
    const bar = open.get(symbol) ?? { end, ohlc: [price, price, price, price] };
    open.set(symbol, bar);
    bar.ohlc = [bar.ohlc[0], Math.max(bar.ohlc[1], price), Math.min(bar.ohlc[2], price), price];
  });
  return select(out, out.ts.map((_, i) => i).sort((a, b) => out.ts[a] - out.ts[b]));
}

const trades = feedFor(['trades'], { seed: 5, rows: 3000, pace: 1, nulls: false }).sources[0].stream;
const feed = (stamp: 'open' | 'close'): Feed => feedOf([['trades', trades], ['bars', barsOf(trades, stamp)]]);
const subject = subjectOf('both', pipelineOf('n:\n  from: [trades, bars]\n  join: { how: asof }', ['trades', 'bars']));

it('bars that hold what comes behind their stamp are stamped at their open', async () => {
  const [early] = await checkStamps(subject.plan, openFeed(feed('open')));
  expect(early).toMatchObject({ bars: 'bars', trades: 'trades', length: MINUTE });
  expect(early.compared).toBeGreaterThan(30);
  expect(isEarly(early)).toBe(true);
  expect(stampResult([early])?.text).toContain('they are stamped at their open');
});

it('bars that hold what came before are not', async () => {
  const [good] = await checkStamps(subject.plan, openFeed(feed('close')));
  expect(good.before).toBe(good.compared);
  expect(good.compared).toBeGreaterThan(30);
  expect(stampResult([good])).toBeNull();
});

it('without trades there is nothing to compare', async () => {
  const alone = subjectOf('bars', pipelineOf('n:\n  from: bars\n  filter: close > 0', ['bars']));
  expect(await checkStamps(alone.plan, openFeed(feedOf([['bars', barsOf(trades, 'open')]])))).toEqual([]);
});
