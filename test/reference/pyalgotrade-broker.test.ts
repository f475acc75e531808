import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Desk } from '../../operators/trade/desk.fixture.ts';
import type { Fee } from '../../operators/trade/exchange.ts';
import { CANCELLED, DAY, EXPIRED, FILLED, filledOf, FOK, GTC, LIMIT, MARKET, ON_CLOSE, OPEN, PARTIAL, PENDING, STOP, STOP_LIMIT, type Order,
} from '../../operators/trade/order.ts';
import { reference } from './reference.ts';

interface Step {
  readonly op: 'submit' | 'bar' | 'cancel';
  readonly id: number;
  readonly type: string;
  readonly side: string;
  readonly qty: number;
  readonly limit: number | null;
  readonly stop: number | null;
  readonly gtc: boolean;
  readonly all_or_none: boolean;
  readonly on_close: boolean;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly session_close_after: boolean;
  readonly after: {
    readonly orders: readonly {
      id: number; state: string; filled: number; remaining: number; avg_price: number | null;
      last_exec: { price: number; qty: number; commission: number } | null;
    }[];
    readonly cash: number;
    readonly position: number;
    readonly equity: number;
  };
}

interface Case {
  readonly case: string;
  readonly bar_frequency: string;
  readonly initial_cash: number;
  readonly commission: { readonly kind: string; readonly amount?: number; readonly percentage?: number };
  readonly steps: readonly Step[];
}

const folder = reference('pyalgotrade');
const cases = folder === null ? [] : (JSON.parse(readFileSync(join(folder, 'broker_vectors.json'), 'utf8')) as { cases: Case[] }).cases;

const TYPES: Readonly<Record<string, number>> = { market: MARKET, limit: LIMIT, stop: STOP, stop_limit: STOP_LIMIT };

function feeOf(c: Case['commission']): Fee {
  if (c.kind === 'FixedPerTrade') return (o) => (o.value === 0 ? (c.amount as number) : 0);
  if (c.kind === 'TradePercentage') return (_o, units, price) => units * price * (c.percentage as number);
  return () => 0;
}

/** The words of the vectors; an order not yet seen by the market counts as accepted once a bar has passed. */
function stateOf(o: Order): string {
  switch (o.status) {
    case PENDING: return 'submitted';
    case OPEN: return 'accepted';
    case PARTIAL: return 'partially_filled';
    case FILLED: return 'filled';
    case CANCELLED: case EXPIRED: return 'canceled';
    default: return 'rejected';
  }
}

function play(c: Case): void {
  const trade = c.bar_frequency === 'trade';
  const desk = new Desk('pyalgotrade', {
    cash: c.initial_cash, fee: feeOf(c.commission),
    rules: { daily: c.bar_frequency === 'day', ...(trade ? { volumeLimit: 1 } : {}) },
  });
  const orders = new Map<number, Order>();
  let session = 0;
  let checked = 0;
  for (const [n, s] of c.steps.entries()) {
    const next = c.steps[n + 1] as Step | undefined;
    // A cancel that the bar's own state shows already was the strategy's answer to a fill in that bar.
    desk.onFill = s.op !== 'bar' || next?.op !== 'cancel' ? null : (filled) => {
      const o = orders.get(next.id);
      if (o !== undefined && o !== filled && s.after.orders.some((a) => a.id === next.id && a.state === 'canceled')) desk.exchange.cancel(o, 0, 'asked');
    };
    if (s.op === 'submit') {
      orders.set(s.id, desk.submit({
        side: s.side.startsWith('buy') ? 1 : -1, quantity: s.qty, type: s.on_close ? ON_CLOSE : TYPES[s.type], limit: s.limit ?? NaN,
        stop: s.stop ?? NaN, tif: s.all_or_none ? FOK : s.gtc ? GTC : DAY,
      }));
    } else if (s.op === 'cancel') {
      desk.exchange.cancel(orders.get(s.id) as Order, 0, 'asked');
    } else {
      desk.bar(s.open, s.high, s.low, s.close, s.volume, session);
      if (s.session_close_after) session += 1;
      for (const want of s.after.orders) {
        const o = orders.get(want.id);
        if (o === undefined) {
          expect(want.state).toBe('submitted');
          continue;
        }
        expect([want.id, stateOf(o), filledOf(o)]).toEqual([want.id, want.state, want.filled]);
        if (want.avg_price !== null) expect(o.value / filledOf(o)).toBeCloseTo(want.avg_price, 9);
        const fill = desk.fills.filter((f) => f.order === o.id).at(-1);
        if (want.last_exec !== null && fill !== undefined) {
          expect(fill.price).toBeCloseTo(want.last_exec.price, 9);
          expect(Math.abs(fill.units)).toBeCloseTo(want.last_exec.qty, 9);
          expect(fill.fee).toBeCloseTo(want.last_exec.commission, 9);
        }
        checked += 1;
      }
      expect(desk.account.cash[0]).toBeCloseTo(s.after.cash, 9);
      expect(desk.units).toBe(s.after.position);
      expect(desk.equity).toBeCloseTo(s.after.equity, 9);
    }
  }
  expect(checked).toBeGreaterThan(0);
}

describe.skipIf(folder === null)('PyAlgoTrade broker vectors', () => {
  it.each(cases.map((c) => [c.case, c] as const))('%s', (_name, c) => play(c));
});

it.skipIf(folder !== null)('the reference folder is absent: its vectors are skipped', () => expect(cases).toEqual([]));
