import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { formatTime } from '../core/time.ts';
import { checkFile } from './inspect.ts';
import { readerFor } from './open.ts';
import { contextFor } from '../../test/connect/support.ts';

/** Real market data beside the repository; its tests are left out, aloud, where it is absent. */
const DATA = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

interface Case {
  readonly file: string;
  readonly schema: string;
  readonly rows: number;
  /** Rows without a bid or an ask. */
  readonly bad?: number;
  readonly symbols: number;
  readonly first: string;
  readonly last: string;
  readonly row: readonly (string | number | null)[];
  readonly args?: Record<string, unknown>;
  readonly zone?: string;
}

const CASES: readonly Case[] = [
  { file: 'ticks/lean_us_equity_trades.csv.gz', schema: 'trade', rows: 363_066, symbols: 3, first: '2013-10-07T08:00:00.464Z',
    last: '2013-10-07T23:59:59.536Z',
    row: ['SPY', 167.41, 100, null] },
  { file: 'ticks/lean_us_equity_quotes.csv.gz', schema: 'quote', rows: 109_067, symbols: 1, first: '2013-10-07T08:00:00.054Z',
    last: '2013-10-08T00:00:00.122Z',
    row: ['IBM', 0, 183.63, 0, 100] },
  { file: 'ticks/lean_fx_quotes.csv.gz', schema: 'quote', rows: 106_295, symbols: 2, first: '2014-05-02T05:00:00.611Z',
    last: '2014-05-04T23:59:57.389Z',
    row: ['EURUSD', 1.38626, 1.38627, null, null] },
  { file: 'ticks/pyalgotrade_bitstamp_btcusd_trades_2011_2012.csv.gz', schema: 'trade', rows: 9999, symbols: 1,
    first: '2011-09-13T13:53:36Z',
    last: '2012-05-31T08:41:18Z', row: ['BTCUSD', 5.8, 1, null] },
  { file: 'book/binance_spot_btcusdt_20240808.bbo.csv.gz', schema: 'quote', rows: 28_040, symbols: 1, first: '2024-08-08T23:54:14.087891Z',
    last: '2024-08-08T23:59:59.999231Z', row: ['BTCUSDT', 61837.63, 61837.64, 3.78826, 1.54698] },
  { file: 'book/binance_usdm_btcusdt_20240808.bbo.csv.gz', schema: 'quote', rows: 66_089, symbols: 1, first: '2024-08-08T23:54:16.313Z',
    last: '2024-08-09T00:00:00.709Z', row: ['BTCUSDT', 61800.2, 61800.3, 2.507, 2.51] },
  { file: 'book/binance_usdm_btcusdt_20240808.trades.csv.gz', schema: 'trade', rows: 21_313, symbols: 1, first: '2024-08-08T23:54:16.322Z',
    last: '2024-08-08T23:59:59.643Z', row: ['BTCUSDT', 61800.3, 0.006, 1] },
  { file: 'daily/us_sp500_daily_2015_2019.csv.gz', schema: 'bar', rows: 619_252, symbols: 501, first: '2015-01-02T00:00:00Z',
    last: '2019-12-31T00:00:00Z',
    row: ['A', 41.18, 41.31, 40.37, 40.56, 1530798] },
  { file: 'daily/stockindicators_spx.csv.gz', schema: 'bar', rows: 8111, symbols: 1, first: '1990-01-02T05:00:00Z',
    last: '2022-03-10T05:00:00Z',
    row: ['SPX', 353.4, 359.69, 351.98, 359.69, 0], args: { symbol: 'SPX' }, zone: 'America/New_York' },
  { file: 'minute/stockindicators_intraday_1m_2020_12.csv.gz', schema: 'bar', rows: 1564, symbols: 1, first: '2020-12-15T14:30:00Z',
    last: '2020-12-18T21:00:00Z', row: ['SPY', 367.4, 367.62, 367.36, 367.46, 407870], args: { symbol: 'SPY' }, zone: 'America/New_York' },
  { file: 'minute/lean_us_equity_1m_quotes.csv.gz', schema: 'quote', rows: 14_269, bad: 5, symbols: 5, first: '2013-10-04T08:00:00Z',
    last: '2014-06-10T00:00:00Z',
    row: ['AIG', 48.18, 49.35, 100, 100], args: { fields: { bid: 'bid_close', ask: 'ask_close' } } },
  { file: 'minute/quanttrading_gbpusd_mid_1m_2018_06.csv.gz', schema: 'price', rows: 29_698, symbols: 1, first: '2018-05-31T23:00:00Z',
    last: '2018-06-29T15:58:00Z', row: ['GBPUSD', 1.326255], args: { symbol: 'GBPUSD' }, zone: 'Europe/London' },
];

for (const c of CASES) {
  const path = DATA + c.file;
  if (!existsSync(path)) console.log(`left out: ${c.file} is not there`);
  it.skipIf(!existsSync(path))(`${c.file} as ${c.schema}`, async () => {
    const schema = c.schema === 'price' ? [{ name: 'price', type: 'f64' } as const] : c.schema;
    const ctx = contextFor(schema, { path, ...c.args }, { time: { field: 'ts', unit: null, timezone: c.zone ?? 'UTC' } });
    const reader = readerFor(ctx, 'csv');
    let rows = 0;
    let last = -Infinity;
    let inOrder = true;
    let first: unknown = null;
    for (let chunk = await reader.next(); chunk !== null; chunk = await reader.next()) {
      first ??= [formatTime(chunk.ts[0]), ctx.keys.symbols[chunk.key[0]], ...chunk.cols.map((col) => (col[0] !== col[0] ? null : col[0]))];
      for (let i = 0; i < chunk.n; i++) {
        inOrder &&= chunk.ts[i] >= last;
        last = chunk.ts[i];
      }
      rows += chunk.n;
    }
    expect(reader.bad.first.map((b) => b.code)).toEqual(Array.from({ length: c.bad ?? 0 }, () => 'E753'));
    expect({ rows, total: reader.total, symbols: ctx.keys.size, first, last: formatTime(last), inOrder })
      .toEqual({ rows: c.rows, total: c.rows, symbols: c.symbols, first: [c.first, ...c.row], last: c.last, inOrder: true });
  });
}

it.skipIf(!existsSync(`${DATA}minute`))('the split of AAPL in June 2014 shows up as a leap', async () => {
  const found = await checkFile(`${DATA}minute/lean_us_equity_1m_trades.csv.gz`);
  expect(found.symbols.find((s) => s.symbol === 'AAPL')!.worst).toMatchObject({ from: 645.7, to: 92.42 });
});
