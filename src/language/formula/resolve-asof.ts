import type { Ast } from './ast.ts';
import { at, resolve, ROW, type Context } from './context.ts';
import { didYouMean, fault } from './faults.ts';
import { counts, type Call } from './resolve-call.ts';
import { readSetting } from './setting.ts';
import { shown } from './text.ts';
import type { Expr } from './typed.ts';

const MAX_AGE = Object.freeze({ kind: 'duration', doc: 'a value older than this is null', min: 1 } as const);

/** `asof(quotes.bid, max_age: 5s)`: the last value of another node that was complete at the row's time. */
export function resolveAsof(cx: Context, ast: Call): Expr | null {
  if (cx.place.k === 'asof') {
    return fault(cx.diagnostics, 'E312', ast, 'asof() inside asof()', {
      label: 'one is enough', help: ['compute the inner one in a node of its own'],
    });
  }
  if (cx.place.k === 'window') {
    return fault(cx.diagnostics, 'E314', ast, 'asof() has a value per row, and here many rows become one', {
      label: `say which: last(${shown(ast)})`,
    });
  }
  for (const n of ast.named) {
    if (n.name === 'max_age') continue;
    return fault(cx.diagnostics, 'E307', { start: n.start, end: n.start + n.name.length }, `\`asof\` has no argument \`${n.name}\``, {
      ...didYouMean(n.name, ['max_age'], 'not an argument'), help: ['asof(x), or asof(x, max_age: 5m)'],
    });
  }
  if (!counts(cx, ast, 1, ast.named.length > 0 ? 1 : 2, 'asof(node.column, max_age: 5m)')) return null;
  const limit = ast.named[0]?.value ?? ast.args[1];
  const maxAge = limit === undefined ? null : readSetting(cx, limit, { of: 'asof', name: 'max_age', spec: MAX_AGE });
  const a = readFrom(cx, ast.args[0]);
  if (a === null || (limit !== undefined && maxAge === null)) return null;
  const { id, inner, sameRows } = a;
  // A plain column of the same rows is there already; a function must still run on all rows of the other node.
  if (sameRows && !hasKernel(inner)) return inner;
  const most = maxAge === null ? null : maxAge.value as number;
  return { k: 'asof', node: id, a: inner, maxAge: most, type: inner.type, start: ast.start, end: ast.end };
}

function readFrom(cx: Context, ast: Ast): { id: string; inner: Expr; sameRows: boolean } | null {
  const id = nodeIn(cx, ast);
  if (id === null) {
    // Nothing in it belongs to a node that exists: what is wrong with the names comes first.
    const before = cx.diagnostics.length;
    const own = resolve(at(cx, ROW), ast);
    if (own === null || cx.diagnostics.length > before) return null;
    return fault(cx.diagnostics, 'E312', ast, `asof() reads another node, but \`${shown(ast)}\` is of this row`, {
      label: 'no asof() needed', help: ['write asof(node.column) for a column of another node'],
    });
  }
  const node = cx.scope.node(id);
  if (node === null || node === 'poisoned') return null;
  const inner = resolve(at(cx, { k: 'asof', node: id, columns: node.columns }), ast);
  return inner === null ? null : { id, inner, sameRows: node.sameRows };
}

/** The first node that the formula names. */
function nodeIn(cx: Context, ast: Ast): string | null {
  switch (ast.k) {
    case 'name': {
      if (ast.path.length < 2) return null;
      const id = ast.path.slice(0, -1).map((p) => p.name).join('.');
      return cx.scope.node(id) === null ? null : id;
    }
    case 'unary': case 'member': return nodeIn(cx, ast.a);
    case 'index': return nodeIn(cx, ast.a);
    case 'binary': return nodeIn(cx, ast.a) ?? nodeIn(cx, ast.b);
    case 'in': return nodeIn(cx, ast.a);
    case 'call': return firstNode(cx, [...ast.args, ...ast.named.map((n) => n.value)]);
    default: return null;
  }
}

function firstNode(cx: Context, parts: readonly Ast[]): string | null {
  for (const part of parts) {
    const id = nodeIn(cx, part);
    if (id !== null) return id;
  }
  return null;
}

function hasKernel(e: Expr): boolean {
  switch (e.k) {
    case 'kernel': return true;
    case 'unary': return hasKernel(e.a);
    case 'binary': return hasKernel(e.a) || hasKernel(e.b);
    case 'if': return hasKernel(e.c) || hasKernel(e.a) || hasKernel(e.b);
    case 'in': return hasKernel(e.a) || e.list.some(hasKernel);
    case 'pure': return e.args.some(hasKernel);
    default: return false;
  }
}
