import type { Case } from './cases.ts';

/** Where choices come from: a seeded generator, or the numbers that a failing case is shrunk by. */
export interface Choice {
  /** A whole number in [low, high]. */
  int(low: number, high: number): number;
}

/** Choices from a list of numbers, over and over. */
export const choicesOf = (list: readonly number[]): Choice => {
  let at = 0;
  return { int: (low, high) => low + ((list[at++ % Math.max(1, list.length)] ?? 0) % (high - low + 1)) };
};

/** A column that must be 0 wherever `of` has a value: it is the difference of one thing computed on two ways. */
export interface Zero {
  readonly node: string;
  readonly column: string;
  readonly of: string;
}

export interface Dag extends Case {
  readonly zeros: readonly Zero[];
  readonly depth: number;
}

interface Stream {
  readonly id: string;
  /** Columns that are numbers. */
  readonly columns: readonly string[];
  /** What rows it has: streams of the same rows may read each other's columns. */
  readonly rows: string;
  readonly depth: number;
  /** Sources that its rows come from. */
  readonly sources: readonly string[];
  /** One row of a source may stand in it several times, so that "the last row" is not one's own twin. */
  readonly many: boolean;
}

const SOURCES: readonly Stream[] = [
  { id: 'trades', columns: ['price', 'size'], rows: 'trades', depth: 0, sources: ['trades'], many: false },
  { id: 'quotes', columns: ['bid', 'ask'], rows: 'quotes', depth: 0, sources: ['quotes'], many: false },
];

const DEEPEST = 10;

/** Writes random pipelines: chains, branches, diamonds, joins in formulas, merges and windows. */
class Builder {
  readonly streams: Stream[] = [...SOURCES];
  readonly zeros: Zero[] = [];
  readonly lines: string[] = [];
  private readonly choice: Choice;
  private serial = 0;

  constructor(choice: Choice) {
    this.choice = choice;
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.choice.int(0, list.length - 1)];
  }

  private id(kind: string): string {
    return `${kind}${this.serial++}`;
  }

  /** A stream to go on from, new ones before old ones, so that chains become long. */
  private from(): Stream {
    const open = this.streams.filter((s) => s.depth < DEEPEST);
    return this.choice.int(0, 2) === 0 ? this.pick(open) : this.pick(open.slice(-4));
  }

  private number(columns: readonly string[], deep = 0): string {
    const x = this.pick(columns);
    if (deep > 1) return x;
    switch (this.choice.int(0, 9)) {
      case 0: return `${x} + ${this.number(columns, deep + 1)}`;
      case 1: return `0.5 * ${x} - 1`;
      case 2: return `ema(${x}, ${this.choice.int(2, 5)})`;
      case 3: return `${x}[${this.choice.int(1, 3)}]`;
      case 4: return `abs(${x} - ${this.number(columns, deep + 2)})`;
      case 5: return `if(${this.condition(columns, deep + 1)}, ${x}, ${this.number(columns, deep + 2)})`;
      case 6: return `sma(${this.number(columns, deep + 2)}, ${this.choice.int(2, 6)})`;
      case 7: return `max(${x}, ${this.number(columns, deep + 2)})`;
      case 8: return `bbands(${x}, ${this.choice.int(2, 6)}).${this.pick(['upper', 'lower', 'middle'])}`;
      default: return `rsi(${x}, ${this.choice.int(2, 5)})`;
    }
  }

  private condition(columns: readonly string[], deep = 0): string {
    const x = this.pick(columns);
    switch (this.choice.int(0, 5)) {
      case 0: return `${x} > ${x}[1]`;
      case 1: return `${x} > sma(${x}, ${this.choice.int(2, 4)})`;
      case 2: return `not (${x} > ${this.pick(columns)})`;
      case 3: return deep > 0 ? `${x} > 0` : `(${this.condition(columns, 1)} or ${this.condition(columns, 1)})`;
      case 4: return deep > 0 ? `${x} < 1000` : `(${this.condition(columns, 1)} and ${this.condition(columns, 1)})`;
      default: return `${x} <= highest(${x}, 3)`;
    }
  }

  private node(id: string, from: string, operator: string): void {
    this.lines.push(`${id}:`, `  from: ${from}`, ...operator.split('\n').map((l) => `  ${l}`));
  }

  private add(s: Stream): Stream {
    this.streams.push(s);
    return s;
  }

  compute(s = this.from()): void {
    const id = this.id('c');
    const column = `${id}_x`;
    const beside = this.streams.filter((o) => o.rows === s.rows && o.id !== s.id && !o.id.includes('.'))
      .flatMap((o) => o.columns.map((c) => `${o.id}.${c}`));
    const others = this.streams.filter((o) => o.rows !== s.rows && !o.id.includes('.'));
    const columns = [...s.columns, ...beside.slice(-3)];
    const formulas = [`${column}: ${this.number(columns)}`];
    if (others.length > 0 && this.choice.int(0, 2) === 0) {
      const o = this.pick(others);
      formulas.push(`${id}_y: asof(${o.id}.${this.pick(o.columns)})`);
    }
    this.node(id, s.id, `compute:\n${formulas.map((f) => `  ${f}`).join('\n')}`);
    this.add({ ...s, id, columns: [...s.columns, ...formulas.map((f) => f.slice(0, f.indexOf(':')))], depth: s.depth + 1 });
  }

  filter(): void {
    const s = this.from();
    const id = this.id('f');
    this.node(id, s.id, `filter: ${this.condition(s.columns)}`);
    this.add({ ...s, id, rows: id, depth: s.depth + 1 });
  }

  split(): void {
    const s = this.from();
    const id = this.id('r');
    this.node(id, s.id, `split:\n  up: ${this.condition(s.columns)}\n  down: ${this.condition(s.columns)}`);
    for (const b of ['up', 'down', 'rest']) this.add({ ...s, id: `${id}.${b}`, rows: `${id}.${b}`, depth: s.depth + 1 });
  }

  merge(): void {
    const [a, b] = [this.from(), this.from()];
    if (a.id === b.id) return;
    const id = this.id('m');
    this.node(id, `[${a.id}, ${b.id}]`, 'merge: {}');
    const sources = [...new Set([...a.sources, ...b.sources])];
    const many = a.many || b.many || sources.length < a.sources.length + b.sources.length;
    this.add({ id, columns: [...new Set([...a.columns, ...b.columns])], rows: id, depth: Math.max(a.depth, b.depth) + 1, sources, many });
  }

  window(): void {
    const s = this.from();
    const id = this.id('w');
    const x = this.pick(s.columns);
    const span = this.pick(['every: 10s', 'over: 5', 'every: 6', 'every: 20s\n  over: 1m']);
    this.node(id, s.id, `window:\n  ${span}\n  columns:\n    ${id}_n: count()\n    ${id}_m: mean(${x})`);
    this.add({ ...s, id, columns: [`${id}_n`, `${id}_m`], rows: id, depth: s.depth + 1 });
  }

  /** One formula in two nodes on the same rows, and their difference in a third. */
  diamond(): void {
    const s = this.from();
    const [a, b, d] = [this.id('a'), this.id('b'), this.id('d')];
    const f = this.number(s.columns);
    for (const id of [a, b]) this.node(id, s.id, `compute:\n  ${id}_x: ${f}`);
    const beside = s.many ? `${b}.${b}_x` : `asof(${b}.${b}_x)`;
    this.node(d, a, `compute:\n  ${d}_x: ${a}_x - ${b}.${b}_x\n  ${d}_y: ${a}_x - ${beside}`);
    this.zeros.push({ node: d, column: `${d}_x`, of: `${a}_x` }, { node: d, column: `${d}_y`, of: `${a}_x` });
    this.add({ ...s, id: d, columns: [...s.columns, `${a}_x`], depth: s.depth + 2 });
  }

  /** Two equal filters, or windows, one read as of the other: every row of the one must find its twin, complete. */
  twins(): void {
    const s = this.from();
    if (s.many) return;
    const [a, b, d] = [this.id('a'), this.id('b'), this.id('d')];
    const x = this.pick(s.columns);
    const where = this.condition(s.columns);
    const windows = this.choice.int(0, 1) === 0;
    const [same, column] = windows ? [`window:\n  over: 4\n  columns: { ${d}_v: sum(${x}) }`, `${d}_v`] : [`filter: ${where}`, x];
    for (const id of [a, b]) this.node(id, s.id, same);
    this.node(d, a, `compute:\n  ${d}_z: ${column} - asof(${b}.${column})`);
    this.zeros.push({ node: d, column: `${d}_z`, of: column });
    this.add({ ...s, id: d, columns: windows ? [column] : s.columns, rows: a, depth: s.depth + 2 });
  }
}

/** A random pipeline over trades and quotes, at most ten nodes deep. */
export function dagOf(name: string, choice: Choice, nodes = choice.int(4, 14)): Dag {
  const b = new Builder(choice);
  b.compute(SOURCES[0]);
  b.compute(SOURCES[1]);
  for (let n = 0; n < nodes; n++) {
    const kinds = [b.compute, b.compute, b.filter, b.split, b.merge, b.window, b.diamond, b.twins];
    const depth = Math.max(...b.streams.map((s) => s.depth));
    (depth > DEEPEST - 2 ? b.compute : kinds[choice.int(0, kinds.length - 1)]).call(b);
  }
  const depth = Math.max(...b.streams.map((s) => s.depth));
  return { name, nodes: `${b.lines.join('\n')}\n`, sources: ['trades', 'quotes'], zeros: b.zeros, depth };
}
