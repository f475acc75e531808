import { KeyTable } from '../../core/keys.ts';
import type { CheckResult } from '../model.ts';
import { readTape, type OpenSources, type Plan, type Tape } from './tape.ts';

export interface StampReport {
  readonly bars: string;
  readonly trades: string;
  /** Bars that have trades before and behind their time, and how many hold what was traded before it, or behind it. */
  readonly compared: number;
  readonly before: number;
  readonly behind: number;
  /** Usual time between two bars of a symbol, microseconds. */
  readonly length: number;
}

const placeOf = (plan: Plan, s: number, name: string): number => plan.sources[s].schema.findIndex((f) => f.name === name);

interface Series {
  readonly ts: number[];
  readonly price: number[];
}

function tradesOf(tape: Tape, plan: Plan, s: number): Map<number, Series> {
  const price = placeOf(plan, s, 'price');
  const out = new Map<number, Series>();
  for (let i = 0; i < tape.n; i++) {
    if (tape.source[i] !== s) continue;
    const { key, cols } = tape.chunks[s];
    const x = (cols[price] as Float64Array)[tape.row[i]];
    if (key[tape.row[i]] < 0 || x !== x) continue;
    let series = out.get(key[tape.row[i]]);
    if (series === undefined) out.set(key[tape.row[i]], (series = { ts: [], price: [] }));
    series.ts.push(tape.ts[i]);
    series.price.push(x);
  }
  return out;
}

/** Highest and lowest price from `from` up to, not including, `to`; null where there is none. `ts` rises. */
function range({ ts, price }: Series, from: number, to: number): readonly [high: number, low: number] | null {
  let low = 0;
  for (let high = ts.length; low < high;) {
    const mid = (low + high) >> 1;
    if (ts[mid] < from) low = mid + 1;
    else high = mid;
  }
  if (low === ts.length || ts[low] >= to) return null;
  let [most, least] = [-Infinity, Infinity];
  for (let i = low; i < ts.length && ts[i] < to; i++) {
    most = Math.max(most, price[i]);
    least = Math.min(least, price[i]);
  }
  return [most, least];
}

/**
 * Where a pipeline reads bars and trades of the same symbols: does a bar hold what was traded before its time, or what was traded behind
 * it? Without trades nothing in a bar says when it was known.
 */
export async function checkStamps(plan: Plan, open: OpenSources, limit = 500_000): Promise<StampReport[]> {
  const all = plan.sources.map((_, s) => s);
  const bars = all.filter((s) => ['open', 'high', 'low', 'close'].every((c) => placeOf(plan, s, c) >= 0));
  const trades = all.filter((s) => placeOf(plan, s, 'price') >= 0);
  if (bars.length === 0 || trades.length === 0) return [];
  const tape = await readTape(plan, open, new KeyTable(), { order: 'time', limit });
  return bars.flatMap((b) => trades.map((t) => held(tape, plan, b, t)));
}

function held(tape: Tape, plan: Plan, b: number, t: number): StampReport {
  const traded = tradesOf(tape, plan, t);
  const [high, low] = [placeOf(plan, b, 'high'), placeOf(plan, b, 'low')];
  const { key, cols } = tape.chunks[b];
  const last = new Map<number, number>();
  const gaps: number[] = [];
  const rows: number[] = [];
  for (let i = 0; i < tape.n; i++) {
    if (tape.source[i] !== b || key[tape.row[i]] < 0) continue;
    const k = key[tape.row[i]];
    const before = last.get(k);
    if (before !== undefined && tape.ts[i] > before) gaps.push(tape.ts[i] - before);
    last.set(k, tape.ts[i]);
    rows.push(i);
  }
  const length = gaps.sort((x, y) => x - y)[gaps.length >> 1] ?? 0;
  let [compared, inFront, behind] = [0, 0, 0];
  for (const i of rows) {
    const series = traded.get(key[tape.row[i]]);
    if (series === undefined || length === 0) continue;
    const ts = tape.ts[i];
    const [past, next] = [range(series, ts - length, ts), range(series, ts, ts + length)];
    if (past === null || next === null) continue;
    const [h, l] = [(cols[high] as Float64Array)[tape.row[i]], (cols[low] as Float64Array)[tape.row[i]]];
    compared += 1;
    if (past[0] === h && past[1] === l) inFront += 1;
    if (next[0] === h && next[1] === l) behind += 1;
  }
  return { bars: plan.sources[b].id, trades: plan.sources[t].id, compared, before: inFront, behind, length };
}

/** Bars fewer than this say nothing. */
const ENOUGH = 10;

/** True where most bars hold what was traded behind their time, and few what was traded before it. */
export const isEarly = (r: StampReport): boolean => r.compared >= ENOUGH && r.behind > 0.8 * r.compared && r.before < 0.2 * r.compared;

export function stampResult(reports: readonly StampReport[]): CheckResult | null {
  const early = reports.filter(isEarly);
  if (early.length === 0) return null;
  return { name: 'lookahead', ok: false, text: early.map((r) => `look-ahead: ${r.behind} of ${r.compared} bars of \`${r.bars}\` hold what `
    + `\`${r.trades}\` has behind their time, ${r.before} what it has before: they are stamped at their open`).join('\n') };
}
