import type { Chunk, OutputRows } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { Column } from '../core/frame.ts';
import type { Registry } from '../core/registry.ts';
import { Engine } from '../engine/engine.ts';
import type { Engines } from '../engine/engines.ts';
import type { Document, NodeDecl } from '../language/document.ts';
import { parseFormula } from '../language/formula/parse.ts';
import { compile } from '../plan/compile.ts';
import type { Block, Plan } from '../plan/ir.ts';
import type { TapPort } from '../server/tap.ts';
import type { TapNode } from '../server/tap-protocol.ts';
import { matchNodes } from './node-globs.ts';

/** What live taps may see of the engines of a run. */
export function tapPort(engines: Engines, doc: Document, registry: Registry): TapPort {
  return {
    nodes(globs) {
      const ids = asTapRefusal(() => matchNodes(globs, engines.plan.nodes.map((n) => n.id)));
      return ids.map((id): TapNode => {
        const { schema, slots } = engines.node(id);
        return { id, schema: schema.filter((_, c) => slots[c] >= 0) };
      });
    },
    watch: (node, write) => engines.watch(node, write),
    condition: (node, where) => new Condition(planOf(node, where, doc, registry)).of,
  };
}

function asTapRefusal<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal('E795', error.message, { help: error.help });
    throw error;
  }
}

const ROWS = 'rows';
const WANTED = 'wanted';

/** A pipeline of one filter over the columns of the node, so that a condition means what it means in a pipeline. */
function planOf(node: TapNode, where: string, doc: Document, registry: Registry): Plan {
  const at = { start: 0, end: where.length };
  const { ast, diagnostics } = parseFormula(where, 0);
  const filter: NodeDecl = {
    id: WANTED, description: '', from: [{ id: ROWS, branch: null, ...at }], by: null, across: null, operator: 'filter', operatorSpan: at,
    onError: null, poisoned: false, ...at, args: { where: { ...at, formula: { text: where, ast, ...at } } },
  };
  const small: Document = {
    ...doc, name: WANTED, sources: [{ ...doc.sources[0], id: ROWS, schema: node.schema, stamp: null, every: null }], nodes: [filter],
    outputs: [], tests: [], diagnostics: [],
  };
  const compiled = compile(small, registry, { observe: new Set() });
  const fault = [...diagnostics, ...compiled.diagnostics].find((d) => d.severity === 'error');
  if (fault !== undefined || compiled.plan === null) {
    const lack = node.schema.length === 0 ? ['no column of the node is stored: nothing in the pipeline reads one'] : [];
    throw new Refusal('E795', `\`${where}\` does not fit ${node.id}: ${fault?.message ?? 'unknown fault'}`, {
      help: [...(fault?.help ?? []), ...lack, `columns: ${node.schema.map((f) => f.name).join(', ') || 'none'}`],
    });
  }
  if (compiled.plan.stages.some((s) => s.form !== 'source' && (s.form !== 'island' || remembers(s.body)))) {
    throw new Refusal('E795', `\`${where}\` remembers earlier rows, and a live tap does not see all of them`, {
      help: ['compare columns of the row itself; what needs a memory belongs in the pipeline'],
    });
  }
  return compiled.plan;
}

const remembers = (block: Block): boolean =>
  block.instrs.some((i) => i.op === 'kernel' || i.op === 'row' || (i.op === 'filter' && remembers(i.body)));

/** Runs a condition over some rows of another engine, which it copies first: they are few. */
class Condition {
  readonly of = (rows: OutputRows): readonly number[] => this.wanted(rows);
  private readonly engine: Engine;
  private found: number[] = [];
  /** Keys of this engine by those of the other. */
  private readonly keys: number[] = [];

  constructor(plan: Plan) {
    this.engine = new Engine(plan);
    this.engine.watch(WANTED, ({ n, sel }) => {
      for (let r = 0; r < n; r++) this.found.push(sel === null ? r : sel[r]);
    });
  }

  private wanted(rows: OutputRows): readonly number[] {
    this.found = [];
    this.engine.take(0, this.copy(rows));
    void this.engine.epoch();
    return this.found;
  }

  private copy({ n, sel, ts, key, keys, cols }: OutputRows): Chunk {
    const at = (r: number): number => (sel === null ? r : sel[r]);
    const own = (k: number): number => (this.keys[k] ??= this.engine.graph.keys[0].intern(keys.symbols[k] ?? ''));
    const copied = (c: Column): Column =>
      (c instanceof Float64Array ? Float64Array.from({ length: n }, (_, r) => c[at(r)]) : Array.from({ length: n }, (_, r) => c[at(r)]));
    return {
      n, ts: Float64Array.from({ length: n }, (_, r) => ts[at(r)]), key: Int32Array.from({ length: n }, (_, r) => own(key[at(r)])),
      cols: cols.map(copied),
    };
  }
}
