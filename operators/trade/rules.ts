import { commission, type CommissionSettings } from './commission.ts';
import type { Fee, Rules, Slip } from './exchange.ts';
import { slippage, slippageMarket, type SlippageSettings } from './slippage.ts';
import { profileOf, type FillProfile } from './profile.ts';
import { LIMIT, STOP_LIMIT } from './order.ts';
import type { QueueSettings } from './book/queue.ts';
import { Random } from '../../src/core/random.ts';

/** Settings of `costs:` as the language gives them. */
export interface CostArgs {
  readonly commission?: Readonly<Record<string, unknown>> | undefined;
  readonly slippage?: Readonly<Record<string, unknown>> | undefined;
  readonly borrow?: number | undefined;
  readonly funding?: number | undefined;
  readonly funding_hours?: number | undefined;
  readonly interest?: number | undefined;
  readonly debit?: number | undefined;
}

/** Settings of `fills:`. */
export interface FillArgs {
  readonly profile?: string | undefined;
  readonly feed_latency?: number | undefined;
  readonly latency?: number | undefined;
  readonly order_latency?: number | undefined;
  readonly latency_jitter?: number | undefined;
  readonly partial?: boolean | undefined;
  readonly volume_limit?: number | undefined;
  readonly end?: string | undefined;
  readonly tif?: string | undefined;
  readonly seed?: number | undefined;
  readonly reply_latency?: number | undefined;
  readonly recorded_latency?: boolean | undefined;
  readonly on_close?: boolean | undefined;
  readonly round_prices?: boolean | undefined;
  readonly queue?: QueueSettings['model'] | undefined;
  readonly queue_function?: QueueSettings['function'] | undefined;
  readonly queue_power?: number | undefined;
}

/** Do orders take time to reach the market, or is it not known that they do not? */
const delays = (f: FillArgs): boolean =>
  latencyOf(f)(0) > 0 || (f.latency_jitter ?? 0) > 0 || (f.reply_latency ?? 0) > 0 || f.recorded_latency === true;

const num = (from: Readonly<Record<string, unknown>> | undefined, name: string): number | undefined => {
  const value = from?.[name];
  return typeof value === 'number' ? value : undefined;
};

function commissionSettings(args: CostArgs, profile: FillProfile): CommissionSettings {
  const c = args.commission;
  const given: Record<string, unknown> = {
    percent: num(c, 'percent'), fixed: num(c, 'fixed'), perShare: num(c, 'per_share'), min: num(c, 'min'),
    maxPercent: num(c, 'max_percent'),
    maker: num(c, 'maker'), taker: num(c, 'taker'), tiers: c?.tiers,
    decimals: num(c, 'decimals') ?? (profile.feeDecimals === Infinity ? undefined : profile.feeDecimals),
  };
  return Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined)) as CommissionSettings;
}

/**
 * The fee of a fill. What is charged once an order (a fixed sum, a minimum, a cap) is charged on all fills of the order together, so a
 * fill costs what the whole costs more because of it.
 */
export function feeOf(settings: CommissionSettings, volume: () => number): Fee {
  const once = (settings.fixed ?? 0) !== 0 || (settings.min ?? 0) !== 0 || settings.maxPercent !== undefined;
  const charge = commission(settings);
  return (o, units, price, maker, multiplier) => {
    if (!once || o.value === 0) return charge(units, price, maker, volume(), multiplier);
    const before = o.quantity - o.left;
    const mean = (o.value + units * price) / (before + units);
    return charge(before + units, mean, maker, volume(), multiplier) - o.commission;
  };
}

export function slippageSettings(s: Readonly<Record<string, unknown>> | undefined): SlippageSettings {
  const bare = num(s, 'percent') === undefined && num(s, 'bps') === undefined ? 'none' : 'percent_of_price';
  const model = (s?.model as string | undefined) ?? bare;
  switch (model) {
    case 'bps': return { model: 'bps', bps: (num(s, 'rate') ?? num(s, 'bps') ?? num(s, 'percent') ?? 0) * 10_000 };
    case 'percent_of_price': return { model: 'bps', bps: (num(s, 'percent') ?? num(s, 'bps') ?? 0) * 10_000 };
    case 'percent': return {
      model: 'percent', percent: num(s, 'percent') ?? num(s, 'rate') ?? 0, fixed: num(s, 'fixed') ?? 0, slipOpen: s?.slip_open !== false,
      slipMatch: s?.slip_match !== false, slipLimit: s?.slip_limit !== false, slipOut: s?.slip_out === true,
    };
    case 'ticks': return { model: 'ticks', ticks: num(s, 'ticks') ?? 1 };
    case 'spread': return { model: 'spread', share: num(s, 'share') ?? 0.5 };
    case 'volume_share': return { model: 'volume_share', impact: num(s, 'impact') ?? 0.1, max: num(s, 'max') ?? Infinity };
    case 'participation': return { model: 'participation', impact: num(s, 'impact') ?? 0.1, max: num(s, 'max') ?? 1 };
    case 'sqrt': return { model: 'sqrt', y: num(s, 'impact') ?? 1 };
    default: return { model: 'none' };
  }
}

/** What slippage reads of a symbol beside its bar. */
export interface Estimates {
  readonly tick: (key: number) => number;
  readonly sigma: (key: number) => number;
  readonly adv: (key: number) => number;
}

export function slipOf(settings: SlippageSettings, e: Estimates, toEdge = false): Slip {
  const move = slippage(settings);
  const at = slippageMarket();
  return (o, units, price, atOpen, m) => {
    at.high = m.high;
    at.low = m.low;
    at.bid = m.bid;
    at.ask = m.ask;
    at.volume = m.volume;
    at.taken = m.taken;
    at.tick = e.tick(o.key);
    at.sigma = e.sigma(o.key);
    at.adv = e.adv(o.key);
    at.atOpen = atOpen;
    at.limit = o.type === LIMIT || o.type === STOP_LIMIT ? o.limit : NaN;
    // backtrader: a stop-limit order that triggers inside a bar slips from its stop as far as the bar goes.
    if (toEdge && o.type === STOP_LIMIT && price === o.stop && !atOpen) at.limit = o.side > 0 ? m.high : m.low;
    return move(o.side, price, units, at);
  };
}

/**
 * Time from a decision until the market has the order: feed, order, and a jitter that is the same for the same moment and seed, so that it
 * does not depend on how often it is asked.
 */
export function latencyOf(f: FillArgs): (sent: number) => number {
  const fixed = (f.feed_latency ?? 0) + (f.order_latency ?? f.latency ?? 0);
  const jitter = f.latency_jitter ?? 0;
  if (jitter === 0) return () => fixed;
  const seed = f.seed ?? 1;
  return (sent) => fixed + Math.round(-Math.log(1 - new Random(seed + sent % 4_294_967_291).next()) * jitter);
}

export const slipsByVolume = (s: SlippageSettings): number => (s.model === 'participation' ? s.max : Infinity);

export function rulesOf(
  fills: FillArgs, costs: CostArgs, leverage: number, e: Estimates, volume: () => number, daily: boolean | null,
): Rules {
  const named = profileOf(fills.profile ?? 'next-open');
  const profile: FillProfile = {
    ...named, ...(fills.end === undefined || fills.end === 'profile' ? {} : { end: fills.end as FillProfile['end'] }),
    ...(fills.on_close === true && named.moments ? { fills: 'same_close' as const } : {}),
  };
  const slip = slippageSettings(costs.slippage);
  return {
    profile, fee: feeOf(commissionSettings(costs, profile), volume), slip: slipOf(slip, e, profile.stopLimit === 'by_direction'),
    latency: latencyOf(fills), reply: fills.reply_latency ?? 0, recorded: fills.recorded_latency ?? false, delayed: delays(fills), leverage,
    daily,
    volumeLimit: Math.min(fills.volume_limit ?? profile.volumeLimit, slipsByVolume(slip)), partial: fills.partial ?? false,
    roundPrices: fills.round_prices ?? false,
    book: {
      queue: { model: fills.queue ?? 'none', function: fills.queue_function ?? 'power', n: fills.queue_power ?? 3 }, through: 'full',
      partial: fills.partial ?? false, consume: fills.partial ?? false,
    },
  };
}

