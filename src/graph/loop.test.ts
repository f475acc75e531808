import { describe, expect, it } from 'vitest';
import { Frame } from '../core/frame.ts';
import { kernel } from '../core/kernel.ts';
import { KeyTable } from '../core/keys.ts';
import { Slab } from '../core/layout.ts';
import type { BinaryOp } from '../language/formula/ast.ts';
import { IslandBuilder, type BlockBuilder } from '../plan/island.ts';
import { inlineOnce } from './inline.ts';
import { compileLoop } from './loop.ts';

const NULL = NaN;
const VALUES = [1, 0, NULL];
const pairs = VALUES.flatMap((a) => VALUES.map((b): [number, number] => [a, b]));

/** Runs one island over rows of two number columns; what `build` returns is stored, and its truth selects. */
function run(rows: readonly [number, number][], build: (b: BlockBuilder, x: number, y: number) => number): { values: number[]; kept: number[] } {
  const keys = new KeyTable();
  keys.intern('A');
  const frame = new Frame(keys, [{ name: 'x', type: 'f64' }, { name: 'y', type: 'f64' }, { name: 'out', type: 'f64' }]);
  rows.forEach(([x, y], i) => {
    frame.push(i, i, 0);
    (frame.cols[0] as Float64Array)[i] = x;
    (frame.cols[1] as Float64Array)[i] = y;
  });
  const out: { values: number[]; kept: number[] } = { values: [], kept: [] };
  for (const store of [true, false]) {
    const island = new IslandBuilder(0, 0, null);
    const v = build(island.root, island.root.load(0, 'f64'), island.root.load(1, 'f64'));
    if (store) island.root.block.instrs.push({ op: 'store', slot: 2, a: v });
    else island.root.filter(v, 1);
    const compiled = compileLoop(island.finish());
    const slab = new Slab(compiled.blanks);
    slab.ensure(1);
    const sel = new Int32Array(rows.length);
    const counts = new Int32Array(1);
    compiled.loop(frame, 0, rows.length, null, slab.data, [sel], counts, new Int32Array(1));
    if (store) out.values = [...(frame.cols[2] as Float64Array).subarray(0, rows.length)];
    else out.kept = [...sel.subarray(0, counts[0])];
  }
  return out;
}

const binary = (fn: BinaryOp) => (b: BlockBuilder, x: number, y: number): number => b.emit(`${fn}`, 'bool', { op: 'binary', fn, a: x, b: y });
const kept = (values: readonly number[]): number[] => values.flatMap((v, i) => (v === 1 ? [i] : []));

/** Kleene's strong logic, from its truth tables. */
const AND = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a === 1 && b === 1 ? 1 : NULL);
const OR = (a: number, b: number): number => (a === 1 || b === 1 ? 1 : a === 0 && b === 0 ? 0 : NULL);
const NOT = (a: number): number => (Number.isNaN(a) ? NULL : 1 - a);

describe('three-valued logic', () => {
  it.each([['and', AND], ['or', OR]] as const)('%s, as a value and as a condition', (fn, oracle) => {
    const got = run(pairs, binary(fn));
    const want = pairs.map(([a, b]) => oracle(a, b));
    expect(got.values).toEqual(want);
    expect(got.kept).toEqual(kept(want));
  });

  it('nested conditions agree with the tables', () => {
    const got = run(pairs, (b, x, y) => {
      const not = b.emit('n', 'bool', { op: 'not', a: x });
      const or = b.emit('o', 'bool', { op: 'binary', fn: 'or', a: not, b: y });
      const and = b.emit('a', 'bool', { op: 'binary', fn: 'and', a: or, b: x });
      return b.emit('m', 'bool', { op: 'not', a: and });
    });
    const want = pairs.map(([a, b]) => NOT(AND(OR(NOT(a), b), a)));
    expect(got.values).toEqual(want);
    expect(got.kept).toEqual(kept(want));
  });

  it('`if` is null where the condition is', () => {
    const rows: [number, number][] = VALUES.map((a) => [a, 5]);
    const got = run(rows, (b, x, y) => b.emit('i', 'f64', { op: 'if', c: x, a: y, b: b.constant(7, 'f64') }));
    expect(got.values).toEqual([5, 7, NULL]);
  });
});

describe('arithmetic and comparison', () => {
  const rows: [number, number][] = [[4, 2], [1, 0], [0, 0], [NULL, 1], [1, NULL], [-3, 2]];

  it.each([['+', (a: number, b: number) => a + b], ['-', (a: number, b: number) => a - b], ['*', (a: number, b: number) => a * b],
    ['%', (a: number, b: number) => a % b], ['/', (a: number, b: number) => (b === 0 ? NULL : a / b)]] as const)('%s', (fn, oracle) => {
    expect(run(rows, binary(fn)).values).toEqual(rows.map(([a, b]) => oracle(a, b)));
  });

  it.each([['<', (a: number, b: number) => a < b], ['<=', (a: number, b: number) => a <= b], ['>', (a: number, b: number) => a > b],
    ['>=', (a: number, b: number) => a >= b], ['==', (a: number, b: number) => a === b], ['!=', (a: number, b: number) => a !== b],
  ] as const)('%s is null when a side is', (fn, oracle) => {
    const want = rows.map(([a, b]) => (Number.isNaN(a) || Number.isNaN(b) ? NULL : oracle(a, b) ? 1 : 0));
    const got = run(rows, binary(fn));
    expect(got.values).toEqual(want);
    expect(got.kept).toEqual(kept(want));
  });

  it('`in` is null for a null and false for a stranger', () => {
    const got = run(rows, (b, x) => b.emit('in', 'bool', { op: 'in', a: x, list: [b.constant(1, 'f64'), b.constant(4, 'f64')] }));
    expect(got.values).toEqual([1, 1, 0, NULL, 1, 0]);
  });
});

it('a kernel without state needs none', () => {
  const twice = kernel({
    name: 'twice', family: 'math', summary: 's', doc: 'd', source: 'none', inputs: [{ name: 'x', doc: 'x' }], params: {},
    outputs: [{ name: 'twice', doc: 'x' }], warmup: () => 1, state: () => ({}), step: () => (_S: Float64Array, _b: number, x: number) => 2 * x,
    examples: [],
  });
  const got = run([[1, 0], [NULL, 0]], (b, x) => b.kernel(
    { k: 'kernel', kernel: twice, params: {}, args: [], output: 0, type: 'f64', start: 0, end: 0 }, [x], 'n',
  ));
  expect(got.values).toEqual([2, NULL]);
});

describe('writing a value where it is read', () => {
  it('moves what is read once, in any depth, and keeps what is read twice', () => {
    expect(inlineOnce([
      { name: 'v0', text: 'c0[i]' }, { name: 'v1', text: 'c1[i]' }, { name: 'v2', text: 'v0+v1' }, { name: null, text: 'c2[i]=v2*v1;' },
    ])).toEqual(['const v1=c1[i];', 'c2[i]=((c0[i])+v1)*v1;']);
  });

  it('never moves a line that does something', () => {
    const lines = [{ name: null, text: 'const v1=k0(S,b+0,v0);' }, { name: null, text: 'if(v1>0){q0[n0++]=i;' }, { name: null, text: '}' }];
    expect(inlineOnce([{ name: 'v0', text: 'c0[i]' }, ...lines])).toEqual(['const v1=k0(S,b+0,(c0[i]));', lines[1].text, '}']);
  });
});
