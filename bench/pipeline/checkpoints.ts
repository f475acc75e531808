import { serialize } from 'node:v8';
import { planOf } from '../build.ts';
import { compete, round, type Result } from '../measure.ts';
import { makeTrades } from '../trades.ts';
import { engineOn, feed, TEN_OPERATORS } from './ten-operators.ts';

/** What a checkpoint costs the loop that it stops: ten operators over 5,000 symbols, as bytes. */
export function checkpoints(rows: number, rounds: number): Result[] {
  const trades = makeTrades(rows, 5000);
  const { engine, chunk } = engineOn(planOf(TEN_OPERATORS), trades, 5000);
  feed(engine, chunk, 0, trades.n, 1024);
  const bytes = engine.freeze();
  const ns = compete(rounds, {
    freeze: () => { engine.freeze(); },
    save: () => { serialize(engine.save()); },
    thaw: () => { engine.thaw(bytes); },
  });
  const label = 'checkpoint of ten operators, 5000 symbols';
  return [
    { name: `${label}, freeze`, value: round(ns.freeze / 1e6), unit: 'ms', against: 'time of save and serialize', ratio: round(ns.freeze / ns.save) },
    { name: `${label}, thaw`, value: round(ns.thaw / 1e6), unit: 'ms', against: null, ratio: null },
    { name: `${label}, size`, value: round(bytes.length / 2 ** 20), unit: 'MiB', against: null, ratio: null },
  ];
}
