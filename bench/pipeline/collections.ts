import { PerformanceObserver } from 'node:perf_hooks';
import { planOf } from '../build.ts';
import { round, type Result } from '../measure.ts';
import { makeTrades } from '../trades.ts';
import { engineOn, feed, TEN_OPERATORS } from './ten-operators.ts';

/** Garbage collections per million rows of the ten operators in steady state (after a first run of as many rows), at batch 1 and 1024. */
export async function collections(rows: number): Promise<Result[]> {
  const plan = planOf(TEN_OPERATORS);
  const trades = makeTrades(2 * rows, 500);
  const out: Result[] = [];
  for (const batch of [1, 1024]) {
    const { engine, chunk } = engineOn(plan, trades, 500);
    feed(engine, chunk, 0, rows, batch);
    let count = 0;
    const watch = new PerformanceObserver((list) => { count += list.getEntries().length; });
    await settled();
    watch.observe({ entryTypes: ['gc'] });
    feed(engine, chunk, rows, 2 * rows, batch);
    await settled();
    watch.disconnect();
    out.push({ name: `garbage collections, batch ${batch}`, value: round((count * 1e6) / rows), unit: 'per million rows', against: null, ratio: null });
  }
  return out;
}

/** Entries come to an observer a little after the fact. */
const settled = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 50); });
