import type { Expr } from './typed.ts';

/** A result that is known before any row: computed once, where it is an ordinary number of its type. */
export function fold(e: Expr): Expr {
  const value = valueOf(e);
  if (value === null || !Number.isFinite(value)) return e;
  if ((e.type === 'duration' || e.type === 'time' || e.type === 'i64') && !Number.isSafeInteger(value)) return e;
  return { k: 'number', value: value === 0 ? 0 : value, type: e.type, start: e.start, end: e.end };
}

function valueOf(e: Expr): number | null {
  if (e.k === 'unary') return e.op === '-' && e.a.k === 'number' ? -e.a.value : null;
  if (e.k === 'pure') {
    const args = e.args.map((a) => (a.k === 'number' ? a.value : NaN));
    return args.some(Number.isNaN) || e.fn.nulls === 'pass' ? null : e.fn.impl(...args);
  }
  if (e.k !== 'binary' || e.a.k !== 'number' || e.b.k !== 'number') return null;
  const a = e.a.value;
  const b = e.b.value;
  switch (e.op) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '/': return a / b;
    case '%': return a % b;
    default: return null;
  }
}
