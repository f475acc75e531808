import { parseTime } from '../../core/time.ts';
import type { Type } from '../../core/types.ts';
import type { Ast, Span } from './ast.ts';
import { number, type Context } from './context.ts';
import { didYouMean, fault, listed } from './faults.ts';
import { PURE_FUNCTIONS } from './functions.ts';
import type { ParamScope } from './scope.ts';
import type { Expr } from './typed.ts';
import { describe, isEnum } from './typing.ts';

type Name = Ast & { readonly k: 'name' };

/** A column of the row, of another node, or a word such as `buy` where the hint is its enum. */
export function resolveName(cx: Context, ast: Name, hint: Type | null): Expr | null {
  return ast.path.length === 1 ? bareName(cx, ast, ast.path[0].name, hint) : dottedName(cx, ast);
}

function bareName(cx: Context, ast: Name, name: string, hint: Type | null): Expr | null {
  const own = cx.scope.columns.get(name);
  const member = hint !== null && isEnum(hint) ? hint.values.indexOf(name) : -1;
  // A word of the enum it is compared with wins over a column that happens to have its name but another type.
  if (member >= 0 && (own === undefined || !isEnum(own))) return number(ast, member, hint as Type);
  if (cx.scope.poisoned?.has(name) === true) return null;
  if (own === undefined) return unknownName(cx, ast, name, hint);
  if (cx.place.k === 'window') {
    return fault(cx.diagnostics, 'E314', ast, `\`${name}\` has a value per row, and here many rows become one`, {
      label: `say which: last(${name}), mean(${name}), ...`,
    });
  }
  if (cx.place.k === 'asof') {
    return fault(cx.diagnostics, 'E312', ast, `\`${name}\` is a column of this row, but asof() reads \`${cx.place.node}\``, {
      label: cx.place.columns.has(name) ? `write ${cx.place.node}.${name}` : 'move it out of asof()',
      help: [`inside asof() every column is of one other node: ${cx.place.node}.<column>`],
    });
  }
  return { k: 'column', node: null, name, type: own, start: ast.start, end: ast.end };
}

function unknownName(cx: Context, ast: Name, name: string, hint: Type | null): null {
  const { scope } = cx;
  const help = [`columns here: ${listed(scope.columns.keys())}`];
  if (hint !== null && isEnum(hint)) {
    const member = didYouMean(name, hint.values, '');
    const guess = member.suggestion === undefined ? didYouMean(name, scope.columns.keys(), 'not one of its values') : member;
    return fault(cx.diagnostics, 'E313', ast, `\`${name}\` is neither a column nor a ${hint.name}`, {
      ...guess, help: [`values in ascending order: ${hint.values.join(', ')}`],
    });
  }
  const message = `unknown column \`${name}\``;
  const say = (label: string, suggestion?: string): null =>
    fault(cx.diagnostics, 'E305', ast, message, { label, help, ...(suggestion === undefined ? {} : { suggestion }) });
  if (scope.params.has(name)) return say(`did you mean \`$${name}\`?`, `$${name}`);
  const guess = didYouMean(name, scope.columns.keys(), '');
  if (guess.suggestion !== undefined) return fault(cx.diagnostics, 'E305', ast, message, { ...guess, help });
  if (hint === 'text') return say(`did you mean the text "${name}"?`, `"${name}"`);
  if (scope.nodeIds.includes(name)) return say(`a node: write ${name}.<column>`);
  if (scope.registry.kernels.has(name) || PURE_FUNCTIONS.has(name)) return say(`a function: write ${name}(...)`);
  const elsewhere = elsewhereColumn(cx, name);
  if (elsewhere !== null) return say(`did you mean \`${elsewhere}\`?`, elsewhere);
  const others = ['true', 'false', 'null', ...scope.nodeIds, ...[...scope.params.keys()].map((p) => `$${p}`)];
  return fault(cx.diagnostics, 'E305', ast, message, { ...didYouMean(name, others, 'no column has this name'), help });
}

/** `anomaly.score` for a `score` that only one node on the same rows has. */
function elsewhereColumn(cx: Context, name: string): string | null {
  const having = cx.scope.nodeIds.filter((id) => {
    const node = cx.scope.node(id);
    return node !== null && node !== 'poisoned' && node.sameRows && node.columns.has(name);
  });
  return having.length === 1 ? `${having[0]}.${name}` : null;
}

function dottedName(cx: Context, ast: Name): Expr | null {
  const id = ast.path.slice(0, -1).map((p) => p.name).join('.');
  const column = ast.path[ast.path.length - 1];
  const node = cx.scope.node(id);
  if (node === 'poisoned' || cx.scope.node(ast.path[0].name) === 'poisoned') return null;
  if (node === null) return unknownNode(cx, ast, id);
  const type = node.columns.get(column.name);
  if (type === undefined) {
    if (cx.scope.poisoned?.has(`${id}.${column.name}`) === true) return null;
    return fault(cx.diagnostics, 'E305', ast, `\`${id}\` has no column \`${column.name}\``, {
      ...didYouMean(column.name, node.columns.keys(), 'no column has this name', (name) => `${id}.${name}`),
      help: [`columns: ${listed(node.columns.keys())}`],
    });
  }
  const written = `${id}.${column.name}`;
  const own = id === cx.scope.input && cx.place.k !== 'asof';
  if (cx.place.k === 'window') {
    return fault(cx.diagnostics, 'E314', ast, `\`${written}\` has a value per row, and here many rows become one`, {
      label: `say which: last(${written}), mean(${written}), ...`,
    });
  }
  if (cx.place.k === 'asof' && cx.place.node !== id) {
    return fault(cx.diagnostics, 'E312', ast, `asof() reads one node, but here are \`${cx.place.node}\` and \`${id}\``, {
      label: 'give this one its own asof()', help: [`write asof(${cx.place.node}...) and asof(${written})`],
    });
  }
  if (cx.place.k !== 'asof' && !node.sameRows) {
    const { self, clock } = cx.scope;
    return fault(cx.diagnostics, 'E310', ast, `\`${written}\` ticks on ${node.clock}, but \`${self}\` ticks on ${clock}`, {
      label: `wrap it: asof(${written})`, suggestion: `asof(${written})`,
      help: ["asof() takes the last value that was complete at this row's time, so nothing leaks from the future"],
    });
  }
  return { k: 'column', node: own ? null : id, name: column.name, type, start: ast.start, end: ast.end };
}

function unknownNode(cx: Context, ast: Name, id: string): null {
  const { scope } = cx;
  const first = ast.path[0].name;
  const span: Span = { start: ast.start, end: ast.path[ast.path.length - 2].end };
  if (scope.poisoned?.has(first) === true) return null;
  const own = scope.columns.get(first);
  if (own !== undefined) {
    return fault(cx.diagnostics, 'E306', ast, `\`${first}\` is ${describe(own)} and has no parts`, { label: `write ${first}` });
  }
  if (ast.path.length > 2 && scope.node(first) !== null) {
    const branches = scope.nodeIds.filter((n) => n.startsWith(`${first}.`));
    return fault(cx.diagnostics, 'E306', span, `\`${first}\` has no branch \`${id.slice(first.length + 1)}\``, {
      ...didYouMean(id, branches, 'no such branch'), help: [`branches: ${listed(branches)}`],
    });
  }
  return fault(cx.diagnostics, 'E306', span, `unknown node \`${id}\``, {
    ...didYouMean(id, scope.nodeIds, 'no source or node has this id'), help: [`nodes here: ${listed(scope.nodeIds)}`],
  });
}

/** A quoted text, which is also how a member of an enum or a time may be written. */
export function textAs(cx: Context, at: Span, value: string, hint: Type | null): Expr | null {
  if (hint === 'time') {
    const time = parseTime(value);
    if (time !== null) return number(at, time, 'time');
    return fault(cx.diagnostics, 'E309', at, `"${value}" is no time`, { label: 'write "2024-01-31" or "2024-01-31T09:30:00Z"' });
  }
  if (hint === null || !isEnum(hint)) return { k: 'text', value, type: 'text', start: at.start, end: at.end };
  const member = hint.values.indexOf(value);
  if (member >= 0) return number(at, member, hint);
  return fault(cx.diagnostics, 'E313', at, `"${value}" is no ${hint.name}`, {
    ...didYouMean(value, hint.values, 'not one of its values'), help: [`values in ascending order: ${hint.values.join(', ')}`],
  });
}

/** The declared parameter, or null: then it is unknown, which is noted, or its declaration was at fault. */
export function findParam(cx: Context, ast: Ast & { readonly k: 'param' }): ParamScope | null {
  const { params, poisoned } = cx.scope;
  const p = params.get(ast.name);
  if (p !== undefined) return p;
  if (poisoned?.has(`$${ast.name}`) === true) return null;
  return fault(cx.diagnostics, 'E304', ast, `unknown parameter \`$${ast.name}\``, {
    ...didYouMean(ast.name, params.keys(), 'declare it under params:', (name) => `$${name}`),
    help: [params.size === 0 ? 'this pipeline declares no params:' : `parameters: ${listed(params.keys())}`],
  });
}

export function resolveParam(cx: Context, ast: Ast & { readonly k: 'param' }, hint: Type | null): Expr | null {
  const p = findParam(cx, ast);
  if (p === null) return null;
  const { value } = p;
  if (typeof value === 'string') return textAs(cx, ast, value, hint);
  if (typeof value === 'boolean') return number(ast, value ? 1 : 0, 'bool');
  // Like a literal in its place, a number is f64 whatever it was declared as.
  if (typeof value === 'number') return number(ast, value, p.unit === 'duration' ? 'duration' : p.type === 'i64' ? 'f64' : p.type);
  return fault(cx.diagnostics, 'E309', ast, `\`$${ast.name}\` is a list`, {
    label: 'a list stands only after `in`', help: [`write x in $${ast.name}`],
  });
}
