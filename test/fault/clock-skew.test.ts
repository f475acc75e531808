import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { readerFor } from '../../src/connect/open.ts';
import { SCHEMAS } from '../../src/core/types.ts';
import { Engine } from '../../src/engine/engine.ts';
import { replay } from '../../src/engine/replay.ts';
import { planOf } from '../recording/support.ts';
import { ROOT } from '../shipped.ts';

const BOOK = join(ROOT, '../shared/data/book');
const there = existsSync(BOOK);
if (!there) console.log('skipped: captures of two clocks, which are not here');

const folder = mkdtempSync(join(tmpdir(), 'millrace-skew-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * A capture in its order of arrival: trades carry the clock of the exchange, and quotes (as trades at the bid) that of the receiver, which
 * is some 1.27 s behind it. In one stream the quotes are late.
 */
function capture(): { path: string; rows: number } {
  const read = (name: string): string[][] => gunzipSync(readFileSync(join(BOOK, name))).toString().trim().split('\n').slice(1).map((l) => l.split(','));
  const rows: [arrival: bigint, line: string][] = [];
  for (const [local, , trade, , , price, size] of read('binance_spot_btcusdt_20240808.trades.csv.gz')) {
    rows.push([BigInt(local), `${trade}000,TRADE,${price},${size}`]);
  }
  for (const [local, , , , , bid, size] of read('binance_spot_btcusdt_20240808.bbo.csv.gz').slice(0, 30_000)) {
    rows.push([BigInt(local), `${BigInt(local) / 1000n},QUOTE,${bid},${size}`]);
  }
  rows.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  const path = join(folder, 'capture.csv');
  writeFileSync(path, `ts,symbol,price,size\n${rows.map(([, l]) => l).join('\n')}\n`);
  return { path, rows: rows.length };
}

async function run(path: string, lateness: string, batch: number): Promise<{ hash: string; late: number; bars: number; rows: number }> {
  const engine = new Engine(planOf(`apiVersion: 1
pipeline: skew
sources: { trades: { csv: { path: x.csv }, schema: trade } }
time: { lateness: ${lateness} }
nodes: { bars: { from: trades, bars: { every: 1s } } }
outputs: { bars: { from: bars, stdout: jsonl } }
`), { hash: 'all' });
  const ctx = {
    id: 'trades', schema: SCHEMAS.trade, keys: engine.graph.keys[0], args: { path: [path], order: 'arrival' }, base: folder,
    time: { field: 'ts', unit: 'us' as const, timezone: 'UTC' }, optional: ['side'],
  };
  const reader = readerFor(ctx, 'csv');
  await replay(engine, [reader], { batch });
  await reader.close();
  const { late, out } = engine.report().bars;
  const got = { hash: engine.hash(['bars']), late, bars: out, rows: engine.ingest.rowsTaken[0] };
  await engine.close();
  return got;
}

it.runIf(there)('rows of a clock that is 1.27 s behind are late, counted, the same at every batch, and in time for a lateness of 2 s', async () => {
  const { path, rows } = capture();
  const strict = await run(path, '0s', 4096);
  expect(strict.rows).toBe(rows);
  expect(strict.late).toBeGreaterThan(1000);
  for (const batch of [1, 256]) expect(await run(path, '0s', batch)).toEqual(strict);
  const patient = await run(path, '2s', 4096);
  expect(patient.late).toBe(0);
  expect(patient.bars).toBeGreaterThan(0);
  expect(await run(path, '2s', 256)).toEqual(patient);
  console.log(`${strict.late} of ${rows} rows late at a lateness of 0 s, ${patient.late} at 2 s`);
});
