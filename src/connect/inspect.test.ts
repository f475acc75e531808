import { afterAll, expect, it } from 'vitest';
import { parseTime } from '../core/time.ts';
import { checkFile } from './inspect.ts';
import { tempFolder } from '../../test/connect/support.ts';

const folder = tempFolder();
afterAll(() => folder.remove());
const MINUTE = 60_000;
const START = 1704187800000;
const bar = (minute: number, symbol: string, close: number | string): string =>
  `${START + minute * MINUTE},${symbol},${close},${close},${close},${close},10`;
const file = (name: string, lines: readonly string[]): string =>
  folder.write(name, `ts_ms,symbol,open,high,low,close,volume\n${lines.join('\n')}\n`);
const minutes = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

it('a clean file has nothing to report', async () => {
  const found = await checkFile(file('clean.csv', minutes(100).map((m) => bar(m, 'A', 100 + (m % 3)))));
  expect(found).toMatchObject({ rows: 100, bad: { count: 0 }, outOfOrder: 0 });
  expect(found.symbols[0]).toMatchObject({ symbol: 'A', rows: 100, every: 60_000_000, gaps: 0, missing: 0, duplicates: 0, outOfOrder: 0,
    outliers: 0 });
});

it('finds gaps, duplicates, disorder, leaps and bad rows, by symbol', async () => {
  const lines = minutes(100).filter((m) => m < 50 || m > 53).map((m) => bar(m, 'A', m === 80 ? 1 : 100 + (m % 3)));
  lines.splice(20, 0, lines[19]);
  lines.splice(40, 0, bar(3, 'A', 100), bar(41, 'B', 5), bar(1000, 'B', 'x'));
  const found = await checkFile(file('dirty.csv', lines), { schema: 'bar' });
  expect([found.rows, found.bad.count, found.outOfOrder]).toEqual([99, 1, 3]);
  const [a, b] = found.symbols;
  expect(a).toMatchObject({ every: 60_000_000, gaps: 1, missing: 4, duplicates: 1, outOfOrder: 1, outliers: 2 });
  expect(a.worst).toEqual({ ts: (START + 81 * MINUTE) * 1000, from: 1, to: 100 });
  expect(a.longest).toEqual({ from: (START + 49 * MINUTE) * 1000, to: (START + 54 * MINUTE) * 1000 });
  expect(b).toMatchObject({ symbol: 'B', rows: 1, every: null, gaps: 0 });
});

it('nights and weekends are no gaps', async () => {
  const day = (d: number): string[] => minutes(60).map((m) => bar(d * 1440 + m, 'A', 100));
  const found = await checkFile(file('nights.csv', [...day(0), ...day(1), ...day(4)]));
  expect(found.symbols[0]).toMatchObject({ every: 60_000_000, gaps: 0, missing: 0 });
  const daily = ['2024-01-04', '2024-01-05', '2024-01-08', '2024-01-09', '2024-01-10', '2024-01-11', '2024-01-22', '2024-01-23'];
  const found2 = await checkFile(folder.write('SPX.csv', `Date,Close\n${daily.map((d) => `${d},1`).join('\n')}\n`),
    { timezone: 'America/New_York' });
  expect(found2.symbols[0]).toMatchObject({ symbol: 'SPX', first: parseTime('2024-01-04T05:00:00Z'), gaps: 1, missing: 10 });
});

it('counts nulls by column', async () => {
  const path = folder.write('nulls.csv', 'ts,symbol,price,note\n1,A,1,\n2,A,,x\n3,A,,y\n');
  expect((await checkFile(path)).columns.map((c) => [c.name, c.type, c.nulls])).toEqual([['price', 'f64', 2], ['note', 'text', 1]]);
});
