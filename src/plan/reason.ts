import type { Expr } from '../language/formula/typed.ts';
import { printExpr } from '../language/formula/text.ts';

/** A condition of a signal cut into the comparisons that decide it, each with the formulas whose values are worth showing. */
interface Leaf {
  readonly show: readonly Expr[];
  /** Whether it holds, and its text, from the values of `show` in order. */
  readonly holds: (values: readonly (number | string | null)[]) => boolean | null;
  readonly say: (values: readonly (number | string | null)[]) => string;
}

type Value = number | string | null;

const DIGITS = 9;

/** Whether two numbers read differently with so many decimals. Sure of most without writing them out, which is what costs. */
function differ(x: number, other: number, digits: number): boolean {
  const scale = 10 ** digits;
  const [a, b] = [x * scale, other * scale];
  const halfway = Math.abs(a - Math.floor(a) - 0.5) < 1e-4 || Math.abs(b - Math.floor(b) - 0.5) < 1e-4;
  if (halfway || !(Math.abs(a) < 1e9 && Math.abs(b) < 1e9)) return Number(x.toFixed(digits)) !== Number(other.toFixed(digits));
  return Math.round(a) !== Math.round(b);
}

/** As few decimals as tell the size of a number, or as many more as it takes to tell it from `other`. */
const round = (x: Value, other: Value = null): string => {
  if (x === null || typeof x === 'string') return String(x);
  if (Number.isNaN(x)) return 'null';
  const size = Math.abs(x);
  for (let digits = size >= 1000 ? 1 : size >= 1 ? 2 : 4; ; digits++) {
    const told = typeof other !== 'number' || other === x || differ(x, other, digits);
    if (told || digits >= DIGITS) return String(Number(x.toFixed(digits)));
  }
};

/** Writes a formula with its value, given that of the other side. Its text is made once: a signal may come on every row. */
function valued(e: Expr): (x: Value, other?: Value) => string {
  const text = printExpr(e);
  if (e.k === 'number' || e.k === 'text') return () => text;
  const words = typeof e.type === 'object' ? e.type.values : null;
  return (x, other = null) => `${text} ${words !== null && typeof x === 'number' ? words[x] ?? 'null' : round(x, other)}`;
}

const compare = (op: string, a: number | string | null, b: number | string | null): boolean | null => {
  if (a === null || b === null || a !== a || b !== b) return null;
  switch (op) {
    case '<': return a < b;
    case '<=': return a <= b;
    case '>': return a > b;
    case '>=': return a >= b;
    case '==': return a === b;
    default: return a !== b;
  }
};

/** The text of two values with a word between; they stand at `first` and behind it. */
const pair = (a: Expr, b: Expr, word: string, first: number): Leaf['say'] => {
  const [left, right] = [valued(a), valued(b)];
  return (v) => `${left(v[first], v[first + 1])} ${word} ${right(v[first + 1], v[first])}`;
};

const SAYS: Readonly<Record<string, string>> = {
  crosses_above: 'crossed above', crosses_below: 'crossed below',
};

function leaf(e: Expr): Leaf {
  if (e.k === 'binary' && e.op !== 'and' && e.op !== 'or') {
    const { a, b, op } = e;
    return { show: [a, b], holds: (v) => compare(op, v[0], v[1]), say: pair(a, b, op, 0) };
  }
  const truth = (v: readonly (number | string | null)[]): boolean | null => (v[0] === 1 ? true : v[0] === 0 ? false : null);
  if (e.k === 'kernel' && e.kernel.name in SAYS) {
    const [a, b] = e.args;
    return { show: [e, a, b], holds: truth, say: pair(a, b, SAYS[e.kernel.name], 1) };
  }
  const text = printExpr(e);
  return { show: [e], holds: truth, say: () => text };
}

interface Tree {
  /** Formulas whose values `say` and `holds` take, in order. */
  readonly show: readonly Expr[];
  readonly holds: Leaf['holds'];
  /** The parts that made it true (or false), most telling first. */
  readonly why: (values: readonly (number | string | null)[], wanted: boolean) => string[];
}

function tree(e: Expr): Tree {
  if (e.k === 'unary' && e.op === 'not') {
    const t = tree(e.a);
    const not = (x: boolean | null): boolean | null => (x === null ? null : !x);
    return { show: t.show, holds: (v) => not(t.holds(v)), why: (v, wanted) => t.why(v, !wanted).map((s) => `not (${s})`) };
  }
  if (e.k === 'binary' && (e.op === 'and' || e.op === 'or')) {
    const l = tree(e.a);
    const r = tree(e.b);
    const cut = l.show.length;
    const both = e.op === 'and';
    return {
      show: [...l.show, ...r.show],
      holds(v) {
        const a = l.holds(v.slice(0, cut));
        const b = r.holds(v.slice(cut));
        if (a === !both || b === !both) return !both;
        return a === null || b === null ? null : both;
      },
      why(v, wanted) {
        const sides: [Tree, (number | string | null)[]][] = [[l, v.slice(0, cut)], [r, v.slice(cut)]];
        return sides.flatMap(([t, x]) => (t.holds(x) === wanted ? t.why(x, wanted) : []));
      },
    };
  }
  const one = leaf(e);
  return { show: one.show, holds: one.holds, why: (v) => [one.say(v)] };
}

export interface Reason {
  /** The conditions as text: reasons of equal conditions are worded equally. */
  readonly of: string;
  readonly show: readonly Expr[];
  /** `side` is 0 sell, 1 hold, 2 buy; `values` are those of `show`. */
  readonly render: (side: number, ...values: number[]) => string;
}

/** Writes why a signal fired, from the parts of its conditions that decided: `fast 101.32 crossed above slow 101.29; rsi 61.3 < 70`. */
export function reasonOf(conditions: { readonly buy?: Expr; readonly sell?: Expr; readonly hold?: Expr }): Reason {
  const parts = [conditions.sell, conditions.hold, conditions.buy].map((e) => (e === undefined ? null : tree(e)));
  const show = parts.flatMap((t) => t?.show ?? []);
  const starts: number[] = [];
  parts.reduce((at, t) => (starts.push(at), at + (t?.show.length ?? 0)), 0);
  const of = [conditions.sell, conditions.hold, conditions.buy].map((e) => (e === undefined ? '' : printExpr(e))).join('; ');
  return {
    of, show,
    render(side, ...values) {
      const t = parts[side];
      if (t === null || t === undefined) return '';
      const own = values.slice(starts[side], starts[side] + t.show.length);
      return t.holds(own) === true ? t.why(own, true).join('; ') : '';
    },
  };
}
