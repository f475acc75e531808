import type { Ast, Span } from './formula/ast.ts';
import { parseFormula } from './formula/parse.ts';
import type { FormulaDecl } from './document.ts';
import { placeOf, type ScalarTree } from './scalar.ts';
import type { Scope } from './scope.ts';

/** Parses a formula where it stands; its faults are reported at their place in the file and marked in the tree. */
export function readFormula(c: Scope, s: ScalarTree): FormulaDecl | null {
  if (s.unset.length > 0) return null;
  const offset = s.places === null ? s.first : 0;
  const { ast, diagnostics } = parseFormula(s.text, offset);
  const place = (i: number): number => placeOf(s, i);
  const placed = s.places === null ? ast : movedSpans(ast, place);
  for (const d of diagnostics) c.report.add(s.places === null ? d : { ...d, start: place(d.start), end: place(d.end) });
  return { text: s.text, ast: placed, start: s.start, end: s.end };
}

/** A formula that nobody wrote: all of it stands at `at`. */
export function defaultFormula(c: Scope, text: string, at: Span): FormulaDecl {
  const { ast, diagnostics } = parseFormula(text, 0);
  for (const d of diagnostics) c.report.add({ ...d, start: at.start, end: at.end });
  return { text, ast: collapsed(ast, at), start: at.start, end: at.end };
}

/** The same value with every span inside it moved. Works on any of the checked declarations: they are plain data. */
export function movedSpans<T>(value: T, place: (offset: number) => number): T {
  return mapSpans(value, (s) => ({ start: place(s.start), end: place(s.end) }));
}

export const collapsed = <T>(value: T, at: Span): T => mapSpans(value, () => at);

function mapSpans<T>(value: T, to: (s: Span) => Span): T {
  if (Array.isArray(value)) return value.map((x) => mapSpans(x, to) as unknown) as T;
  if (typeof value !== 'object' || value === null) return value;
  const out: Record<string, unknown> = {};
  for (const [k, x] of Object.entries(value)) out[k] = typeof x === 'object' ? mapSpans(x as unknown, to) : x;
  if (typeof out.start === 'number' && typeof out.end === 'number') {
    const { start, end } = to(out as unknown as Span);
    out.start = start;
    out.end = end;
  }
  return out as T;
}

/** Calls `visit` for every dotted name and parameter of a formula. */
export function walkAst(ast: Ast, visit: (a: Ast) => void): void {
  visit(ast);
  switch (ast.k) {
    case 'unary': walkAst(ast.a, visit); break;
    case 'binary': walkAst(ast.a, visit); walkAst(ast.b, visit); break;
    case 'in': walkAst(ast.a, visit); for (const x of ast.list) walkAst(x, visit); break;
    case 'index': walkAst(ast.a, visit); walkAst(ast.n, visit); break;
    case 'member': walkAst(ast.a, visit); break;
    case 'call':
      for (const x of ast.args) walkAst(x, visit);
      for (const x of ast.named) walkAst(x.value, visit);
      break;
    default: break;
  }
}
