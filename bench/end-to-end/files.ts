import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '../../src/engine/engine.ts';
import { readerFor } from '../../src/connect/open.ts';
import { planOf } from '../build.ts';
import { round, type Result } from '../measure.ts';
import { makeTrades } from '../trades.ts';
import { TEN_OPERATORS } from '../pipeline/ten-operators.ts';

/** A replay of a CSV file through the ten operators, against reading the file and doing nothing. */
export async function files(rows: number): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const path = join(folder, 'trades.csv');
  const t = makeTrades(rows, 500);
  const lines = ['ts_us,symbol,price,size'];
  for (let i = 0; i < rows; i++) lines.push(`${t.ts[i]},S${t.key[i]},${t.price[i].toFixed(4)},${t.size[i]}`);
  writeFileSync(path, lines.join('\n'));
  try {
    const plan = planOf(TEN_OPERATORS);
    const read = async (use: boolean): Promise<number> => {
      const engine = new Engine(plan);
      const from = process.hrtime.bigint();
      const reader = readerFor({
        id: 'trades', schema: plan.sources[0].schema, keys: engine.graph.keys[0], args: { path: [path], order: 'arrival' }, base: '.',
        time: { field: 'ts_us', unit: 'us', timezone: 'UTC' }, optional: ['side'],
      }, 'csv');
      for (let c = await reader.next(); c !== null; c = await reader.next()) {
        for (let i = 0; use && i < c.n; i += 4096) {
          engine.take(0, c, i, Math.min(c.n, i + 4096));
          void engine.epoch();
        }
      }
      await reader.close();
      return Number(process.hrtime.bigint() - from);
    };
    let bare = Infinity;
    let full = Infinity;
    for (let r = 0; r < 3; r++) {
      bare = Math.min(bare, await read(false));
      full = Math.min(full, await read(true));
    }
    return [{
      name: 'replay of a CSV file through ten operators', value: round((rows / full) * 1e3), unit: 'M rows/s',
      against: 'time of reading it alone', ratio: round(full / bare),
    }];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
