import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KeyTable } from '../../src/core/keys.ts';
import { openRecording, readStream } from '../../src/recording/recording.ts';
import { best, round, type Result } from '../measure.ts';
import { handBacktest, type Bars } from '../versus/backtest.ts';
import { agree, crossPipeline } from './backtest.ts';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const BIN = fileURLToPath(new URL('../../bin/millrace.js', import.meta.url));
/** Daily bars of 501 stocks over five years, grouped by symbol. */
const DATA = fileURLToPath(new URL('../../../shared/data/daily/us_sp500_daily_2015_2019.csv.gz', import.meta.url));
const ZONE = 'America/New_York';

function millrace(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], { cwd, encoding: 'utf8' });
  if (status !== 0) throw new TypeError(`millrace ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** The rows of a recording of bars as columns. */
async function columns(folder: string): Promise<{ readonly bars: Bars; readonly symbols: number }> {
  const keys = new KeyTable();
  const recording = openRecording(folder);
  const { schema } = recording.streams[0].info;
  const [open, close] = ['open', 'close'].map((name) => schema.findIndex((f) => f.name === name));
  const rows: { ts: number[]; key: number[]; open: number[]; close: number[] } = { ts: [], key: [], open: [], close: [] };
  const reader = readStream(recording, recording.streams[0].info.id, keys);
  for (let c = await reader.next(); c !== null; c = await reader.next()) {
    for (let i = 0; i < c.n; i++) {
      rows.ts.push(c.ts[i]);
      rows.key.push(c.key[i]);
      rows.open.push((c.cols[open] as Float64Array)[i]);
      rows.close.push((c.cols[close] as Float64Array)[i]);
    }
  }
  await reader.close();
  const bars = {
    n: rows.ts.length, ts: Float64Array.from(rows.ts), key: Int32Array.from(rows.key), open: Float64Array.from(rows.open),
    close: Float64Array.from(rows.close),
  };
  return { bars, symbols: keys.size };
}

/**
 * Five years of 501 stocks as a user runs them: a whole process, its start, statistics and table included, from the file as it came and
 * from a recording that was made of it once. Without the data, or before a build, there is nothing to measure.
 */
export async function stocks(rounds: number): Promise<Result[]> {
  const label = 'backtest: 501 stocks, five years of days, whole process';
  if (!existsSync(DATA) || !existsSync(MAIN)) {
    console.log(`${label}: left out, ${existsSync(MAIN) ? 'the data is' : 'a build is'} not there`);
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    const source = (from: string): string => `    ${from}\n    every: 1d\n    time: { timezone: ${ZONE} }`;
    writeFileSync(join(folder, 'csv.yaml'), crossPipeline(source(`csv: ${JSON.stringify(DATA)}`), '0.2%'));
    millrace(['data', 'import', DATA, '--schema', 'bar', '--timezone', ZONE, '--out', 'recorded'], folder);
    const { bars, symbols } = await columns(join(folder, 'recorded'));
    const settings = { capital: 1_000_000, fraction: 0.002, commission: 0.0001, slippage: 0.0002, symbols };
    const least = { hand: Infinity, csv: Infinity, recording: Infinity };
    for (let r = 0; r < rounds; r++) {
      const hand = best(1, () => { handBacktest(bars, settings); });
      least.hand = Math.min(least.hand, hand);
      const { equity } = handBacktest(bars, settings);
      for (const [from, flags] of [['csv', []], ['recording', ['--source', 'bars=recorded']]] as const) {
        let out = '';
        least[from] = Math.min(least[from], best(1, () => { out = millrace(['backtest', 'csv.yaml', ...flags, '--json'], folder); }));
        agree(`equity of 501 stocks from a ${from}`, (JSON.parse(out) as { final_equity: number }).final_equity, equity);
      }
    }
    return [
      {
        name: 'backtest: 501 stocks, rows in memory, by hand', value: round((bars.n / least.hand) * 1e3), unit: 'M rows/s', against: null,
        ratio: null,
      },
      ...(['csv', 'recording'] as const).map((from) => ({
        name: `${label}, from ${from === 'csv' ? 'CSV.gz' : 'a recording'}`, value: round(least[from] / 1e9), unit: 's',
        against: 'time of the loop by hand', ratio: round(least[from] / least.hand),
      })),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
