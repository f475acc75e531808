import { constants, PerformanceObserver } from 'node:perf_hooks';
import { planOf } from '../build.ts';
import { round, type Result } from '../measure.ts';
import { makeTrades } from '../trades.ts';
import { runEngine, TEN_OPERATORS } from './ten-operators.ts';

/** Garbage collections per million rows of the ten operators in steady state, at batch 1 and 1024. */
export async function collections(rows: number): Promise<Result[]> {
  const plan = planOf(TEN_OPERATORS);
  const trades = makeTrades(rows, 500);
  runEngine(plan, trades, 500, 256);
  const out: Result[] = [];
  for (const batch of [1, 1024]) {
    let count = 0;
    const watch = new PerformanceObserver((list) => {
      count += list.getEntries().filter((e) => (e as { detail?: { kind?: number } }).detail?.kind !== constants.NODE_PERFORMANCE_GC_WEAKCB).length;
    });
    await new Promise((r) => setTimeout(r, 50));
    watch.observe({ entryTypes: ['gc'] });
    runEngine(plan, trades, 500, batch);
    await new Promise((r) => setTimeout(r, 50));
    watch.disconnect();
    out.push({ name: `garbage collections, batch ${batch}`, value: round((count * 1e6) / rows), unit: 'per million rows', against: null, ratio: null });
  }
  return out;
}
