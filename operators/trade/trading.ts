import type { Calendar } from '../../src/core/calendar.ts';
import { HOUR, MINUTE } from '../../src/core/time.ts';
import { timed, type BoundArgs, type OperatorIo } from '../../src/core/operator.ts';
import { profileOf as named, type Costs, type Fills } from '../../src/core/trading-fields.ts';
import { traded } from './commission.ts';
import { Desk } from './desk.ts';
import { newDesk, type DeskSettings, type DeskState, type Tape } from './desk-state.ts';
import { House, rebalanceSettings, riskSettings } from './house.ts';
import { deskInputs, type GroupInputs } from './inputs.ts';
import { currenciesOf, instrumentsOf, type InstrumentArgs } from './instruments.ts';
import { GTC } from './order.ts';
import { profileOf } from './profile.ts';
import { rulesOf } from './rules.ts';
import type { SizeMethod } from './size.ts';
import { FILLS, PORTS, PORT_NAMES, TARGET_COLUMNS } from './streams.ts';
import { ORDER_WORDS, TIF_WORDS, type SizeSettings } from './trader.ts';

/** Settings of a group, put together from its nodes and from `backtest:`. */
export interface GroupArgs {
  readonly size: BoundArgs;
  readonly risk: BoundArgs | null;
  readonly rebalance: BoundArgs | null;
  readonly broker: BoundArgs;
  readonly fills: Fills;
  readonly costs: Costs;
  readonly capital: number;
  readonly seed: number;
  readonly inputs: GroupInputs;
  readonly members: number | null;
  /** Length of the market's bars, microseconds, where it is known. */
  readonly every: number | null;
  /** Event time before which nothing is traded or told; null for none. */
  readonly begin: number | null;
}

const opt = <T>(a: BoundArgs, name: string, other: T): T => (a[name] === undefined || a[name] === null ? other : a[name] as T);

function sizeSettings(a: BoundArgs, turn: 'net' | 'two', tif: number): SizeSettings {
  const given = opt<string>(a, 'turn', 'profile');
  const word = opt<string>(a, 'tif', 'profile');
  return {
    method: opt<SizeMethod>(a, 'method', 'fraction'), of: opt(a, 'of', 'equity'), kelly: opt(a, 'kelly', 0.5),
    maxWeight: opt(a, 'max_weight', Infinity), maxGross: opt(a, 'max_gross', Infinity), maxNet: opt(a, 'max_net', Infinity),
    buffer: opt<number | null>(a, 'buffer', null), sides: opt(a, 'sides', 'both'),
    whenFlat: opt<string>(a, 'when', 'always') === 'flat', repeat: opt(a, 'repeat', 'ignore'),
    atFill: opt<string>(a, 'at', 'decision') === 'fill', turn: given === 'profile' ? turn : given as 'net' | 'two',
    order: ORDER_WORDS[opt(a, 'order', 'market')], tif: word === 'profile' ? tif : TIF_WORDS[word] ?? GTC,
    valid: opt(a, 'valid', Infinity), postOnly: opt(a, 'post_only', false), maxHold: opt(a, 'max_hold', Infinity),
  };
}

export function deskSettings(g: GroupArgs, io: OperatorIo, tape: Tape): DeskSettings {
  const { calendar }: { calendar: Calendar } = io.time;
  const b = g.broker;
  const { names } = io.out.frame.keys;
  const { instrumentOf, fxOf } = instrumentsOf(b as InstrumentArgs, names);
  const profile = profileOf(named(g.fills));
  const rules = rulesOf(
    { ...g.fills, profile: profile.name, end: opt(b, 'end', 'profile'), seed: g.seed }, g.costs, opt(b, 'leverage', 1),
    {
      tick: (key) => instrumentOf(key).tick, sigma: (key) => Math.sqrt(tape.impact[key]?.variance ?? NaN),
      adv: (key) => tape.impact[key]?.adv ?? NaN,
    }, () => traded(tape.volume, tape.now),
    g.every === null ? null : g.every >= 23 * HOUR,
  );
  const size = sizeSettings(g.size, profile.turn, profile.tif);
  return {
    rules, size, instrumentOf, fxOf, capital: g.capital, members: g.members,
    inputs: deskInputs(g.inputs),
    equityEvery: MINUTE, begin: g.begin ?? -Infinity, watchImpact: g.costs.slippage?.model === 'sqrt',
    overseer: (desk) => new House({
      holding: { borrow: g.costs.borrow, interest: g.costs.interest, funding: g.costs.funding, fundingHours: g.costs.funding_every / HOUR },
      risk: g.risk === null ? null : riskSettings(g.risk, calendar),
      rebalance: g.rebalance === null ? null : rebalanceSettings(g.rebalance),
      limits: { maxWeight: size.maxWeight, maxGross: size.maxGross, maxNet: size.maxNet }, method: size.method,
      window: opt(g.size, 'window', 60),
      closeOnHalt: g.risk?.close_on_halt === true, symbolOf: (key) => names[key],
    }, desk),
  };
}

/**
 * What runs a whole trading group: the nodes `size`, `rebalance`, `risk` and `broker` that follow each other. One operator, because what
 * was filled decides what is sent next: between operators of their own it would depend on where the stream was cut.
 */
export const TRADING = timed({
  name: 'trading', family: 'signal', summary: 'A trading group.', doc: '', fields: {}, inputs: [1, Infinity], examples: [],
  schema: (args, inputs) => {
    const { decision } = (args as unknown as GroupArgs).inputs;
    const own = new Set(TARGET_COLUMNS.map((f) => f.name));
    return [...inputs[decision].schema.filter((f) => !own.has(f.name)), ...TARGET_COLUMNS];
  },
  clock: () => '',
  scope: () => 'key',
  portNames: PORT_NAMES,
  ports: () => ({ fills: FILLS, ...PORTS }),
  acrossKeys: true,
  warmup: () => 1,
  stateSize: () => ({ bytes: 8 * 24, grows: 'and the orders and lots that are open' }),
  create: (args, io, saved) => {
    const group = args as unknown as GroupArgs;
    const state = (saved as DeskState | undefined) ?? newDesk(group.capital, currenciesOf(group.broker as InstrumentArgs).length);
    return new Desk(io, deskSettings(group, io, state.tape), state);
  },
});
