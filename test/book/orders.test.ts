import { describe, expect, it } from 'vitest';
import { CAPTURES, hasCapture, readCapture, type Capture } from '../../bench/captures.ts';
import { SCHEMAS } from '../../src/core/types.ts';
import { differences } from '../harness/compare.ts';
import { drive, every, type Recorded } from '../harness/drive.ts';
import { feedOf, type Feed } from '../harness/feed.ts';
import type { Stream } from '../harness/market.ts';
import { subjectOf } from '../harness/pipeline.ts';

const PIPELINE = `apiVersion: 1
pipeline: rests-in-the-book
sources:
  book: { schema: book, csv: book.csv }
  trades: { schema: trade, csv: trades.csv }
nodes:
  turns:
    from: trades
    signal: { buy: "crosses_above(price, sma(price, 8))", sell: "crosses_below(price, sma(price, 8))" }
  sized:
    from: turns
    size: { method: fixed, units: 0.02, order: limit, limit: "if(side == buy, price - 0.01, price + 0.01)", stop: 5 }
  account:
    from: [sized, book, trades]
    broker: { lot: 0.0001, fills: { profile: book, partial: true, queue: QUEUE, latency: 3ms } }
`;

const START = Date.UTC(2024, 7, 8) * 1000;
const ROWS = 15_000;

/** The capture as two streams: rows of one message have one time, a millisecond behind the message before. */
function streamsOf(c: Capture): Feed {
  const of = (schema: 'book' | 'trade'): Stream => ({ schema: SCHEMAS[schema], ts: [], symbol: [], cols: SCHEMAS[schema].map(() => []) });
  const [book, trades] = [of('book'), of('trade')];
  const put = (s: Stream, ts: number, ...row: number[]): void => {
    s.ts.push(ts);
    s.symbol.push('BTCUSDT');
    row.forEach((x, k) => s.cols[k].push(x));
  };
  c.snapshot.bids.price.forEach((p, i) => put(book, START, p, c.snapshot.bids.size[i], 1, i));
  c.snapshot.asks.price.forEach((p, i) => put(book, START, p, c.snapshot.asks.size[i], 0, i));
  let ts = START + 1000;
  for (let i = 0; i < Math.min(c.n, ROWS); i++) {
    if (c.trade[i] === 1) put(trades, ts, c.price[i], c.size[i], c.side[i] > 0 ? 1 : 0);
    else put(book, ts, c.price[i], c.size[i], c.side[i] > 0 ? 1 : 0, 0);
    if (c.trade[i] === 1 || c.ends[i] !== 0) ts += 1000;
  }
  return feedOf([['book', book], ['trades', trades]]);
}

const column = (r: Recorded | undefined, name: string): readonly unknown[] => r?.cols[r.schema.findIndex((f) => f.name === name)] ?? [];

const [NAME] = CAPTURES;

describe.skipIf(!hasCapture(NAME))('orders in a recorded book', () => {
  const feed = hasCapture(NAME) ? streamsOf(readCapture(NAME)) : feedOf([]);

  it.each(['none', 'risk_averse', 'probabilistic'])('are the same at batch 1, 7 and 4096, and killed and restored, queue: %s', { timeout: 120_000 }, async (queue) => {
    const subject = subjectOf(`book, ${queue}`, PIPELINE.replace('QUEUE', queue));
    const whole = await drive(subject, feed, every(4096));
    for (const batch of [1, 7]) expect(differences(whole, await drive(subject, feed, every(batch)))).toEqual([]);
    const kills = [2_000, 2_001, 9_000];
    expect(differences(whole, await drive(subject, feed, { ...every(97), kills, frozen: true }))).toEqual([]);
    const fills = whole.nodes.get('account');
    // Without a queue orders are first in line; in one only some of them get their turn.
    expect(fills?.ts.length).toBeGreaterThan(queue === 'none' ? 5 : 0);
    if (queue === 'none') expect(column(fills, 'maker')).toContain(1);
    // No row is lost between the streams and the account.
    expect(whole.report.account.late + whole.report.sized.late).toBe(0);
  });

  it('whoever waits in a queue fills later or less', async () => {
    const made = async (queue: string): Promise<number> => {
      const run = await drive(subjectOf('book', PIPELINE.replace('QUEUE', queue)), feed, every(4096));
      return (column(run.nodes.get('account'), 'maker') as number[]).reduce((sum, m) => sum + m, 0);
    };
    expect(await made('none')).toBeGreaterThanOrEqual(await made('risk_averse'));
  });
});
