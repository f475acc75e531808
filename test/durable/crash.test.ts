import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { market, SECOND } from '../harness/market.ts';
import { pipelineOf, subjectOf } from '../harness/pipeline.ts';
import { counts, SEED } from '../harness/settings.ts';
import { ModelLog, ModelStore } from './model.ts';
import { live, outputsOf, payloadOf, type World } from './worker.ts';

const NODES = `bars:
  from: trades
  bars: { every: 10s }
features:
  from: bars
  compute:
    fast: ema(close, 3)
    strength: rsi(close, 5)
    spread: asof(quotes.ask - quotes.bid)
cross:
  from: features
  signal:
    buy: crosses_above(close, fast)
    sell: crosses_below(close, fast)
big:
  from: trades
  filter: size > sma(size, 20)
`;

/** Trades and quotes in one stream, a message for one to four rows. */
function worldOf(seed: number, rows: number): World {
  const random = new Random(seed);
  const trades = market('trade', random, { rows, pace: SECOND, heartbeats: true });
  const quotes = market('quote', random, { rows, pace: SECOND });
  const log = new ModelLog('stream MD');
  const at = [0, 0];
  const streams = [trades, quotes];
  while (at[0] < trades.ts.length || at[1] < quotes.ts.length) {
    const s = at[1] >= quotes.ts.length || (at[0] < trades.ts.length && trades.ts[at[0]] <= quotes.ts[at[1]]) ? 0 : 1;
    const n = Math.min(random.int(1, 4), streams[s].ts.length - at[s]);
    log.push(`s${s}.x`, payloadOf(Array.from({ length: n }, (_, i) => at[s] + i)));
    at[s] += n;
  }
  return {
    subject: subjectOf('crash', pipelineOf(NODES, ['trades', 'quotes'])),
    inputs: [{ log, sources: [{ index: 0, stream: trades }, { index: 1, stream: quotes }] }],
    outputs: [{ node: 'cross' }, { node: 'features', grouped: true }, { node: 'big' }], out: new ModelLog('stream OUT'), store: new ModelStore(),
    total: log.last,
  };
}

async function undisturbed(seed: number, rows: number): Promise<string[]> {
  const world = worldOf(seed, rows);
  const { result } = await live(world, { dieAt: null, seed });
  expect(result?.messages).toBe(world.total);
  return outputsOf(world.out);
}

describe('a worker that dies', () => {
  it('at any point leaves the same outputs, once each, in the same order', { timeout: 120_000 }, async () => {
    const rows = 400;
    const golden = await undisturbed(SEED, rows);
    expect(golden.length).toBeGreaterThan(100);
    expect(new Set(golden.map((g) => g.split(' ')[0])).size).toBe(golden.length);
    let [deaths, suppressed, checked, resumes] = [0, 0, 0, 0];
    for (let seed = 1; seed <= counts(20, 300); seed++) {
      const world = worldOf(SEED, rows);
      const random = new Random(seed);
      for (let lives = 0; lives < 200; lives++) {
        const lived = await live(world, { dieAt: random.int(1, 40), seed: random.int(1, 1e9) });
        suppressed += lived.suppressed;
        checked += lived.checked;
        if (lived.from > 0) resumes += 1;
        if (lived.result !== null) break;
        deaths += 1;
      }
      expect(outputsOf(world.out), `seed ${seed}`).toEqual(golden);
    }
    expect(deaths).toBeGreaterThan(40);
    expect(resumes).toBeGreaterThan(40);
    expect(suppressed).toBeGreaterThan(100);
    expect(checked).toBeGreaterThan(100);
  });
});
