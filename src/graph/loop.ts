import type { Frame } from '../core/frame.ts';
import type { BoundKernel } from '../core/kernel.ts';
import { layOut } from '../core/layout.ts';
import type { OverState } from '../core/over.ts';
import { inlineOnce, type Line } from './inline.ts';
import type { Block, EdgeId, Instr, IslandStage, ValueId } from '../plan/ir.ts';

/**
 * Turns an island into one loop. The source text is assembled from the templates below and numbers that we count ourselves; kernels,
 * constants, functions and column slots are bound as parameters, so nothing that a user wrote can become code.
 *
 * Booleans are compiled twice over: where only the truth of a condition matters (`filter`, `if`, `and`), as JavaScript booleans; where the
 * value is stored or passed on, as 1, 0 or NaN. `T` says "is true", `F` says "is false"; null is neither, which gives Kleene's logic.
 */
export type Loop = (
  frame: Frame, from: number, n: number, sel: Int32Array | null, S: Float64Array, sels: readonly Int32Array[], counts: Int32Array,
  place: Int32Array,
) => void;

export interface CompiledIsland {
  readonly loop: Loop;
  /** Edges made by filters and row operators: position p here fills `sels[p]` and `counts[p]`. */
  readonly edges: readonly EdgeId[];
  /** Blank state of every kernel and row operator, in slab order, and whose each is. */
  readonly blanks: readonly Float64Array[];
  readonly blankOf: readonly StatefulInstr[];
  /** States of calls over time, which lie beside the slab, in order of the calls. */
  readonly overs: readonly OverState[];
  readonly overOf: readonly StatefulInstr[];
  /** For tests and `explain`: the generated text. */
  readonly source: string;
}

export type StatefulInstr = Extract<Instr, { op: 'kernel' | 'row' }>;

const COMPARE: Readonly<Record<string, readonly [yes: string, no: string]>> = {
  '<': ['<', '>='], '<=': ['<=', '>'], '>': ['>', '<='], '>=': ['>=', '<'],
};

const isTruthOp = (i: Instr | undefined): boolean =>
  i !== undefined && (i.op === 'not' || i.op === 'in' || (i.op === 'binary' && !'+-*/%'.includes(i.fn)));

class Writer {
  private readonly drafts: Line[] = [];
  readonly names: string[] = [];
  readonly bound: unknown[] = [];
  readonly edges: EdgeId[] = [];
  readonly blanks: Float64Array[] = [];
  readonly blankOf: StatefulInstr[] = [];
  readonly overs: OverState[] = [];
  readonly overOf: StatefulInstr[] = [];
  private readonly defs = new Map<ValueId, Instr>();
  private readonly wanted = new Set<ValueId>();
  private readonly columns = new Map<number, string>();
  private readonly types: IslandStage['values'];
  private doubles = 0;

  constructor(stage: IslandStage) {
    this.types = stage.values;
    this.scan(stage.body);
    this.block(stage.body);
  }

  /** Declarations of the frame's arrays that the loop touches. */
  get prologue(): string {
    return [...this.columns].map(([slot, name]) => `const ${name}=f.cols[${slot}];`).join('');
  }

  get lines(): string[] {
    return inlineOnce(this.drafts);
  }

  private line(text: string): void {
    this.drafts.push({ text, name: null });
  }

  private bind(value: unknown): string {
    const name = `k${this.bound.length}`;
    this.names.push(name);
    this.bound.push(value);
    return name;
  }

  private column(slot: number): string {
    let name = this.columns.get(slot);
    if (name === undefined) this.columns.set(slot, (name = `c${slot}`));
    return name;
  }

  /** Which values are read as values; conditions read for their truth alone need none. */
  private scan(block: Block): void {
    const want = (...ids: readonly ValueId[]): void => ids.forEach((id) => this.wanted.add(id));
    const truth = (id: ValueId): void => {
      if (!isTruthOp(this.defs.get(id))) this.wanted.add(id);
    };
    for (const i of block.instrs) {
      if ('out' in i) this.defs.set(i.out, i);
      switch (i.op) {
        case 'negate': want(i.a); break;
        case 'not': truth(i.a); break;
        case 'binary':
          if (i.fn === 'and' || i.fn === 'or') { truth(i.a); truth(i.b); } else want(i.a, i.b);
          break;
        case 'if': truth(i.c); want(i.a, i.b); break;
        case 'in': want(i.a, ...i.list); break;
        case 'pure': case 'kernel': case 'render': want(...i.args); break;
        case 'store': want(i.a); break;
        case 'filter': truth(i.cond); this.scan(i.body); break;
        case 'row': this.scan(i.body); break;
        default:
      }
    }
  }

  private block(block: Block): void {
    for (const i of block.instrs) this.instr(i);
  }

  private instr(i: Instr): void {
    switch (i.op) {
      case 'kernel': this.kernel(i); return;
      case 'store': this.line(`${this.column(i.slot)}[i]=v${i.a};`); return;
      case 'render':
        this.line(`${this.column(i.slot)}[i]=${this.bind(i.render)}(${i.args.map((a) => `v${a}`).join(',')});`);
        return;
      case 'filter': this.nest(`if(${this.T(i.cond)}){`, i.edge, i.body); return;
      case 'row': this.row(i); return;
      default:
        if (this.wanted.has(i.out)) this.drafts.push({ text: this.value(i), name: `v${i.out}` });
    }
  }

  private value(i: Instr): string {
    switch (i.op) {
      case 'load': return `${this.column(i.slot)}[i]`;
      case 'meta': return i.what === 'symbol' ? 'names[key[i]]' : `f_${i.what}[i]`;
      case 'const': return this.bind(i.value);
      case 'negate': return `-v${i.a}`;
      // A division by zero has no value: null, and not an infinity that poisons what comes after.
      case 'binary':
        if (i.fn === '/') return `v${i.b}===0?NaN:v${i.a}/v${i.b}`;
        return '+-*%'.includes(i.fn) ? `v${i.a}${i.fn}v${i.b}` : this.kleene(i.out);
      case 'not': case 'in': return this.kleene(i.out);
      case 'if': {
        const none = this.types[i.out] === 'text' ? 'null' : 'NaN';
        return `${this.T(i.c)}?v${i.a}:${this.F(i.c)}?v${i.b}:${none}`;
      }
      case 'pure': {
        const call = `${this.bind(i.fn.impl)}(${i.args.map((a) => `v${a}`).join(',')})`;
        // A function of one number that gives NaN for NaN needs no guard.
        const plain = i.fn.nulls === 'pass' || i.args.length === 0 || (i.args.length === 1 && Number.isNaN(i.fn.impl(NaN)));
        if (plain) return call;
        return `${i.args.map((a) => this.known(a)).join('&&')}?${call}:NaN`;
      }
      default: throw new TypeError(`no value in ${i.op}`);
    }
  }

  private known(v: ValueId): string {
    return this.types[v] === 'text' ? `v${v}!==null` : `v${v}===v${v}`;
  }

  private kleene(v: ValueId): string {
    return `${this.T(v)}?1:${this.F(v)}?0:NaN`;
  }

  private T(v: ValueId): string {
    const i = this.defs.get(v);
    if (i?.op === 'not') return this.F(i.a);
    if (i?.op === 'in') return this.member(i);
    if (i?.op !== 'binary') return `(v${v}===1)`;
    if (i.fn === 'and') return `(${this.T(i.a)}&&${this.T(i.b)})`;
    if (i.fn === 'or') return `(${this.T(i.a)}||${this.T(i.b)})`;
    if (i.fn === '==') return this.equal(i.a, i.b, true);
    if (i.fn === '!=') return this.equal(i.a, i.b, false);
    return i.fn in COMPARE ? `(v${i.a}${COMPARE[i.fn][0]}v${i.b})` : `(v${v}===1)`;
  }

  private F(v: ValueId): string {
    const i = this.defs.get(v);
    if (i?.op === 'not') return this.T(i.a);
    if (i?.op === 'in') return `(${[i.a, ...i.list].map((x) => this.known(x)).join('&&')}&&!${this.member(i)})`;
    if (i?.op !== 'binary') return `(v${v}===0)`;
    if (i.fn === 'and') return `(${this.F(i.a)}||${this.F(i.b)})`;
    if (i.fn === 'or') return `(${this.F(i.a)}&&${this.F(i.b)})`;
    if (i.fn === '==') return this.equal(i.a, i.b, false);
    if (i.fn === '!=') return this.equal(i.a, i.b, true);
    return i.fn in COMPARE ? `(v${i.a}${COMPARE[i.fn][1]}v${i.b})` : `(v${v}===0)`;
  }

  private equal(a: ValueId, b: ValueId, same: boolean): string {
    return same ? `(v${a}===v${b}&&${this.known(a)})` : `(v${a}!==v${b}&&${this.known(a)}&&${this.known(b)})`;
  }

  private member(i: Extract<Instr, { op: 'in' }>): string {
    return `(${this.known(i.a)}&&(${i.list.map((x) => `v${i.a}===v${x}`).join('||') || 'false'}))`;
  }

  private kernel(i: Extract<Instr, { op: 'kernel' }>): void {
    const over = i.kernel.over(i.params);
    if (over !== null) {
      this.overs.push(over);
      this.overOf.push(i);
      this.call(i, (args) => `${this.bind(over)}.step(key[i],f_ts[i],${args.join(',')})`, i.kernel.nulls === 'skip', () => 'NaN');
      return;
    }
    const k: BoundKernel = i.kernel.bind(i.params);
    const base = this.doubles;
    this.doubles += k.layout.doubles;
    this.blanks.push(k.layout.blank);
    this.blankOf.push(i);
    this.call(i, (args) => `${this.bind(k.step)}(${['S', `b+${base}`, ...args].join(',')})`, k.nulls === 'skip',
      (o) => `S[b+${base + k.outputAt[o]}]`);
  }

  /** A stateful call; `output` reads output o after it. */
  private call(
    i: Extract<Instr, { op: 'kernel' }>, callOf: (args: readonly string[]) => string, skip: boolean, output: (o: number) => string,
  ): void {
    const args = i.args.map((a) => `v${a}`);
    const call = callOf(args);
    const guarded = skip && args.length > 0;
    const known = guarded ? args.map((a) => `${a}===${a}`).join('&&') : '';
    const result = i.outs[0] >= 0 && this.wanted.has(i.outs[0]) ? `const v${i.outs[0]}=` : '';
    if (!guarded) this.line(`${result}${call};`);
    else if (result === '') this.line(`if(${known})${call};`);
    else this.line(`${result}${known}?${call}:NaN;`);
    i.outs.forEach((out, o) => {
      if (o === 0 || out < 0 || !this.wanted.has(out)) return;
      const read = output(o);
      this.line(`const v${out}=${guarded ? `${known}?${read}:NaN` : read};`);
    });
  }

  private row(i: Extract<Instr, { op: 'row' }>): void {
    const layout = layOut(i.operator.state(i.args));
    const base = this.doubles;
    this.doubles += layout.doubles;
    this.blanks.push(layout.blank);
    this.blankOf.push(i);
    const step = this.bind(i.operator.step(i.args, layout.at as Readonly<Record<string, number>>));
    this.nest(`if(${step}(S,b+${base},f,i,${this.bind(i.slots)})){`, i.edge, i.body);
  }

  private nest(open: string, edge: EdgeId, body: Block): void {
    const p = this.edges.push(edge) - 1;
    this.line(`${open}q${p}[n${p}++]=i;`);
    this.block(body);
    this.line('}');
  }
}

let serial = 0;

/** Compiles an island; a guarded one keeps its counts and its place when something inside throws. */
export function compileLoop(stage: IslandStage): CompiledIsland {
  const w = new Writer(stage);
  const width = w.blanks.reduce((sum, b) => sum + b.length, 0);
  const each = w.edges.map((_, p) => p);
  const save = each.map((p) => `counts[${p}]=n${p};`).join('');
  const body = w.lines.join('\n');
  // Only what the body reads: at one row an epoch every load counts.
  const heads = Object.entries({ f_ts: 'f.ts', f_seq: 'f.seq', names: 'f.keys.symbols' }).filter(([name]) => body.includes(name));
  const keyed = w.blanks.length > 0 || body.includes('key[i]') ? ['const key=f.key;'] : [];
  const head = [...keyed, ...heads.map(([n, x]) => `const ${n}=${x};`)];
  const loop = [
    'for(let j=from;j<n;j++){',
    stage.custom ? 'place[0]=j;' : '',
    `const i=sel===null?j:sel[j];${w.blanks.length > 0 ? `const b=key[i]*${width};` : ''}`,
    body,
    '}',
  ].join('\n');
  const source = [
    `"use strict";/*${serial++}*/return function(f,from,n,sel,S,sels,counts,place){`,
    head.join(''),
    w.prologue,
    each.map((p) => `const q${p}=sels[${p}];let n${p}=counts[${p}];`).join(''),
    stage.custom ? `try{${loop}}finally{${save}}` : `${loop}\n${save}`,
    '}',
  ].join('\n');
  // The one place where code is made. Its text has only our templates, see above.
  const build = new Function(...w.names, source) as (...bound: unknown[]) => Loop;
  const { edges, blanks, blankOf, overs, overOf } = w;
  return { loop: build(...w.bound), edges, blanks, blankOf, overs, overOf, source };
}
