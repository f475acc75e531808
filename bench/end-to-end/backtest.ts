import type { Chunk, SourceReader } from '../../src/core/connector.ts';
import { Random } from '../../src/core/random.ts';
import { portsOf, runBacktest } from '../../src/cli/backtest-run.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { pipelineOf } from '../build.ts';
import { round, type Result } from '../measure.ts';
import { handBacktest, type Bars } from '../versus/backtest.ts';
import { stocks } from './backtest-stocks.ts';

const SETTINGS = { capital: 1_000_000, fraction: 0.9, commission: 0.0001, slippage: 0.0002, symbols: 1 };

/** A cross of two averages, always in the market, with commission and slippage. */
export const crossPipeline = (source: string, fraction: string): string => `
apiVersion: 1
pipeline: cross
sources:
  bars:
${source}
    schema: bar
    stamp: close
nodes:
  averages:
    from: bars
    compute:
      fast: ema(close, 12)
      slow: ema(close, 26)
  cross:
    from: averages
    signal:
      buy: crosses_above(fast, slow)
      sell: crosses_below(fast, slow)
  sized:
    from: cross
    size: { fraction: ${fraction} }
  account:
    from: sized
    broker: {}
backtest:
  capital: 1000000 USD
  costs: { commission: 1bps, slippage: 2bps }
`;

/** A seeded random walk of minutes; opens differ from the closes before them. */
export function makeBars(n: number, seed = 5): Bars & Readonly<Record<'high' | 'low' | 'volume', Float64Array>> {
  const random = new Random(seed);
  const column = (): Float64Array => new Float64Array(n);
  const key = new Int32Array(n);
  const bars = { n, ts: column(), key, open: column(), high: column(), low: column(), close: column(), volume: column() };
  let last = 100;
  for (let i = 0; i < n; i++) {
    const open = last * (1 + (random.next() - 0.5) * 0.0002);
    const close = open * (1 + (random.next() - 0.5) * 0.001);
    // Back towards 100, so that any number of rows has prices of that size.
    last = close + (100 - close) * 1e-4;
    bars.ts[i] = 1.577836800e15 + i * 60_000_000;
    bars.open[i] = open;
    bars.close[i] = close;
    bars.high[i] = Math.max(open, close) * 1.0001;
    bars.low[i] = Math.min(open, close) * 0.9999;
    bars.volume[i] = 1000;
  }
  return bars;
}

/** Rows in memory as a source gives them, in one chunk. */
function memorySource(engine: Engine, chunk: Chunk, symbol: string): SourceReader {
  engine.graph.keys[0].intern(symbol);
  let left: Chunk | null = chunk;
  return {
    total: chunk.n, bad: { count: 0, first: [] },
    next: () => {
      const out = left;
      left = null;
      return Promise.resolve(out);
    },
    close: () => Promise.resolve(),
  };
}

/** One symbol through the full graph and its statistics, against one function that does the same. */
async function oneSymbol(rows: number, rounds: number): Promise<Result[]> {
  const { doc, plan } = pipelineOf(crossPipeline('    csv: none.csv\n    every: 1m', '90%'), [...portsOf('account')]);
  const bars = makeBars(rows);
  const named: Readonly<Record<string, unknown>> = { ...bars };
  const cols = plan.sources[0].schema.map((f) => named[f.name] as Float64Array | undefined ?? new Float64Array(rows).fill(NaN));
  const chunk: Chunk = { n: rows, ts: bars.ts, key: bars.key, cols };
  const least = { hand: Infinity, engine: Infinity };
  for (let r = 0; r < rounds; r++) {
    const start = process.hrtime.bigint();
    const hand = handBacktest(bars, SETTINGS);
    const middle = process.hrtime.bigint();
    const run = await runBacktest({
      doc, plan, node: 'account', universe: null, span: { from: null, to: null }, hashes: true,
      open: (engine) => [memorySource(engine, chunk, 'ONE')],
    });
    least.hand = Math.min(least.hand, Number(middle - start));
    least.engine = Math.min(least.engine, Number(process.hrtime.bigint() - middle));
    agree('equity', run.curve.equity[run.curve.equity.length - 1], hand.equity);
    agree('fills', run.fills.length, hand.fills);
    agree('commission', run.costs.commission, hand.commission);
    agree('slippage', run.costs.slippage, hand.slippage);
  }
  return [
    {
      name: 'backtest: one symbol, cross with costs, by hand', value: round((rows / least.hand) * 1e3), unit: 'M bars/s', against: null,
      ratio: null,
    },
    {
      name: 'backtest: one symbol, cross with costs', value: round((rows / least.engine) * 1e3), unit: 'M bars/s',
      against: 'time of the loop by hand', ratio: round(least.engine / least.hand),
    },
  ];
}

/** Throws where two results are not the same but for the order of summing: nobody measures something else. */
export function agree(what: string, found: number, wanted: number): void {
  if (!(Math.abs(found - wanted) <= 1e-9 * Math.abs(wanted))) throw new TypeError(`${what}: ${found}, by hand ${wanted}`);
}

export async function backtests(rows: number, rounds: number, quick: boolean): Promise<Result[]> {
  return [...await oneSymbol(rows, rounds), ...(quick ? [] : await stocks(rounds))];
}
