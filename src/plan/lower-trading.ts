import { Refusal } from '../core/diagnostic.ts';
import type { FieldsSpec, Span } from '../core/field.ts';
import { TRADING_ROLES, type BoundArgs, type ColumnRef, type TradingOperator, type TradingRole } from '../core/operator.ts';
import type { Registry } from '../core/registry.ts';
import { COSTS_FIELDS, FILLS_FIELDS, profileOf, type Costs, type Fills } from '../core/trading-fields.ts';
import type { ArgDecl, Document, NodeDecl } from '../language/document.ts';
import { BACKTEST_DEFAULTS } from '../language/backtest.ts';
import { DAY, formatDuration, parseDuration } from '../core/time.ts';
import { bindArgs } from './nodes.ts';
import { placeTimed, type Made } from './lower.ts';
import type { Planner } from './planner.ts';
import type { Stream } from './stream.ts';

/** Nodes from `size` to `broker` that follow each other; the head reads the decisions. */
export interface TradingGroup {
  readonly head: NodeDecl;
  readonly members: readonly NodeDecl[];
}

/** What settings are where nothing is written. */
const defaultsOf = (fields: FieldsSpec): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, f]) => (f.default === undefined ? [] : [[name, f.default]])));

const operatorOf = (registry: Registry, node: NodeDecl): TradingOperator | null => {
  const op = registry.operators.get(node.operator);
  return op?.form === 'trading' ? op : null;
};

/** The trading groups of a document, by the id of every member. */
export function tradingGroups(doc: Document, registry: Registry): ReadonlyMap<string, TradingGroup> {
  const nodes = new Map(doc.nodes.map((n) => [n.id, n]));
  const chains = new Map<string, NodeDecl[]>();
  const headOf = (n: NodeDecl, seen: Set<string>): NodeDecl => {
    const before = nodes.get(n.from[0]?.id ?? '');
    if (before === undefined || operatorOf(registry, before) === null || seen.has(before.id)) return n;
    return headOf(before, seen.add(n.id));
  };
  for (const n of doc.nodes) {
    if (operatorOf(registry, n) === null) continue;
    const head = headOf(n, new Set([n.id]));
    const chain = chains.get(head.id) ?? [];
    chain.push(n);
    chains.set(head.id, chain);
  }
  const groups = new Map<string, TradingGroup>();
  const depth = (n: NodeDecl, head: string): number => {
    const before = n.id === head ? undefined : nodes.get(n.from[0]?.id ?? '');
    return before === undefined ? 0 : 1 + depth(before, head);
  };
  for (const [head, found] of chains) {
    // As they follow each other, in whatever order the file has them.
    const members = [...found].sort((a, b) => depth(a, head) - depth(b, head));
    const group = { head: nodes.get(head) as NodeDecl, members };
    for (const m of members) groups.set(m.id, group);
  }
  return groups;
}

/** Own columns of `Decision`, and the setting of `size` (or `risk`) that each is the formula of. */
const FORMULAS: readonly (readonly [name: string, role: TradingRole, setting: string])[] = [
  ['fraction', 'size', 'fraction'], ['units', 'size', 'units'], ['value', 'size', 'value'], ['target', 'size', 'target'],
  ['volatility', 'size', 'volatility'], ['odds', 'size', 'odds'], ['risk', 'size', 'risk'], ['scale', 'size', 'scale_by'],
  ['limit', 'size', 'limit'], ['trigger', 'size', 'trigger'], ['trailEntry', 'size', 'trail_entry'], ['stop', 'size', 'stop'],
  ['stopPrice', 'size', 'stop_price'], ['takeProfit', 'size', 'take_profit'], ['targetPrice', 'size', 'target_price'],
  ['trail', 'size', 'trail'], ['trailPercent', 'size', 'trail_percent'], ['breaker', 'risk', 'breaker'], ['severity', 'risk', 'severity'],
];

/** One stage for the whole group; its streams under the names of its nodes. */
export function lowerTrading(p: Planner, group: TradingGroup): Made {
  const byRole = roles(p, group);
  const decisions = p.streams.get(ref(group.head.from[0]));
  if (group.members.some((m) => m.poisoned) || !decisions) return null;
  const account = byRole.get('broker') ?? null;
  const { backtest } = p.doc;
  if (!decisions.columns.has('side')) throw noSide(decisions);
  const written = fillsOf(account) ?? backtest?.fills ?? {};
  const fills = { ...defaultsOf(FILLS_FIELDS), ...written } as Fills;
  const prices = pricesOf(p, group, account, fills);
  if (prices === null) return null;
  for (const m of prices) sameKeys(p, m, decisions, group);
  const decision = prices.length;
  const bound = new Map<TradingRole, BoundArgs>();
  for (const [role, node] of byRole) {
    const args = bindArgs(p, node, operatorOf(p.registry, node) as TradingOperator, [decisions], (e, label) =>
      p.ref(e, decisions, node.id, decision, label));
    if (args === null) return null;
    bound.set(role, args.args);
  }
  const broker = bound.get('broker') ?? {};
  const costs = { ...defaultsOf(COSTS_FIELDS), ...(broker.costs ?? backtest?.costs ?? {}) } as Costs;
  const { fills: _fills, costs: _costs, ...rest } = broker;
  const args = {
    pairs: null, size: bound.get('size') ?? { ...defaultsOf(sizeFields(p)), method: 'equal_weight' }, risk: bound.get('risk') ?? null,
    rebalance: inOneUnit(bound.get('rebalance') ?? null), broker: rest, fills, costs,
    capital: (broker.capital as number | undefined) ?? backtest?.capital.amount ?? BACKTEST_DEFAULTS.capital.amount,
    seed: backtest?.seed ?? BACKTEST_DEFAULTS.seed, members: p.doc.universe?.length ?? null, every: everyOf(p.doc, prices[0].id),
    begin: p.tradeFrom,
    inputs: {
      decision, ordered: p.doc.time.lateness === 0 && new Set([...prices, decisions].flatMap((s) => [...s.sources])).size === 1,
      columns: decisionColumns(p, decisions, decision, bound), markets: prices.map((m, k) => marketInput(p, m, k)),
    },
  };
  const last = group.members[group.members.length - 1];
  const desk = (operatorOf(p.registry, last) as TradingOperator).desk;
  const made = placeTimed(p, group.head, desk, [...prices, decisions], { args, exprs: new Map(), aggregates: null }, {
    lateOf: decision, accounts: [...prices.map(() => last.id), group.head.id],
  });
  if (made === null) return null;
  // Prices that the file does not name are read all the same.
  p.reads.set(last.id, [...new Set([...last.from.map(ref), ...prices.map((m) => m.id)])]);
  return named(p, group, made);
}

/** `15m` and `900s` are one schedule; whole days are not, as `1d` is a day of the calendar and `24h` is not. */
function inOneUnit(rebalance: BoundArgs | null): BoundArgs | null {
  const micros = parseDuration(String(rebalance?.every ?? ''));
  return rebalance === null || micros === null || micros % DAY === 0 ? rebalance : { ...rebalance, every: formatDuration(micros) };
}

/** `fills:` of a broker as it is written, before anything is bound. */
const fillsOf = (account: NodeDecl | null): unknown => {
  const arg = account?.args.fills;
  if (arg === undefined) return undefined;
  return arg.value ?? undefined;
};

function pricesOf(p: Planner, group: TradingGroup, account: NodeDecl | null, fills: Fills): Stream[] | null {
  if (account === null || account.from.length < 2) return [marketOf(p, group, fills)];
  const found = account.from.slice(1).map((r) => p.streams.get(ref(r)));
  return found.every((s): s is Stream => s !== null && s !== undefined) ? found : null;
}

/** Columns of the decisions' rows that the desk reads, by name. */
function decisionColumns(
  p: Planner, decisions: Stream, input: number, bound: ReadonlyMap<TradingRole, BoundArgs>,
): Readonly<Record<string, ColumnRef | null>> {
  const own = (name: string): ColumnRef | null => refTo(p, decisions, input, name);
  return {
    side: own('side'), price: own(decisions.columns.has('price') ? 'price' : 'close'), confidence: own('confidence'),
    ...Object.fromEntries(FORMULAS.map(([name, role, setting]) => [name, (bound.get(role)?.[setting] as ColumnRef | undefined) ?? null])),
  };
}

/** A stored column as an operator is given it; null where the stream has none of that name. */
function refTo(p: Planner, s: Stream, input: number, name: string | undefined): ColumnRef | null {
  const place = name === undefined ? undefined : s.columns.get(name);
  return place === undefined || name === undefined ? null : { input, slot: p.draft.store(place, name), type: place.type, label: name };
}

const ref = (r: { readonly id: string; readonly branch: string | null }): string => (r.branch === null ? r.id : `${r.id}.${r.branch}`);

function sizeFields(p: Planner): TradingOperator['fields'] {
  return p.registry.operators.get('size')?.fields ?? {};
}

/** Every role at most once, in order. */
function roles(p: Planner, group: TradingGroup): ReadonlyMap<TradingRole, NodeDecl> {
  const byRole = new Map<TradingRole, NodeDecl>();
  let before: NodeDecl | null = null;
  for (const m of group.members) {
    const { role } = operatorOf(p.registry, m) as TradingOperator;
    const reads = before === null || m.from[0].id === before.id;
    const follows = [...byRole.keys()].every((r) => TRADING_ROLES.indexOf(r) < TRADING_ROLES.indexOf(role));
    if (!reads || !follows) {
      throw new Refusal('E338', `\`${m.id}\` cannot follow \`${(before ?? group.head).id}\` in one trading group`, {
        help: [`a group is ${TRADING_ROLES.join(' → ')}, each at most once, each reading the one before; parts may be left out`],
      });
    }
    byRole.set(role, m);
    before = m;
  }
  return byRole;
}

const noSide = (s: Stream): Refusal => new Refusal('E335', `\`${s.id}\` has no column \`side\` to trade by`, {
  help: [`columns of \`${s.id}\`: ${s.schema.map((f) => f.name).join(', ')}`, 'put a `signal` node in front: it gives buy, sell and hold'],
});

function sameKeys(p: Planner, market: Stream, decisions: Stream, group: TradingGroup): void {
  if (p.draft.frames[market.frame].keys === p.draft.frames[decisions.frame].keys && market.scope === 'key') return;
  throw new Refusal('E336', `prices of \`${market.id}\` are not by the same key as the decisions of \`${decisions.id}\``, {
    help: [`\`${group.head.id}\` trades symbols: leave \`by:\` and \`across:\` out between the prices and the decisions`],
  });
}

const HAS = (s: Stream, ...names: string[]): boolean => names.every((n) => s.columns.has(n));
type Kind = 'bars' | 'quotes' | 'trades' | 'book';
const kindOf = (s: Stream): Kind | null => (HAS(s, 'close') ? 'bars' : HAS(s, 'bid', 'ask') ? 'quotes'
  : HAS(s, 'price', 'size', 'side', 'level') ? 'book' : HAS(s, 'price') ? 'trades' : null);

/** Prices that a profile cannot be without. */
const WANTED: Readonly<Record<string, Kind>> = { quote: 'quotes', 'next-trade': 'trades', book: 'book' };

/** Where the fills' prices come from when the broker does not say: the stream that the decisions' rows are made of, or a source. */
function marketOf(p: Planner, group: TradingGroup, fills: Fills): Stream {
  const name = profileOf(fills);
  const wanted = WANTED[name] ?? null;
  const above = ancestors(p, group.head);
  const found = above.find((s) => (wanted === null ? kindOf(s) !== null : kindOf(s) === wanted))
    ?? p.doc.sources.map((s) => p.streams.get(s.id)).find((s) => s && (wanted === null ? kindOf(s) !== null : kindOf(s) === wanted));
  if (found) return found;
  throw new Refusal('E337', `the profile \`${name}\` finds no ${wanted ?? 'prices'} to fill at`, {
    help: [`name the stream in the broker: from: [${group.head.id}, quotes]`,
      'prices are bars (close), quotes (bid, ask), trades (price) or a book (price, size, side, level)'],
  });
}

/** Streams above a node that have all rows of their clock: sources and what makes rows of its own, nearest first. */
function ancestors(p: Planner, head: NodeDecl): Stream[] {
  const nodes = new Map(p.doc.nodes.map((n) => [n.id, n]));
  const found: Stream[] = [];
  let id: string | undefined = head.from[0].id;
  const seen = new Set<string>();
  while (id !== undefined && !seen.has(id)) {
    seen.add(id);
    const node = nodes.get(id);
    const op = node === undefined ? undefined : p.registry.operators.get(node.operator);
    const stream = p.streams.get(id);
    if (stream && (node === undefined || op?.form === 'timed')) found.push(stream);
    id = node?.from[0]?.id;
  }
  return found;
}

function marketInput(p: Planner, s: Stream, input: number): Readonly<Record<string, unknown>> {
  const at = (...names: string[]): ColumnRef | null => refTo(p, s, input, names.find((n) => s.columns.has(n)));
  const kind = kindOf(s) ?? 'trades';
  const close = kind === 'bars' || kind === 'quotes' ? at('close') : at('price');
  return {
    kind, close, open: kind === 'bars' ? at('open', 'close') : close, high: kind === 'bars' ? at('high', 'close') : close,
    low: kind === 'bars' ? at('low', 'close') : close, volume: kind === 'bars' || kind === 'quotes' ? at('volume') : at('size'),
    bid: at('bid'), ask: at('ask'), bidSize: at('bid_size'), askSize: at('ask_size'), split: at('split'), dividend: at('dividend'),
    taker: kind === 'bars' || kind === 'quotes' ? null : at('side'), latency: at('latency'),
  };
}

/** Length of the bars of a stream, where the file says it. */
function everyOf(doc: Document, id: string): number | null {
  const source = doc.sources.find((s) => s.id === id);
  if (source !== undefined) return source.every;
  const args = doc.nodes.find((n) => n.id === id)?.args as Readonly<Record<string, ArgDecl>> | undefined;
  const every = args?.every?.value as Span | undefined;
  return every?.micros ?? null;
}

/** The group's streams by name: every node has one of its own and all ports; late rows are those of the decisions. */
function named(p: Planner, group: TradingGroup, made: NonNullable<Made>): Made {
  const { head } = group;
  const last = group.members[group.members.length - 1];
  const streams = new Map(made);
  const out: [string, Stream | null][] = [];
  for (const m of group.members) {
    const own = m.operator === 'size' ? head.id : m.operator === 'broker' ? `${head.id}.fills` : `${head.id}.orders`;
    out.push([m.id, streams.get(own) ?? null]);
    for (const [id, stream] of made) {
      const name = id.slice(head.id.length + 1);
      if (name === '') continue;
      // The last node has them; the others only give them another name.
      out.push([`${m.id}.${name}`, stream]);
      if (m !== last) p.aliases.add(`${m.id}.${name}`);
      if (name === 'late') p.reads.set(`${m.id}.late`, [head.id]);
    }
  }
  return out;
}
