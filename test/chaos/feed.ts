import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import { JetStreamOutput } from '../../src/bus/jetstream-output.ts';
import { ensureStream } from '../../src/bus/streams.ts';
import { readerFor } from '../../src/connect/open.ts';
import { KeyTable } from '../../src/core/keys.ts';
import { SCHEMAS } from '../../src/core/types.ts';
import { ROOT } from '../shipped.ts';

const REAL = join(ROOT, '../shared/data/ticks/lean_us_equity_trades.csv.gz');

/** One trade as a feed would publish it. */
export interface Trade {
  readonly subject: string;
  readonly payload: string;
}

/**
 * Trades in order of event time: real ones where they are at hand, and again a year later until there are enough; else synthetic ones.
 */
export async function trades(count: number): Promise<Trade[]> {
  const real = existsSync(REAL);
  const keys = new KeyTable();
  const args = real ? { path: [REAL], delimiter: ',', header: true, order: 'time' }
    : { symbols: ['AAPL', 'MSFT', 'NVDA', 'SPY'], seed: 5, rows: count };
  const ctx = {
    id: 'trades', schema: SCHEMAS.trade, keys, args, base: ROOT, time: { field: 'ts', unit: null, timezone: 'UTC' }, optional: ['side'],
  };
  const YEAR = 366 * 86_400_000_000;
  const out: Trade[] = [];
  for (let lap = 0; out.length < count; lap++) {
    const reader = readerFor(ctx, real ? 'csv' : 'synthetic');
    for (let chunk = await reader.next(); chunk !== null && out.length < count; chunk = await reader.next()) {
      for (let i = 0; i < chunk.n && out.length < count; i++) {
        const symbol = keys.symbols[chunk.key[i]];
        const ts = (chunk.ts[i] + lap * YEAR) / 1000;
        out.push({ subject: `md.trades.${symbol}`, payload: JSON.stringify({ ts, price: chunk.cols[0][i], size: chunk.cols[1][i] }) });
      }
    }
    await reader.close();
  }
  return out;
}

/** Fills stream MD with trades, each once, whatever happens to the broker meanwhile. */
export async function fill(nc: NatsConnection, all: readonly Trade[]): Promise<void> {
  await ensureStream(nc, { name: 'MD', subjects: ['md.trades.*'], discard: 'old', duplicateWindowMs: 100 });
  const log = new JetStreamOutput(nc, { stream: 'MD', chain: 'log' });
  await log.tails();
  for (let i = 0; i < all.length; i++) {
    log.append({ id: `0:${i}:0`, subject: all[i].subject, payload: all[i].payload, headers: [] });
    const room = log.room();
    if (room !== undefined) await room;
  }
  await log.stored();
  await log.close();
}
