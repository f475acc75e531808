import { expect, it } from 'vitest';
import { portsOf, runBacktest } from '../../src/cli/backtest-run.ts';
import type { SourceReader } from '../../src/core/connector.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { DAY, MINUTE } from '../../src/core/time.ts';
import { pipelineOf } from '../../bench/build.ts';

const PIPELINE = `
apiVersion: 1
pipeline: waves
sources:
  bars:
    csv: none.csv
    schema: bar
    stamp: close
    every: 1m
nodes:
  cross:
    from: bars
    signal: { buy: "crosses_above(close, sma(close, 50))", sell: "crosses_below(close, sma(close, 50))" }
  account:
    from: cross
    broker: {}
backtest:
  capital: 100000 USD
  benchmark: ONE
  costs: { commission: { fixed: 1 }, slippage: { model: sqrt }, borrow: 1% }
`;

const CHUNK = 4096;
/** Minutes of a wave: two orders in one of them. */
const WAVE = 2880;

/** Chunks of a slow wave in the same arrays over and over: whoever kept rows would keep the wrong ones. */
function waves(engine: Engine, width: number, chunks: number): SourceReader {
  engine.graph.keys[0].intern('ONE');
  const cols = Array.from({ length: width }, () => new Float64Array(CHUNK).fill(NaN));
  const chunk = { n: CHUNK, ts: new Float64Array(CHUNK), key: new Int32Array(CHUNK), cols };
  let given = 0;
  return {
    total: null, bad: { count: 0, first: [] },
    next: () => {
      if (given === chunks) return Promise.resolve(null);
      for (let i = 0; i < CHUNK; i++) {
        const at = given * CHUNK + i;
        chunk.ts[i] = 20_000 * DAY + at * MINUTE;
        for (let c = 0; c < 4; c++) cols[c][i] = 100 + 10 * Math.sin(2 * Math.PI * at / WAVE);
        cols[4][i] = 1000;
      }
      given++;
      return Promise.resolve(chunk);
    },
    close: () => Promise.resolve(),
  };
}

it('a backtest keeps its orders and a curve by day, and nothing by row', async () => {
  const { doc, plan } = pipelineOf(PIPELINE, [...portsOf('account')]);
  expect(plan.sources[0].schema.slice(0, 5).map((f) => f.name)).toEqual(['open', 'high', 'low', 'close', 'volume']);
  const of = async (chunks: number): Promise<{ rows: number; days: number; orders: number; state: number }> => {
    let engine: Engine | null = null;
    const run = await runBacktest({
      doc, plan, node: 'account', universe: null, span: { from: null, to: null }, hashes: true,
      onStart: (_, e) => { engine = e; }, open: (e) => [waves(e, plan.sources[0].schema.length, chunks)],
    });
    return { rows: run.rows, days: run.curve.ts.length, orders: run.orders.length, state: (engine as unknown as Engine).freeze().byteLength };
  };
  const [short, long] = [await of(4), await of(40)];
  expect(long.rows).toBe(10 * short.rows);
  // The start, and the end of every day.
  expect(long.days).toBe(Math.ceil(long.rows / 1440) + 1);
  expect(long.orders).toBeGreaterThan(5 * short.orders);
  expect(long.orders).toBeLessThan(long.rows / 1000);
  // All that the graph remembers, in bytes: account, market, indicators, lots and orders that are open.
  expect(long.state).toBeLessThan(1.05 * short.state);
}, 60_000);
