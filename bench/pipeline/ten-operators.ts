import type { Chunk } from '../../src/core/connector.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { Plan } from '../../src/plan/ir.ts';
import { planOf } from '../build.ts';
import { compete, round, type Result } from '../measure.ts';
import { makeTrades, type Trades } from '../trades.ts';
import { handFused } from '../versus/hand.ts';
import { idiomaticRx } from '../versus/rxjs.ts';

/** Ten operators over trades: three ema, rsi, sma, obv, lag, a cross, two formulas; the same work as bench/versus. */
export const TEN_OPERATORS = `
apiVersion: 1
pipeline: ten-operators
sources:
  trades:
    csv: none.csv
    schema: trade
nodes:
  features:
    from: trades
    compute:
      macd: ema(price, 12) - ema(price, 26)
      cross: crosses_above(macd, ema(macd, 9))
      rsi: rsi(price, 14)
      mean: sma(price, 20)
      obv: obv(price, size)
      before: price[1]
  picked:
    from: features
    filter: cross and rsi < 70 and price > mean * 0.5 and price / before < 2 and obv != 1e300
outputs:
  out:
    from: picked
    stdout: jsonl
`;

/** An engine on a plan over trades, and the chunk that holds all of them. */
export function engineOn(plan: Plan, t: Trades, symbols: number): { readonly engine: Engine; readonly chunk: Chunk } {
  const engine = new Engine(plan);
  for (let k = 0; k < symbols; k++) engine.graph.keys[0].intern(`S${k}`);
  return { engine, chunk: { n: t.n, ts: t.ts, key: t.key, cols: [t.price, t.size, t.side] } };
}

/** Rows that come out of a run at one batch size, driven through the engine as a replay does. */
export function runEngine(plan: Plan, t: Trades, symbols: number, batch: number): number {
  const { engine, chunk } = engineOn(plan, t, symbols);
  feed(engine, chunk, 0, t.n, batch);
  return engine.report()['picked'].out;
}

export function feed(engine: Engine, chunk: Chunk, from: number, to: number, batch: number): void {
  for (let i = from; i < to; i += batch) {
    engine.take(0, chunk, i, Math.min(to, i + batch));
    void engine.epoch();
  }
}

export function tenOperators(rows: number, rounds: number): Result[] {
  const plan = planOf(TEN_OPERATORS);
  const out: Result[] = [];
  const counts = new Set<number>();
  for (const symbols of [500, 5000]) {
    const trades = makeTrades(rows, symbols);
    const batches = symbols === 500 ? [1, 16, 256, 1024, 4096] : [1024];
    const works: Record<string, () => void> = { hand: () => { counts.add(handFused(trades, symbols)); } };
    for (const b of batches) works[`batch ${b}`] = () => { counts.add(runEngine(plan, trades, symbols, b)); };
    const ns = compete(rounds, works);
    const label = `ten operators, ${symbols} symbols`;
    out.push({ name: `${label}, hand-fused loop`, value: round((rows / ns['hand']) * 1e3), unit: 'M rows/s', against: null, ratio: null });
    for (const b of batches) {
      const t = ns[`batch ${b}`];
      out.push({
        name: `${label}, batch ${b}`, value: round((rows / t) * 1e3), unit: 'M rows/s', against: 'time of the hand-fused loop',
        ratio: round(t / ns['hand']),
      });
    }
    if (counts.size !== 1) throw new TypeError(`results differ: ${[...counts].join()}`);
    counts.clear();
  }
  return [...out, ...againstRx(plan, Math.floor(rows / 10), rounds)];
}

function againstRx(plan: Plan, rows: number, rounds: number): Result[] {
  const trades = makeTrades(rows, 500);
  const counts = new Set<number>();
  const ns = compete(rounds, {
    rx: () => { counts.add(idiomaticRx(trades)); },
    engine: () => { counts.add(runEngine(plan, trades, 500, 1024)); },
  });
  if (counts.size !== 1) throw new TypeError(`results differ from RxJS: ${[...counts].join()}`);
  return [{
    name: 'ten operators, against idiomatic RxJS', value: round((rows / ns.engine) * 1e3), unit: 'M rows/s',
    against: 'speed of groupBy and objects', ratio: round(ns.rx / ns.engine),
  }];
}
