import { Random } from '../core/random.ts';
import type { Registry } from '../core/registry.ts';
import type { Schema } from '../core/types.ts';
import { Engine, type Observed } from '../engine/engine.ts';
import { replay } from '../engine/replay.ts';
import type { Document, ExpectDecl, GivenDecl, GivenRow, NodeDecl, SourceDecl, TestDecl } from '../language/document.ts';
import { renderDiagnostic } from '../language/frame.ts';
import { compile, refId } from '../plan/compile.ts';
import type { Plan } from '../plan/ir.ts';
import { expected, type Outcome } from './test-expect.ts';
import { BadTest, GivenReader, inOrder, sameRows, type SeenRow } from './test-rows.ts';

/** A test file's own text, where it is not that of the pipeline: formulas in `none` and `all` have their places there. */
export interface TestText {
  readonly file: string;
  readonly text: string;
}

export const checkId = (i: number, form: 'none' | 'all'): string => `test_${i}_${form}`;

/** What one run of a case showed, by node. */
export interface Seen {
  readonly plan: Plan;
  readonly rows: ReadonlyMap<string, readonly SeenRow[]>;
}

const byTime = (given: readonly GivenDecl[]): Map<string, GivenRow[]> => {
  const rows = new Map<string, GivenRow[]>();
  for (const g of given) rows.set(g.target, [...(rows.get(g.target) ?? []), ...g.rows]);
  for (const list of rows.values()) list.sort((a, b) => a.ts - b.ts);
  return rows;
};

/** Runs one case every way it can be run; returns what is wrong with it. */
export async function runCase(doc: Document, test: TestDecl, from: TestText, registry: Registry): Promise<Outcome> {
  try {
    // The tests of the document are left out: they speak of nodes that rows are now given to.
    const plan = planOf(withChecks(withGiven({ ...doc, tests: [] }, test, registry), test), from, registry, new Set(watched(test)));
    const given = byTime(test.given);
    const run = (rows: ReadonlyMap<string, readonly GivenRow[]>, batch: number): Promise<Seen> => runOnce(plan, doc, rows, batch);
    const whole = await run(given, 4096);
    const outcome = expected(test, whole);
    const one = await run(given, 1);
    const cut = different(test, whole, one, 0);
    if (cut !== null) return failed(outcome, `\`${cut}\` is different when rows come one by one`);
    const shuffled = shuffle(given, doc);
    if (shuffled === null) return outcome;
    const late = different(test, whole, await run(shuffled, 1), 1e-9);
    if (late === null) return outcome;
    return failed(outcome, `\`${late}\` is different when rows arrive out of order within the lateness`);
  } catch (error) {
    if (error instanceof BadTest) return { failures: [{ message: error.message }] };
    throw error;
  }
}

const failed = (o: Outcome, message: string): Outcome => ({ failures: [...o.failures, { message }] });

const watched = (test: TestDecl): string[] =>
  [...test.given.map((g) => g.target), ...test.expect.map((e) => refId(e.target)),
    ...test.expect.flatMap((e, i) => checksOf(e, i).map((c) => c.id))];

const checksOf = (e: ExpectDecl, i: number): { id: string; form: 'none' | 'all' }[] =>
  (['none', 'all'] as const).flatMap((form) => (e[form] === undefined ? [] : [{ id: checkId(i, form), form }]));

/** The pipeline with every node that rows are given to replaced by a source of its columns. */
function withGiven(doc: Document, test: TestDecl, registry: Registry): Document {
  const targets = new Set(test.given.map((g) => g.target));
  const replaced = doc.nodes.filter((n) => targets.has(n.id));
  if (replaced.length === 0) return doc;
  const { plan } = compile(doc, registry, { observe: 'all' });
  const schemas = new Map<string, Schema>(plan?.nodes.map((n) => [n.id, n.schema]) ?? []);
  const asSource = (n: NodeDecl): SourceDecl => ({
    id: n.id, connector: 'given', args: {}, schemaName: 'given', schema: schemas.get(n.id) ?? [], optional: [], key: 'symbol',
    time: { field: 'ts', unit: null, timezone: 'UTC' }, stamp: null, every: null, poisoned: n.poisoned, start: n.start, end: n.end,
  });
  return { ...doc, sources: [...doc.sources, ...replaced.map(asSource)], nodes: doc.nodes.filter((n) => !targets.has(n.id)) };
}

/** Conditions over a node's rows become a `compute` node on it, so that they mean what they mean in a pipeline. */
function withChecks(doc: Document, test: TestDecl): Document {
  const nodes = test.expect.flatMap((e, i) => checksOf(e, i).map(({ id, form }): NodeDecl => {
    const f = e[form] as NonNullable<ExpectDecl['none']>;
    const at = { start: f.start, end: f.end };
    return {
      id, description: '', from: [e.target], by: null, across: null, operator: 'compute', operatorSpan: at, onError: null,
        poisoned: false, ...at,
      args: { columns: { ...at, formulas: [{ ...f, name: 'test_ok', nameSpan: at }] } },
    };
  }));
  return { ...doc, nodes: [...doc.nodes, ...nodes] };
}

function planOf(doc: Document, from: TestText, registry: Registry, observe: ReadonlySet<string>): Plan {
  const { plan, diagnostics } = compile(doc, registry, { observe });
  if (plan !== null) {
    for (const id of observe) if (!plan.nodes.some((n) => n.id === id)) throw new BadTest(`there is no node \`${id}\``);
    return plan;
  }
  const errors = diagnostics.filter((d) => d.severity === 'error');
  throw new BadTest(errors.map((d) => renderDiagnostic(d, from.text, from.file, { color: false })).join('\n\n'));
}

async function runOnce(plan: Plan, doc: Document, given: ReadonlyMap<string, readonly GivenRow[]>, batch: number): Promise<Seen> {
  const symbols = [...given].filter(([id]) => !doc.sources.some((s) => s.id === id)).flatMap(([, rows]) => rows.map((r) => r.symbol));
  const engine = new Engine(plan, { universe: doc.universe === null ? null : [...doc.universe, ...symbols] });
  const rows = new Map<string, SeenRow[]>();
  for (const node of plan.nodes) {
    if (node.slots.includes(-1)) continue;
    const list: SeenRow[] = [];
    rows.set(node.id, list);
    engine.tap(node.id, (seen) => list.push(...detached(seen)));
  }
  const readers = plan.sources.map((s) => new GivenReader(given.get(s.id) ?? [], s.schema, engine.graph.keys[0], s.id));
  await replay(engine, readers, { batch });
  await engine.close();
  return { plan, rows };
}

function* detached(rows: Observed): Generator<SeenRow> {
  for (let r = 0; r < rows.n; r++) {
    const i = rows.sel === null ? r : rows.sel[r];
    yield { seq: rows.seq[i], ts: rows.ts[i], symbol: rows.keys.symbols[rows.key[i]] ?? '*', values: rows.cols.map((c) => c[i]) };
  }
}

/** The first node that is expected something of and differs between two runs. */
function different(test: TestDecl, a: Seen, b: Seen, within: number): string | null {
  for (const e of test.expect) {
    const id = refId(e.target);
    const [x, y] = [a.rows.get(id) ?? [], b.rows.get(id) ?? []];
    if (!sameRows(within === 0 ? x : inOrder(x), within === 0 ? y : inOrder(y), within)) return id;
  }
  return null;
}

/** Rows of sources in an order of arrival that the lateness allows; null where there is nothing to shuffle. */
function shuffle(given: ReadonlyMap<string, readonly GivenRow[]>, doc: Document): Map<string, readonly GivenRow[]> | null {
  if (doc.time.lateness <= 0) return null;
  const random = new Random(1);
  const out = new Map<string, readonly GivenRow[]>(given);
  let moved = false;
  for (const s of doc.sources) {
    const rows = given.get(s.id);
    if (rows === undefined) continue;
    const delays = new Map<number, number>();
    const arrival = rows.map((r) => r.ts + (delays.get(r.ts) ?? delays.set(r.ts, random.next() * doc.time.lateness).get(r.ts) as number));
    const order = rows.map((_, i) => i).sort((a, b) => arrival[a] - arrival[b] || a - b);
    moved ||= order.some((at, i) => at !== i);
    out.set(s.id, order.map((i) => rows[i]));
  }
  return moved ? out : null;
}
