import { filter, groupBy, map, mergeMap, scan, Subject } from 'rxjs';
import type { Trades } from '../trades.ts';

interface Row {
  readonly symbol: number;
  readonly price: number;
  readonly size: number;
}

const average = (period: number): ((x: number) => number) => {
  let seen = 0;
  let mean = 0;
  return (x) => {
    seen += 1;
    mean += seen <= period ? (x - mean) / seen : (x - mean) * (2 / (period + 1));
    return seen < period ? NaN : mean;
  };
};

/** What a developer writes first: one stream per symbol by `groupBy`, one object per row and stage, state in `scan` and closures. */
export function idiomaticRx(t: Trades): number {
  const source = new Subject<Row>();
  let out = 0;
  source.pipe(
    groupBy((r) => r.symbol),
    mergeMap((one) => {
      const fast = average(12);
      const slow = average(26);
      const line = average(9);
      return one.pipe(
        map((r) => ({ ...r, fast: fast(r.price) })),
        map((r) => ({ ...r, slow: slow(r.price) })),
        map((r) => ({ ...r, macd: r.fast - r.slow })),
        map((r) => ({ ...r, signal: Number.isNaN(r.macd) ? NaN : line(r.macd) })),
        scan((s, r) => {
          const move = r.price - s.price;
          const span = Math.min(s.seen, 14);
          const gain = s.seen === 0 ? 0 : s.gain + (Math.max(move, 0) - s.gain) / span;
          const loss = s.seen === 0 ? 0 : s.loss + (Math.max(-move, 0) - s.loss) / span;
          return { ...r, seen: s.seen + 1, gain, loss, rsi: s.seen < 14 ? NaN : (100 * gain) / (gain + loss) };
        }, { seen: 0, price: NaN, gain: 0, loss: 0 } as Row & { seen: number; gain: number; loss: number; rsi: number; macd: number; signal: number }),
        scan((s, r) => {
          const last = [...s.last, r.price].slice(-20);
          return { ...r, last, mean: last.length < 20 ? NaN : last.reduce((a, b) => a + b, 0) / 20 };
        }, { last: [] as number[] } as Row & { last: number[]; mean: number; rsi: number; macd: number; signal: number }),
        scan((s, r) => ({ ...r, before: s.price, obv: s.obv + (!(r.price <= s.price) ? r.size : r.price < s.price ? -r.size : 0) }),
          { price: NaN, obv: 0 } as Row & { obv: number; before: number; mean: number; rsi: number; macd: number; signal: number }),
        scan((s, r) => ({ ...r, above: Number.isNaN(r.signal) ? s.above : r.macd > r.signal, cross: !Number.isNaN(r.signal) && r.macd > r.signal && s.above === false }),
          { above: null } as Row & { above: boolean | null; cross: boolean; obv: number; before: number; mean: number; rsi: number; macd: number; signal: number }),
        filter((r) => r.cross && r.rsi < 70 && r.price > r.mean * 0.5 && r.price / r.before < 2 && r.obv !== 1e300),
      );
    }),
  ).subscribe(() => { out += 1; });
  for (let i = 0; i < t.n; i++) source.next({ symbol: t.key[i], price: t.price[i], size: t.size[i] });
  return out;
}
