import { createHash } from 'node:crypto';
import { Benchmark, cashAt } from '../backtest/benchmark.ts';
import { Collector, type PortRows } from '../backtest/collect.ts';
import type { BacktestRun } from '../backtest/model.ts';
import { MarketValue, type TradedValue } from '../backtest/market-value.ts';
import { periodsPerYear } from '../backtest/periods.ts';
import { inputOf } from '../backtest/statistics/input.ts';
import { statistics } from '../backtest/statistics/catalogue/index.ts';
import type { SourceReader } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import { Engine } from '../engine/engine.ts';
import { replay } from '../engine/replay.ts';
import type { BacktestDecl, Document, NodeDecl } from '../language/document.ts';
import { BACKTEST_DEFAULTS } from '../language/backtest.ts';
import { profileOf } from '../core/trading-fields.ts';
import type { Registry } from '../core/registry.ts';
import { refId } from '../plan/compile.ts';
import type { Plan, TimedStage } from '../plan/ir.ts';
import { tradingGroups } from '../plan/lower-trading.ts';
import { overridden } from './overrides.ts';
import { version } from './program.ts';
import { PROFILES } from '../../operators/trade/profile.ts';

/** Rows before this are read to warm the pipeline up; `to` is where it ends. */
export interface BacktestSpan {
  readonly from: number | null;
  readonly to: number | null;
}

export const settingsOf = (doc: Document): BacktestDecl => doc.backtest ?? BACKTEST_DEFAULTS;

/** The document with the sources that `backtest: data:` names, unless the command line named others. */
export function withData(doc: Document, given: ReadonlySet<string>): Document {
  const data = new Map(settingsOf(doc).data.map((d) => [d.source, d.path]));
  return {
    ...doc,
    sources: doc.sources.map((s) => {
      const path = data.get(s.id);
      return path === undefined || given.has(s.id) ? s : overridden(s, path, doc.universe, doc.base);
    }),
  };
}

/** The node whose account a backtest is about; a pipeline without one gets a paper account on its signals. */
export interface AccountOf {
  readonly doc: Document;
  readonly node: string;
}

export const PAPER = 'account';

/** Finds the account, or makes one; refuses a pipeline that leaves open which. */
export function withAccount(doc: Document, registry: Registry): AccountOf {
  const groups = new Set([...tradingGroups(doc, registry).values()]);
  const accounts = [...groups].map((g) => (g.members.at(-1) as NodeDecl).id);
  const wanted = settingsOf(doc).account?.id;
  if (wanted !== undefined && accounts.length > 0) {
    const group = [...groups].find((g) => g.members.some((m) => m.id === wanted));
    if (group !== undefined) return { doc, node: (group.members.at(-1) as NodeDecl).id };
  }
  if (accounts.length === 1) return { doc, node: accounts[0] };
  if (accounts.length > 1) {
    throw new Refusal('E610', `there are ${accounts.length} accounts: ${accounts.join(', ')}`, {
      exit: 3, help: [`say which: backtest: { account: ${accounts[0]} }`],
    });
  }
  const signals = doc.nodes.filter((n) => n.operator === 'signal');
  if (signals.length !== 1) {
    throw new Refusal('E611', signals.length === 0 ? 'the pipeline has no signal and no account to test'
      : `there are ${signals.length} signals, so which one to trade is open: ${signals.map((s) => s.id).join(', ')}`, {
      exit: 3, help: ['add a node: account: { from: <signal>, broker: {} }'],
    });
  }
  const [signal] = signals;
  const id = doc.nodes.some((n) => n.id === PAPER) || doc.sources.some((s) => s.id === PAPER) ? 'paper_account' : PAPER;
  const at = { start: signal.start, end: signal.end };
  const node: NodeDecl = {
    id, description: '', from: [{ id: signal.id, branch: null, ...at }], by: null, across: null, operator: 'broker', operatorSpan: at,
    args: {},
    onError: null, ...at, poisoned: false,
  };
  return { doc: { ...doc, nodes: [...doc.nodes, node] }, node: id };
}

/** The stream that an account decides by. */
export function decisionsOf(doc: Document, registry: Registry, node: string): string | null {
  const from = tradingGroups(doc, registry).get(node)?.head.from[0];
  return from === undefined ? null : refId(from);
}

const PORTS = ['fills', 'orders', 'trades', 'equity', 'refused'] as const;

/** Streams that a backtest reads. */
export const portsOf = (node: string): ReadonlySet<string> => new Set(PORTS.map((p) => `${node}.${p}`));

export interface RunInput {
  readonly doc: Document;
  readonly plan: Plan;
  readonly node: string;
  readonly universe: readonly string[] | null;
  readonly span: BacktestSpan;
  readonly open: (engine: Engine) => readonly SourceReader[];
  /** What a trial of a search does without: hashes of the plan and the data, and what the market traded. */
  readonly hashes: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (rows: number, ts: number) => void;
  readonly onStart?: (collector: Collector, engine: Engine) => void;
  readonly order?: 'time' | 'seq';
  /** Only these statistics; all when left out. */
  readonly metrics?: readonly string[];
  readonly trials?: { readonly count: number; readonly variance: number | null };
}

export interface RunResult extends BacktestRun {
  readonly aborted: boolean;
  readonly traded: TradedValue;
}

/** What a run found; requirements and checks are added by who asked for them. */
export async function runBacktest(r: RunInput): Promise<RunResult> {
  const settings = settingsOf(r.doc);
  const sources = new Set(r.plan.sources.map((s) => s.id));
  const engine = new Engine(r.plan, { universe: r.universe, brief: true, ...(r.hashes ? { hash: sources } : {}) });
  const { stage, capital } = accountStage(r.plan, r.node);
  const benchmark = watchBenchmark(engine, stage, settings, capital);
  const traded = r.hashes ? watchMarket(engine, stage) : new Map();
  const collector = new Collector(benchmark);
  const id = `${r.node}.`;
  engine.tap(`${id}orders`, (rows) => collector.takeOrders(rows as PortRows));
  engine.tap(`${id}fills`, (rows) => collector.takeFills(rows as PortRows));
  engine.tap(`${id}trades`, (rows) => collector.takeTrades(rows as PortRows));
  engine.tap(`${id}equity`, (rows) => collector.takeEquity(rows as PortRows));
  engine.tap(`${id}refused`, (rows) => collector.takeRefused(rows as PortRows));
  r.onStart?.(collector, engine);
  const readers = r.open(engine);
  try {
    const result = await replay(engine, readers, {
      order: r.order ?? 'time', from: r.span.from, ...(r.signal === undefined ? {} : { signal: r.signal }),
      ...(r.onProgress === undefined ? {} : { onProgress: r.onProgress }),
    });
    const run = describe(r, engine, collector, stage, capital, result.rows, result.seconds, [...sources]);
    return { ...run, aborted: result.aborted, traded };
  } finally {
    for (const reader of readers) await reader.close();
    await engine.close();
  }
}

/** The stage that runs the trading group of an account. */
export function accountStage(plan: Plan, node: string): { stage: TimedStage; capital: number } {
  const edge = plan.nodes.find((n) => n.id === `${node}.fills`)?.edge;
  const stage = plan.stages.find((s): s is TimedStage => s.form === 'timed' && s.ports.some((p) => p.edge === edge));
  if (stage === undefined) throw new TypeError(`no account ${node}`);
  return { stage, capital: (stage.args as { capital: number }).capital };
}

/** Follows the prices that the account trades at, for the benchmark. */
function watchBenchmark(engine: Engine, stage: TimedStage, settings: BacktestDecl, capital: number): (ts: number) => number {
  const { benchmark, riskFree } = settings;
  if (benchmark === null) return () => NaN;
  if (benchmark === 'cash') {
    let since = NaN;
    return (ts) => cashAt(capital, riskFree, Number.isNaN(since) ? (since = ts) : since, ts);
  }
  const held = new Benchmark(capital);
  const market = engine.plan.nodes.find((n) => n.edge === stage.inputs[0]);
  if (market === undefined) return () => NaN;
  engine.watch(market.id, (rows) => {
    const { keys } = rows;
    const wanted = benchmark === 'universe' ? -1 : keys.names.indexOf(benchmark);
    const of = (name: string): number => rows.schema.findIndex((f) => f.name === name);
    const close = of('close') >= 0 ? of('close') : of('price');
    const [bid, ask] = [of('bid'), of('ask')];
    for (let j = 0; j < rows.n; j++) {
      const i = rows.sel === null ? j : rows.sel[j];
      if (benchmark !== 'universe' && rows.key[i] !== wanted) continue;
      const price = close >= 0 ? (rows.cols[close] as Float64Array)[i]
        : ((rows.cols[bid] as Float64Array)[i] + (rows.cols[ask] as Float64Array)[i]) / 2;
      held.push(rows.ts[i], rows.key[i], price);
    }
  });
  return (ts) => held.valueAt(ts);
}

/** Follows what the markets of the account trade, for its capacity: price x volume of bars or trades; quotes say nothing of it. */
function watchMarket(engine: Engine, stage: TimedStage): TradedValue {
  const edges = new Set(stage.inputs.slice(0, -1));
  const value = new MarketValue();
  for (const node of engine.plan.nodes.filter((n) => edges.delete(n.edge))) engine.watch(node.id, (rows) => value.add(rows));
  return value.traded;
}

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

function describe(
  r: RunInput, engine: Engine, collector: Collector, stage: TimedStage, capital: number, rows: number, seconds: number, sources: string[],
): BacktestRun {
  const { doc } = r;
  const settings = settingsOf(doc);
  const curve = collector.curve();
  const closing = collector.closing();
  const args = stage.args as { fills: Parameters<typeof profileOf>[0]; costs: Readonly<Record<string, unknown>> };
  const params = Object.fromEntries(doc.params.map((p) => [p.name, typeof p.value === 'object' ? p.value.join(' ') : p.value]));
  const pipelineHash = r.hashes ? engine.planHash : '';
  const dataHash = r.hashes ? engine.hash(sources) : '';
  const measured = {
    curve, periodsPerYear: settings.periodsPerYear ?? periodsPerYear(curve.ts), capital, trades: collector.trades, costs: closing.costs,
    exposure: closing.exposure, turnover: closing.traded, trials: r.trials?.count ?? 1,
  };
  const input = inputOf(measured, { riskFree: settings.riskFree, ...(r.trials === undefined ? {} : { trialVariance: r.trials.variance }) });
  const keys = engine.graph.keys[0].names;
  const report = engine.report();
  const decisions = engine.plan.nodes.find((n) => n.edge === stage.inputs[stage.inputs.length - 1]);
  return {
    id: sha(`${doc.name} ${pipelineHash} ${dataHash} ${r.span.from} ${r.span.to} ${settings.seed}`).slice(0, 12),
    pipeline: doc.name, description: doc.description, params, from: curve.ts[0] ?? NaN, to: curve.ts[curve.ts.length - 1] ?? NaN,
    rows, seconds,
    symbols: keys.filter((k) => k !== '*'), currency: settings.capital.currency, fillProfile: profileOf(args.fills),
    assumptions: assumptionsOf(args, profileOf(args.fills)), seed: settings.seed,
    versions: { millrace: version(), node: process.version }, pipelineHash, dataHash, hash: '', ...measured,
    orders: collector.orderRows(), fills: collector.fills, benchmark: settings.benchmark,
    signals: decisions === undefined ? 0 : report[decisions.id].out, refused: collector.refused,
    metrics: statistics(input, r.metrics), requirements: [], checks: [],
  };
}

/** How the run trades, in sentences. */
function assumptionsOf(args: { costs: Readonly<Record<string, unknown>> }, profile: string): string[] {
  const { costs } = args;
  const words = (value: unknown): string => (typeof value === 'object' && value !== null
    ? Object.entries(value).filter(([, v]) => v !== undefined && v !== false).map(([k, v]) => `${k} ${String(v)}`).join(', ')
    : String(value));
  const said = (name: string): string => `${name[0].toUpperCase()}${name.slice(1)}: ${words(costs[name])}.`;
  return [
    `Orders fill by the profile ${profile}: ${PROFILES.find((p) => p.name === profile)?.doc ?? ''}`,
    ...['commission', 'slippage'].map((k) => (costs[k] === undefined ? `No ${k}.` : said(k))),
    ...['borrow', 'funding', 'interest'].filter((k) => Number(costs[k] ?? 0) !== 0).map(said),
    'Positions that are open at the end are valued at the last price unless the profile closes them.',
  ];
}
