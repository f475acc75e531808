import type { BacktestRun, CostSplit, EquityCurve } from '../model.ts';
import type { Span } from './port.ts';

/** A run over the span that a fold is tested on. It begins with what the account had at the end of the one before. */
export interface TestPart {
  readonly span: Span;
  readonly run: BacktestRun;
}

const sumOf = (parts: readonly TestPart[], of: (run: BacktestRun) => number): number => parts.reduce((sum, p) => sum + of(p.run), 0);

const untilOf = (parts: readonly TestPart[], k: number): number => parts[k + 1]?.span.from ?? Infinity;

/** Entries one after another; the first of each part but the first is its start, which the one before has told already. */
function curveOf(parts: readonly TestPart[]): EquityCurve {
  const names = ['ts', 'equity', 'cash', 'gross', 'net'] as const;
  const out = { ts: [], equity: [], cash: [], gross: [], net: [], benchmark: [] } as Record<keyof EquityCurve, number[]>;
  for (const [k, { run: { curve } }] of parts.entries()) {
    // What was bought and held goes on from one part to the next.
    const begun = curve.benchmark.find((b) => !Number.isNaN(b)) ?? NaN;
    const before = out.benchmark.findLast((b) => !Number.isNaN(b)) ?? begun;
    for (let i = k === 0 ? 0 : 1; i < curve.ts.length && curve.ts[i] < untilOf(parts, k); i++) {
      for (const name of names) out[name].push(curve[name][i]);
      out.benchmark.push(before * (curve.benchmark[i] / begun));
    }
  }
  return Object.fromEntries(Object.entries(out).map(([name, values]) => [name, Float64Array.from(values)])) as unknown as EquityCurve;
}

/** The account at the end of a part, where the next one takes over. */
export function equityBefore({ ts, equity }: EquityCurve, until: number): number {
  let last = 0;
  while (last + 1 < ts.length && ts[last + 1] < until) last++;
  return equity[last];
}

/** What a stitched run has of its parts; identity, statistics and sentences are added by who stitches. */
export type Stitched = Pick<BacktestRun,
  'from' | 'to' | 'rows' | 'seconds' | 'symbols' | 'capital' | 'curve' | 'orders' | 'fills' | 'trades' | 'costs' | 'exposure'
  | 'turnover' | 'signals' | 'refused'>;

/**
 * Runs over spans that follow one another as one run: orders numbered anew, everything else as it was. Where spans overlap, the later one
 * takes over at its start. There must be a part.
 */
export function stitchRuns(parts: readonly TestPart[]): Stitched {
  const curve = curveOf(parts);
  let offset = 0;
  const orders: BacktestRun['orders'][number][] = [];
  const fills: BacktestRun['fills'][number][] = [];
  const trades: BacktestRun['trades'][number][] = [];
  const refused: Record<string, number> = {};
  for (const [k, { run }] of parts.entries()) {
    const until = untilOf(parts, k);
    const shift = offset;
    for (const o of run.orders) {
      offset = Math.max(offset, shift + o.id);
      if (o.ts < until) orders.push({ ...o, id: o.id + shift, parent: o.parent === null ? null : o.parent + shift });
    }
    for (const f of run.fills) if (f.ts < until) fills.push({ ...f, order: f.order + shift });
    // A position that is open where a test ends is given up at its value there, as the account of the next begins without it.
    const ends = k < parts.length - 1;
    for (const t of run.trades) if (t.entryTs < until) trades.push(t.open && ends ? { ...t, open: false, exitReason: 'end' } : t);
    for (const [code, n] of Object.entries(run.refused)) refused[code] = (refused[code] ?? 0) + n;
  }
  const rows = sumOf(parts, (r) => r.rows);
  const paid = (of: keyof CostSplit): number => sumOf(parts, (r) => r.costs[of]);
  return {
    curve, orders, fills, trades, refused, rows, from: curve.ts[0], to: curve.ts[curve.ts.length - 1], capital: parts[0].run.capital,
    seconds: sumOf(parts, (r) => r.seconds), symbols: [...new Set(parts.flatMap((p) => p.run.symbols))],
    costs: {
      commission: paid('commission'), slippage: paid('slippage'), borrow: paid('borrow'), funding: paid('funding'),
      interest: paid('interest'), total: paid('total'),
    },
    exposure: rows === 0 ? 0 : sumOf(parts, (r) => r.exposure * r.rows) / rows, turnover: sumOf(parts, (r) => r.turnover),
    signals: sumOf(parts, (r) => r.signals),
  };
}
