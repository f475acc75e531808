import type { NodeDecl, OutputDecl, RefDecl, SourceDecl } from './document.ts';
import type { Ast, Span } from './formula/ast.ts';
import { walkAst } from './formulas.ts';
import { listed, meant, type Report } from './report.ts';
import type { Registry } from '../core/registry.ts';
import type { Slips } from './slips.ts';
import { suggest } from './suggest.ts';

export interface Graph {
  readonly sources: readonly SourceDecl[];
  readonly nodes: readonly NodeDecl[];
  readonly outputs: readonly OutputDecl[];
  /** References that keep a node in use and are nothing else: `from` of alerts. */
  readonly others: readonly RefDecl[];
  /** References that must exist and keep nothing in use: those of tests. */
  readonly mentions: readonly RefDecl[];
  /** Nodes that were replaced by those of a template. */
  readonly replaced: ReadonlyMap<string, Span>;
  readonly slips: Slips;
  readonly registry: Registry;
  /** Some declarations could not be read at all, so what is unused is not known. */
  readonly uncertain: boolean;
}

interface Use {
  readonly ref: RefDecl;
  readonly by: string | null;
}

export interface Checked {
  /** Ids of nodes that took part in a fault. */
  readonly poisoned: ReadonlySet<string>;
  /** Declared ids that were reported as slips, by what was meant. */
  readonly meant: ReadonlyMap<string, string>;
}

/** Unknown ids that are looked at one by one; a file with more of them is wrong as a whole. */
const MOST_UNKNOWN = 50;

/** E201 to E205 and W201. */
export function checkGraph(report: Report, g: Graph): Checked {
  const poisoned = new Set<string>();
  const sources = new Map(g.sources.map((s) => [s.id, s]));
  const nodes = new Map<string, NodeDecl>();
  for (const node of g.nodes) {
    if (sources.has(node.id)) {
      report.error('E203', node, `\`${node.id}\` is a source and a node`,
        { label: 'this id is taken', help: ['give the node another id'] });
      poisoned.add(node.id);
    } else {
      nodes.set(node.id, node);
    }
  }
  const uses: Use[] = [
    ...g.nodes.flatMap((n) => refsOf(n, g.registry).map((ref) => ({ ref, by: n.id }))),
    ...g.outputs.filter((o) => o.from.id !== '').map((o) => ({ ref: o.from, by: null })),
    ...g.others.map((ref) => ({ ref, by: null })),
  ];
  const declared = new Map<string, Span>([...sources, ...nodes, ...g.replaced]);
  const used = new Set([...uses.map((u) => u.ref.id), ...g.nodes.flatMap((n) => formulaRefs(n).map((r) => r.id))]);
  const slips = unknownRefs(report, g, [...uses, ...g.mentions.map((ref) => ({ ref, by: null }))], declared, used);
  for (const id of slips.poisoned) poisoned.add(id);
  for (const id of slips.touched) used.add(id);
  for (const { ref, by } of uses) {
    if (ref.branch === null || !declared.has(ref.id)) continue;
    if (!branchExists(report, ref, nodes.get(ref.id), g.registry) && by !== null) poisoned.add(by);
  }
  for (const id of loops(report, nodes, g.registry)) poisoned.add(id);
  // An account is an end in itself: a backtest is about it.
  const ends = g.nodes.filter((n) => g.registry.operators.get(n.operator)?.form === 'trading');
  for (const n of ends) used.add(n.id);
  if (!g.uncertain) unused(report, g.nodes, used, g.nodes.flatMap(brokenTexts));
  return { poisoned, meant: slips.meant };
}

/** References of a node to streams: `from`, and settings that are ids. */
function refsOf(node: NodeDecl, registry: Registry): RefDecl[] {
  const fields = registry.operators.get(node.operator)?.fields ?? {};
  const named = Object.entries(node.args).filter(([name]) => fields[name]?.kind === 'ids').flatMap(([, a]) => a.items ?? []);
  return [...node.from, ...named.map((i) => ({ id: i.text, branch: null, start: i.start, end: i.end }))];
}

export function formulasOf(node: NodeDecl): Ast[] {
  return Object.values(node.args).flatMap((a) => [
    ...(a.formula === undefined ? [] : [a.formula.ast]),
    ...(a.formulas ?? []).map((f) => f.ast),
    ...Object.values(a.members ?? {}).flatMap((m) => (m.formula === undefined ? [] : [m.formula.ast])),
  ]);
}

/** First parts of dotted names in the formulas: `quotes` of `asof(quotes.bid)`. */
function formulaRefs(node: NodeDecl): (Span & { readonly id: string })[] {
  const out: (Span & { id: string })[] = [];
  for (const ast of formulasOf(node)) {
    walkAst(ast, (a) => {
      if (a.k === 'name' && a.path.length > 1) out.push({ id: a.path[0].name, start: a.path[0].start, end: a.path[0].end });
    });
  }
  return out;
}

interface Unknown {
  readonly poisoned: readonly string[];
  /** Ids that would be in use if it were not for the slip. */
  readonly touched: readonly string[];
  readonly meant: ReadonlyMap<string, string>;
}

/**
 * Unknown ids. Where the slip is in the declaration rather than in what reads it, that is one fault, said there, and the declaration is
 * taken for what was meant. Formulas count as readers, but their own faults are found with their types.
 */
function unknownRefs(report: Report, g: Graph, uses: readonly Use[], declared: ReadonlyMap<string, Span>,
  used: ReadonlySet<string>): Unknown {
  const ids = [...declared.keys()];
  const groups = new Map<string, Use[]>();
  for (const use of uses) {
    if (declared.has(use.ref.id)) continue;
    const group = groups.get(use.ref.id);
    if (group === undefined) groups.set(use.ref.id, [use]);
    else group.push(use);
  }
  for (const node of g.nodes) {
    for (const { id } of formulaRefs(node)) if (!declared.has(id) && !groups.has(id) && groups.size < MOST_UNKNOWN) groups.set(id, []);
  }
  const poisoned: string[] = [];
  const touched: string[] = [];
  const meantBy = new Map<string, string>();
  for (const [id, group] of groups) {
    if (touched.length > MOST_UNKNOWN) break;
    // A declaration that nothing reads is looked at first: it may be the other end of this slip.
    const idle = suggest(id, ids.filter((i) => !used.has(i) && !meantBy.has(i)));
    const at = idle === null ? undefined : declared.get(idle);
    if (idle !== null && at !== undefined && g.slips.inDeclaration(id, idle)) {
      report.error('E201', at, `nothing reads \`${idle}\`, but \`${id}\` is read and does not exist`, {
        ...meant(id, ''), help: [`known ids: ${listed(ids)}`],
      });
      meantBy.set(idle, id);
      touched.push(idle);
      continue;
    }
    const near = suggest(id, ids);
    touched.push(near ?? id);
    for (const { ref, by } of group) {
      unknownRef(report, ref, near, ids);
      if (by !== null) poisoned.push(by);
    }
  }
  return { poisoned, touched, meant: meantBy };
}

function unknownRef(report: Report, ref: RefDecl, near: string | null, ids: readonly string[]): void {
  report.error('E201', { start: ref.start, end: ref.start + Math.min(ref.id.length, ref.end - ref.start) }, `unknown input \`${ref.id}\``, {
    ...meant(near, 'no source or node has this id'), help: ids.length === 0 ? [] : [`known ids: ${listed(ids)}`],
  });
}

function branchExists(report: Report, ref: RefDecl, node: NodeDecl | undefined, registry: Registry): boolean {
  const branches = node === undefined ? ['late'] : branchesOf(node, registry);
  if (branches === null || branches.includes(ref.branch ?? '')) return true;
  const near = suggest(ref.branch ?? '', branches);
  report.error('E205', ref, `\`${ref.id}\` has no branch \`${ref.branch}\``, {
    ...meant(near === null ? null : `${ref.id}.${near}`, 'not a branch'),
    help: [branches.length === 0 ? `\`${ref.id}\` has one stream: from: ${ref.id}`
      : `branches: ${branches.map((b) => `${ref.id}.${b}`).join(', ')}`],
  });
  return false;
}

/** Branches that `node.branch` can name, or null when the node's own faults leave that open. */
function branchesOf(node: NodeDecl, registry: Registry): readonly string[] | null {
  if (node.poisoned) return null;
  const op = registry.operators.get(node.operator);
  const late = op?.form === 'timed' ? [...(op.portNames ?? []), 'late'] : op?.form === 'trading' ? [...op.portNames, 'late'] : [];
  if (node.operator !== 'split') return late;
  return [...Object.values(node.args).flatMap((a) => (a.formulas ?? []).map((f) => f.name)), 'rest', ...late];
}

/** Depth first over what nodes read; every loop is reported once, where it closes. */
function loops(report: Report, nodes: ReadonlyMap<string, NodeDecl>, registry: Registry): Set<string> {
  const state = new Map<string, 'open' | 'done'>();
  const inLoop = new Set<string>();
  const edges = (id: string): readonly (Span & { readonly id: string })[] => {
    const node = nodes.get(id);
    if (node === undefined) return [];
    return [...refsOf(node, registry), ...formulaRefs(node).filter((r) => r.id !== id)];
  };
  for (const root of nodes.keys()) {
    if (state.has(root)) continue;
    const path = [{ id: root, next: 0, out: edges(root) }];
    state.set(root, 'open');
    while (path.length > 0) {
      const top = path[path.length - 1];
      if (top.next >= top.out.length) {
        state.set(top.id, 'done');
        path.pop();
        continue;
      }
      const to = top.out[top.next];
      top.next += 1;
      if (!nodes.has(to.id) || state.get(to.id) === 'done') continue;
      if (state.get(to.id) !== 'open') {
        state.set(to.id, 'open');
        path.push({ id: to.id, next: 0, out: edges(to.id) });
        continue;
      }
      const cycle = path.slice(path.findIndex((p) => p.id === to.id)).map((p) => p.id);
      for (const id of cycle) inLoop.add(id);
      report.error('E202', to, `nodes form a loop: ${[...cycle, to.id].reverse().join(' -> ')}`, {
        label: 'the loop closes here',
        help: ['rows flow one way; keep what a node must remember inside it, as `x[1]` or a function with state'],
      });
    }
  }
  return inLoop;
}

function unused(report: Report, nodes: readonly NodeDecl[], used: ReadonlySet<string>, broken: readonly string[]): void {
  for (const node of nodes) {
    if (node.poisoned || used.has(node.id) || broken.some((text) => text.includes(node.id))) continue;
    report.warn('W201', node, `node \`${node.id}\` is never used`, {
      label: 'no output, alert or node reads it', help: ['remove it, or read it from `outputs:`'],
    });
  }
}

/** Texts of formulas that could not be read: whatever they name may be in use. */
function brokenTexts(node: NodeDecl): string[] {
  const all = Object.values(node.args).flatMap((a) => [...(a.formula === undefined ? [] : [a.formula]), ...(a.formulas ?? [])]);
  return all.filter((f) => {
    let broken = false;
    walkAst(f.ast, (a) => {
      if (a.k === 'fault') broken = true;
    });
    return broken;
  }).map((f) => f.text);
}
