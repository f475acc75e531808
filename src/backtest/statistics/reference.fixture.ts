import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { dayOf } from '../../core/calendars/civil.ts';
import { DAY } from '../../core/time.ts';
import type { TradeRow } from '../model.ts';

/** Results of other engines. They are read in place and are no part of this repository. */
const ROOT = fileURLToPath(new URL('../../../../shared/reference/trading/', import.meta.url));
export const PRESENT = existsSync(`${ROOT}README.md`);
if (!PRESENT) console.log('reference statistics: skipped, ../shared/reference/trading is absent');

export const json = <T>(path: string): T => JSON.parse(readFileSync(`${ROOT}${path}`, 'utf8')) as T;

/** Rows of a CSV by column name; a first column without name is `date`. */
export function table(path: string): Record<string, string>[] {
  const bytes = readFileSync(`${ROOT}${path}`);
  const [head, ...lines] = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trim().split(/\r?\n/)
    .map((line) => line.split(','));
  return lines.map((cells) => Object.fromEntries(head.map((name, i) => [name || 'date', cells[i]])));
}

export const column = (rows: readonly Record<string, string>[], name: string): Float64Array =>
  Float64Array.from(rows, (r) => Number(r[name]));

/** Microseconds of `2004-08-19` or `20040819`. */
export function timeOf(text: string): number {
  const t = text.replaceAll('-', '');
  return dayOf(Number(t.slice(0, 4)), Number(t.slice(4, 6)), Number(t.slice(6, 8))) * DAY;
}

export const times = (rows: readonly Record<string, string>[], name = 'date'): Float64Array => Float64Array.from(rows, (r) => timeOf(r[name]));

/** A closed trade of which only some values matter. */
export const tradeOf = (part: Partial<TradeRow>): TradeRow => ({
  symbol: 'X', side: 'long', quantity: 1, entryTs: 0, exitTs: DAY, entryPrice: 100, exitPrice: 100, pnl: 0, commission: 0, return: 0,
  bars: 1, mae: 0, mfe: 0, entryReason: 'entry', exitReason: 'exit', open: false, ...part,
});
