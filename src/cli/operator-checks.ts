import { readerFor } from '../connect/open.ts';
import type { Chunk } from '../core/connector.ts';
import { checkKernel } from '../core/contract.ts';
import type { Column } from '../core/frame.ts';
import { KeyTable } from '../core/keys.ts';
import type { Operator } from '../core/operator.ts';
import { Random } from '../core/random.ts';
import type { Registry } from '../core/registry.ts';
import { Engine } from '../engine/engine.ts';
import { readPipeline } from '../language/check.ts';
import { renderDiagnostic } from '../language/frame.ts';
import { compile } from '../plan/compile.ts';
import type { Plan } from '../plan/ir.ts';
import type { Found } from './custom.ts';
import type { Failure } from './test-expect.ts';

/** What is wrong with a kernel or operator of the user's own; an empty list when all promises hold. */
export async function checkOwn(own: Found, registry: Registry): Promise<readonly Failure[]> {
  const { value } = own;
  if (value.kind === 'kernel') return checkKernel(value).map((message) => ({ message }));
  if (value.examples.length === 0) return [{ message: 'it needs an example: `nodes:` entries on the source `trades` and the bars `bars`' }];
  const failures: Failure[] = [];
  for (const { title, yaml } of value.examples) {
    const broken = await checkExample(value, yaml, registry);
    failures.push(...broken.map((message) => ({ message: `example "${title}": ${message}` })));
  }
  return failures;
}

const MARKET = 'synthetic: { symbols: [AAA, BBB, CCC], seed: 11, rate: 0.2, length: 3h }';

const pipelineOf = (yaml: string): string => [
  'apiVersion: 1', 'pipeline: operator-check', 'sources:', `  trades: { ${MARKET}, schema: trade }`, 'nodes:',
  '  bars: { from: trades, bars: { every: 1m } }', ...yaml.split('\n').map((l) => `  ${l}`), '',
].join('\n');

/** Runs the example as a pipeline and holds the engine's promises against what the operator does. */
async function checkExample(operator: Operator, yaml: string, registry: Registry): Promise<string[]> {
  const text = pipelineOf(yaml);
  const doc = readPipeline(text, { file: 'example', base: '.', registry, env: {}, params: {}, readFile: () => null });
  const { plan, diagnostics } = compile(doc, registry, { observe: 'all' });
  if (plan === null) {
    return diagnostics.filter((d) => d.severity === 'error').map((d) => renderDiagnostic(d, text, 'example', { color: false }));
  }
  const own = plan.nodes.filter((n) => n.operator === operator.name).map((n) => n.id);
  if (own.length === 0) return ['it does not use the operator'];
  const rows = await marketRows(doc.sources[0].args, plan);
  return new Checker(plan, rows, own).run();
}

interface Market {
  readonly chunk: Chunk;
  readonly symbols: readonly string[];
}

async function marketRows(args: Readonly<Record<string, unknown>>, plan: Plan): Promise<Market> {
  const keys = new KeyTable();
  const { schema } = plan.sources[0];
  const time = { field: 'ts', unit: null, timezone: 'UTC' };
  const reader = readerFor({ id: 'trades', schema, keys, args, base: '.', time, optional: [] }, 'synthetic');
  const parts: Chunk[] = [];
  for (let c = await reader.next(); c !== null; c = await reader.next()) {
    parts.push({ n: c.n, ts: c.ts.slice(0, c.n), key: c.key.slice(0, c.n), cols: c.cols.map((col) => col.slice(0, c.n)) });
  }
  const joined = (of: (c: Chunk) => Column | Int32Array): number[] => parts.flatMap((c) => [...(of(c) as Float64Array)]);
  const ts = Float64Array.from(joined((c) => c.ts));
  const cols = schema.map((_, i) => Float64Array.from(joined((c) => c.cols[i])));
  return { chunk: { n: ts.length, ts, key: Int32Array.from(joined((c) => c.key)), cols }, symbols: keys.names.slice() };
}

type Row = string;

interface Way {
  readonly batch: () => number;
  readonly fuse?: boolean;
  /** Rows after which the run is killed and resumed from a snapshot. */
  readonly kill?: number;
  /** Rows that are read; fewer than all means that the run is cut off and nothing ends. */
  readonly rows?: number;
}

class Checker {
  private readonly plan: Plan;
  private readonly market: Market;
  private readonly own: readonly string[];

  constructor(plan: Plan, market: Market, own: readonly string[]) {
    this.plan = plan;
    this.market = market;
    this.own = own;
  }

  async run(): Promise<string[]> {
    const broken: string[] = [];
    try {
      const whole = await this.rows({ batch: () => 4096 });
      if (whole.length === 0) return ['it gives no rows, so nothing can be checked'];
      const must = async (way: Way, what: string): Promise<void> => {
        if ((await this.rows(way)).join('\n') !== whole.join('\n')) broken.push(what);
      };
      await must({ batch: () => 4096 }, 'two runs over the same rows differ: it keeps something outside its state');
      for (const n of [1, 7, 256]) await must({ batch: () => n }, `the result depends on how rows are batched (${n} at a time)`);
      await must({ batch: () => 512, fuse: false }, 'the fused and the unfused graph differ');
      const random = new Random(5);
      for (let i = 0; i < 5; i++) {
        const kill = random.int(1, this.market.chunk.n - 1);
        await must({ batch: () => random.int(1, 500), kill },
          `after a kill at row ${kill} and a restore the result differs: state that is not declared`);
      }
      for (let i = 0; i < 10; i++) {
        const rows = random.int(10, this.market.chunk.n - 1);
        const part = await this.rows({ batch: () => 64, rows });
        const moved = part.some((r, at) => r !== whole[at]);
        if (moved) broken.push(`rows before row ${rows} of the source change with what comes later: a look-ahead`);
      }
    } catch (error) {
      broken.push(`it failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    return [...new Set(broken)];
  }

  private engine(way: Way, out: Row[]): Engine {
    const engine = new Engine(this.plan, way.fuse === undefined ? {} : { fuse: way.fuse });
    for (const id of this.own) {
      engine.tap(id, (rows) => {
        for (let r = 0; r < rows.n; r++) {
          const i = rows.sel === null ? r : rows.sel[r];
          out.push(`${id} ${rows.ts[i]} ${rows.keys.names[rows.key[i]]} ${rows.cols.map((c) => String(c[i])).join()}`);
        }
      });
    }
    return engine;
  }

  private async rows(way: Way): Promise<Row[]> {
    const out: Row[] = [];
    const { chunk, symbols } = this.market;
    const most = way.rows ?? chunk.n;
    let engine = this.engine(way, out);
    for (const s of symbols) engine.graph.keys[0].intern(s);
    let killed = way.kill === undefined;
    for (let at = 0; at < most;) {
      let to = Math.min(most, at + way.batch());
      if (!killed && way.kill !== undefined && to >= way.kill) to = way.kill;
      engine.take(0, chunk, at, to);
      at = to;
      await engine.epoch();
      if (!killed && at === way.kill) {
        const saved = engine.save();
        engine = this.engine(way, out);
        engine.load(saved);
        killed = true;
      }
    }
    if (way.rows === undefined) {
      engine.end(0);
      await engine.epoch();
    }
    return out;
  }
}
