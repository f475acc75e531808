import type { Ast } from './ast.ts';
import { resolve, type Context } from './context.ts';
import { fault } from './faults.ts';
import { readSetting } from './setting.ts';
import { shown } from './text.ts';
import type { Expr } from './typed.ts';
import { describe } from './typing.ts';

/** `x[n]`, the value of x n rows back. */
export function resolveIndex(cx: Context, ast: Ast & { readonly k: 'index' }): Expr | null {
  const a = resolve(cx, ast.a);
  const lag = cx.scope.registry.kernels.get('lag');
  if (lag === undefined) return fault(cx.diagnostics, 'E302', ast, '`x[n]` needs the function `lag`, which is not registered');
  const [name, spec] = Object.entries(lag.params)[0];
  const read = readSetting(cx, ast.n, { of: `${shown(ast.a)}[n]`, name: 'n', spec: { ...spec, kind: 'int', min: -Infinity } });
  if (read === null) return null;
  const n = read.value as number;
  if (n < 0) return future(cx, ast);
  if (a === null || n === 0) return a;
  if (a.type === 'text') {
    return fault(cx.diagnostics, 'E309', ast, `\`${shown(ast.a)}\` is text, and only numbers keep a history`, { label: describe(a.type) });
  }
  const params: Record<string, unknown> = {};
  for (const [key, s] of Object.entries(lag.params)) params[key] = s.default;
  params[name] = spec.kind === 'span' ? { rows: n } : n;
  return { k: 'kernel', kernel: lag, params, args: [a], output: 0, type: a.type, start: ast.start, end: ast.end };
}

function future(cx: Context, ast: Ast & { readonly k: 'index' }): null {
  return fault(cx.diagnostics, 'E301', ast.n, `\`${shown(ast)}\` reads a row that has not happened yet`, {
    label: 'the future',
    help: [`\`${shown({ ...ast, n: { start: ast.n.start, end: ast.n.end, k: 'number', value: 1, unit: 'none' } })}\` is the previous row; `
      + 'negative offsets would look ahead and are never allowed'],
  });
}
