import { planOf } from '../build.ts';
import { compete, round, type Result } from '../measure.ts';
import { engineOn } from './ten-operators.ts';
import { makeTrades, type Trades } from '../trades.ts';

const PIPELINE = `
apiVersion: 1
pipeline: formula
sources:
  trades:
    csv: none.csv
    schema: trade
nodes:
  out:
    from: trades
    compute:
      score: if(price > 100 and size < 50 or price < 90, (price - 100) / size + sqrt(price * size), abs(price - 95) * 0.5)
outputs:
  o:
    from: out
    stdout: jsonl
`;

/** The same formula as a trader would write it in JavaScript, a null where a size is 0. */
function byHand(t: Trades, out: Float64Array): void {
  for (let i = 0; i < t.n; i++) {
    const price = t.price[i];
    const size = t.size[i];
    out[i & 4095] = (price > 100 && size < 50) || price < 90
      ? (price - 100) / size + Math.sqrt(price * size)
      : Math.abs(price - 95) * 0.5;
  }
}

export function formulas(rows: number, rounds: number): Result[] {
  const trades = makeTrades(rows, 50);
  const plan = planOf(PIPELINE);
  const { engine, chunk } = engineOn(plan, trades, 50);
  const own = new Float64Array(4096);
  const ns = compete(rounds, {
    hand: () => byHand(trades, own),
    engine: () => {
      for (let i = 0; i < rows; i += 4096) {
        engine.take(0, chunk, i, Math.min(rows, i + 4096));
        void engine.epoch();
      }
    },
    bare: () => {
      for (let i = 0; i < rows; i += 4096) {
        engine.take(0, chunk, i, Math.min(rows, i + 4096));
        engine.ingest.begin();
      }
    },
  });
  const formula = ns.engine - ns.bare;
  return [{
    name: 'formula, against JavaScript by hand', value: round((rows / formula) * 1e3), unit: 'M rows/s',
    against: 'time of the same JavaScript', ratio: round(formula / ns.hand),
  }];
}
