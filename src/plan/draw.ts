import type { Plan } from './ir.ts';

export interface Box {
  readonly id: string;
  readonly kind: 'source' | 'node' | 'branch' | 'output';
  /** Operator or connector. */
  readonly what: string;
  readonly clock: string;
  readonly columns: number;
  readonly warmup: number;
  readonly used: boolean;
}

export interface Arrow {
  readonly from: string;
  readonly to: string;
  /** `asof`: only the last complete value is read. */
  readonly kind: 'rows' | 'asof';
}

/** A pipeline as boxes and arrows, in an order in which every arrow goes forward. */
export interface Picture {
  readonly name: string;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

export interface OutputBox {
  readonly id: string;
  readonly from: string;
  readonly connector: string;
}

export function picture(plan: Plan, outputs: readonly OutputBox[] = []): Picture {
  const boxes: Box[] = plan.nodes.map((n) => ({
    id: n.id, kind: n.kind, what: n.operator, clock: n.clock, columns: n.schema.length, warmup: n.warmup, used: n.used
      || n.kind === 'source',
  }));
  const arrows: Arrow[] = plan.nodes.flatMap((n) => n.inputs.map((from) => ({ from, to: n.id, kind: 'rows' as const })));
  for (const s of plan.stages) {
    if (s.form !== 'asof') continue;
    const from = plan.nodes.find((n) => n.edge === s.other)?.id;
    if (from !== undefined && !arrows.some((a) => a.from === from && a.to === s.node)) arrows.push({ from, to: s.node, kind: 'asof' });
  }
  const taken = new Set(boxes.map((b) => b.id));
  for (const o of outputs) {
    const id = taken.has(o.id) ? `${o.id} (output)` : o.id;
    boxes.push({ id, kind: 'output', what: o.connector, clock: '', columns: 0, warmup: 0, used: true });
    arrows.push({ from: o.from, to: id, kind: 'rows' });
  }
  return { name: plan.name, boxes: inOrder(boxes, arrows), arrows };
}

function inOrder(boxes: readonly Box[], arrows: readonly Arrow[]): Box[] {
  const rank = ranks(boxes, arrows);
  return boxes.map((b, i) => ({ b, i })).sort((x, y) => (rank.get(x.b.id) as number) - (rank.get(y.b.id) as number)
    || x.i - y.i).map((x) => x.b);
}

/** Longest way from a source to each box. */
export function ranks(boxes: readonly Pick<Box, 'id'>[], arrows: readonly Arrow[]): Map<string, number> {
  const into = new Map<string, string[]>();
  for (const a of arrows) (into.get(a.to) ?? into.set(a.to, []).get(a.to) as string[]).push(a.from);
  const rank = new Map<string, number>();
  const visit = (id: string): number => {
    const known = rank.get(id);
    if (known !== undefined) return known;
    rank.set(id, 0);
    const r = Math.max(-1, ...(into.get(id) ?? []).map(visit)) + 1;
    rank.set(id, r);
    return r;
  };
  for (const b of boxes) visit(b.id);
  return rank;
}

const note = (b: Box): string => {
  if (b.kind === 'output') return b.what;
  const parts = [b.what, ...(b.clock === '' || b.clock === b.id ? [] : [`on ${b.clock}`]), ...(b.warmup > 1 ? [`warm after ${b.warmup}`]
    : []),
    ...(b.used ? [] : ['unused'])];
  return parts.join(' · ');
};

/** A tree of text: every box once, below the box it reads first; what it reads besides is named. */
export function drawText(p: Picture): string {
  const lines: string[] = [p.name];
  const drawn = new Set<string>();
  const parentOf = (id: string): string | undefined => p.arrows.find((a) => a.to === id && a.kind === 'rows')?.from;
  const childrenOf = (id: string): Box[] => p.boxes.filter((b) => parentOf(b.id) === id);
  const draw = (b: Box, lead: string, last: boolean): void => {
    drawn.add(b.id);
    const also = p.arrows.filter((a) => a.to === b.id && a.from !== parentOf(b.id)).map((a) =>
      (a.kind === 'asof' ? `asof ${a.from}` : a.from));
    const mark = b.kind === 'output' ? '▶ ' : '';
    lines.push(`${lead}${last ? '└─' : '├─'} ${mark}${b.id}  ${note(b)}${also.length > 0 ? `  (also reads ${also.join(', ')})` : ''}`);
    const children = childrenOf(b.id).filter((c) => !drawn.has(c.id));
    children.forEach((c, i) => draw(c, `${lead}${last ? '   ' : '│  '}`, i === children.length - 1));
  };
  const roots = p.boxes.filter((b) => parentOf(b.id) === undefined);
  roots.forEach((b, i) => draw(b, '', i === roots.length - 1));
  return lines.join('\n');
}

const safe = (id: string): string => `n_${id.replace(/[^A-Za-z0-9]/g, (c) => `_${c.charCodeAt(0).toString(16)}`)}`;
const quoted = (s: string): string => s.replaceAll('"', "'");

export function drawMermaid(p: Picture): string {
  const shapes = { source: ['([', '])'], node: ['[', ']'], branch: ['[', ']'], output: ['[/', '/]'] } as const;
  const boxes = p.boxes.map((b) => `  ${safe(b.id)}${shapes[b.kind][0]}"${quoted(b.id)}<br/>${quoted(note(b))}"${shapes[b.kind][1]}`);
  const arrows = p.arrows.map((a) => `  ${safe(a.from)} ${a.kind === 'asof' ? '-. asof .->' : '-->'} ${safe(a.to)}`);
  return ['flowchart LR', ...boxes, ...arrows].join('\n');
}

export function drawDot(p: Picture): string {
  const text = (s: string): string => `"${s.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const shapes = { source: 'ellipse', node: 'box', branch: 'box', output: 'cds' } as const;
  const label = (b: Box): string => text(`${b.id}\n${note(b)}`).replaceAll('\n', '\\n');
  const boxes = p.boxes.map((b) => `  ${text(b.id)} [label=${label(b)}, shape=${shapes[b.kind]}];`);
  const arrows = p.arrows.map((a) => `  ${text(a.from)} -> ${text(a.to)}${a.kind === 'asof' ? ' [style=dashed, label="asof"]' : ''};`);
  return [`digraph ${text(p.name)} {`, '  rankdir=LR;', '  node [fontname="sans-serif"];', ...boxes, ...arrows, '}'].join('\n');
}

export const noteOf = note;
