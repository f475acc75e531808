import { describe, expect, it } from 'vitest';
import type { Ast } from './ast.ts';
import { parseFormula } from './parse.ts';
import { printAst } from './text.ts';

/** Every bracket written out, so that precedence can be seen. */
function grouped(a: Ast): string {
  if (a.k === 'binary') return `(${grouped(a.a)} ${a.op} ${grouped(a.b)})`;
  if (a.k === 'unary') return `(${a.op} ${grouped(a.a)})`;
  if (a.k === 'in') return `(${grouped(a.a)} in ${a.list.map(grouped).join(' ')})`;
  if (a.k === 'index') return `${grouped(a.a)}[${grouped(a.n)}]`;
  return printAst(a);
}

function read(text: string): Ast {
  const { ast, diagnostics } = parseFormula(text, 0);
  expect(diagnostics).toEqual([]);
  return ast;
}

const fault = (text: string): { code: string; message: string; label?: string; suggestion?: string; at: string } => {
  const { diagnostics } = parseFormula(text, 100);
  const [d] = diagnostics;
  expect(diagnostics.length, text).toBe(1);
  return { ...d, at: text.slice(d.start - 100, d.end - 100) };
};

describe('precedence', () => {
  it.each([
    ['a + b * c', '(a + (b * c))'], ['a - b - c', '((a - b) - c)'], ['a / b % c', '((a / b) % c)'], ['(a + b) * c', '((a + b) * c)'],
    ['a or b and not c', '(a or (b and (not c)))'], ['not a == b', '(not (a == b))'], ['a + 1 > b and c', '(((a + 1) > b) and c)'],
    ['-a * b', '((- a) * b)'], ['-x[1]', '(- x[1])'], ['a not in [1, 2]', '(not (a in 1 2))'], ['not a in [1]', '(not (a in 1))'],
    ['(a < b) == c', '((a < b) == c)'], ['x[1][2]', 'x[1][2]'], ['not not a', '(not (not a))'], ['a in $list', '(a in $list)'],
  ])('%s', (text, groups) => expect(grouped(read(text))).toBe(groups));
});

describe('literals', () => {
  it.each([
    ['5m', 300_000_000, 'duration'], ['250ms', 250_000, 'duration'], ['1h30m', 5_400_000_000, 'duration'], ['10bps', 0.001, 'ratio'],
    ['0.5%', 0.005, 'ratio'], ['100000 USD', 100_000, 'money'], ['1_000.5', 1000.5, 'none'], ['2.5e-3', 0.0025, 'none'],
    ['.5', 0.5, 'none'],
  ])('%s', (text, value, unit) => expect(read(text)).toMatchObject({ k: 'number', value, unit }));

  it('reads dates and date-times', () => {
    expect(read('2024-01-02')).toMatchObject({ k: 'time', value: 1_704_153_600_000_000 });
    expect(read('2024-01-02T09:30:00Z')).toMatchObject({ k: 'time', value: 1_704_187_800_000_000 });
    expect(fault('2024-02-30 < ts')).toMatchObject({ code: 'E300', at: '2024-02-30' });
  });

  it('tells a percentage from a remainder', () => {
    for (const text of ['10 % 3', '10%3', '10 %3', 'x % y', '10 % -3']) expect(read(text).k).toBe('binary');
    expect(grouped(read('5% - x'))).toBe('(5% - x)');
    expect(grouped(read('x > 5% and y'))).toBe('((x > 5%) and y)');
    expect(grouped(read('(5%)'))).toBe('5%');
  });

  it('reads quoted text with escapes', () => {
    expect(read(String.raw`"a\"b\\c"`)).toMatchObject({ k: 'text', value: 'a"b\\c' });
    expect(read("'AAPL'")).toMatchObject({ k: 'text', value: 'AAPL' });
  });
});

describe('places', () => {
  it('are offsets into the file', () => {
    const { ast } = parseFormula('ema(close, fast: 12).x + bars.late.close', 1000);
    expect(ast).toMatchObject({ k: 'binary', start: 1000, end: 1040 });
    const { a, b } = ast as Ast & { k: 'binary' };
    expect(a).toMatchObject({ k: 'member', start: 1000, end: 1022, nameSpan: { start: 1021, end: 1022 } });
    expect((a as Ast & { k: 'member' }).a).toMatchObject({
      fnSpan: { start: 1000, end: 1003 }, args: [{ start: 1004, end: 1009 }],
      named: [{ start: 1011, end: 1015, value: { start: 1017, end: 1019 } }],
    });
    expect(b).toMatchObject({ path: [{ start: 1025, end: 1029 }, { start: 1030, end: 1034 }, { start: 1035, end: 1040 }] });
  });
});

describe('slips are read as what was meant', () => {
  it.each([
    ['a = b', '=', '=='], ['a && b', '&&', 'and'], ['a || b', '||', 'or'], ['!a', '!', 'not'], ['a ≥ b', '≥', '>='], ['a ≤ b', '≤', '<='],
    ['a ≠ b', '≠', '!='], ['a <> b', '<>', '!='], ['a − b', '−', '-'], ['a AND b', 'AND', 'and'], ['a === b', '===', '=='],
    ['x > 5min', '5min', '5m'], ['a => b', '=>', '>='], ['NOT a', 'NOT', 'not'], ['a Or b', 'Or', 'or'],
    ['a < b < c', 'a < b < c', 'a < b and b < c'], ['a == b != c + 1', 'a == b != c + 1', 'a == b and b != c + 1'],
  ])('%s', (text, at, suggestion) => expect(fault(text)).toMatchObject({ code: 'E300', at, suggestion }));

  it('typographic quotes', () => expect(fault('x == “AAPL”')).toMatchObject({ at: '“AAPL”', suggestion: '"AAPL"' }));
});

describe('what cannot be read', () => {
  it.each([
    ['', ''], ['(a', '('], ['a)', ')'], ['f(a', '('], ['x in [1', '['], ['x in 3', '3'], ['a +', ''], ['* a', '*'], ['a b', 'b'],
    ['"a', '"'],
    ['a ? b', '?'], ['a; b', ';'], ['$', '$'], ['f(1, )', ')'], ['and a', 'and'], ['a.', ''], ['a.1', '.1'], ['if a', 'if'],
    ['a is null', 'is'],
    ['a # b', '#'], ['(a)(b)', '('], ['+a', '+'], ['[1, 2]', '['], ['1e999', '1e999'], ['99999999999w', '99999999999w'],
    ['a != not b', 'not'],
    ['a : b', ':'], ['f(x: 1, y)', 'y'],
  ])('%s', (text, at) => expect(fault(text)).toMatchObject({ code: 'E300', at }));

  it('is one fault', () => {
    expect(parseFormula('close > > open )', 0)).toMatchObject({ ast: { k: 'fault' }, diagnostics: [{ code: 'E300' }] });
  });
});

it('a missing comma is thought of where one may stand', () => {
  const label = (text: string): string | undefined => parseFormula(text, 0).diagnostics[0]?.label;
  expect(label('ema(close $fast)')).toBe('a comma or an operator is missing before this');
  expect(label('side in [buy sell]')).toBe('a comma or an operator is missing before this');
  expect(label('(close open)')).toBe('an operator is missing before this');
  expect(label('close open')).toBe('an operator is missing before this');
});

describe('limits', () => {
  it('refuses what is nested too deep, too long or of too many parts', () => {
    for (const text of ['('.repeat(5000), `${'('.repeat(70)}a${')'.repeat(70)}`, '-'.repeat(900) + 'a', 'not '.repeat(900) + 'a',
      'f('.repeat(400),
      'a+'.repeat(600) + 'a', 'x'.repeat(5000), 'x['.repeat(400)]) {
      expect(fault(text).code).toBe('E311');
    }
    expect(read(`${'('.repeat(60)}a${')'.repeat(60)}`)).toMatchObject({ k: 'name' });
  });

  it('takes long chains without deep calls', () => {
    const chain = `${'a + '.repeat(490)}a`;
    expect(printAst(read(chain))).toBe(chain);
    expect(read(`x${'[1]'.repeat(300)}`).k).toBe('index');
    expect(parseFormula(`${'1 < ('.repeat(60)}a${') < 1'.repeat(60)}`, 0).diagnostics.length).toBe(60);
  });
});
