import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hardStop } from '../../../test/hard-stop.ts';
import { formulaScope } from '../../../test/formula-scope.ts';
import { Random } from '../../core/random.ts';
import type { Ast } from './ast.ts';
import { FORMULA_CODES } from './faults.ts';
import { parseFormula } from './parse.ts';
import { resolveFormula } from './resolve.ts';
import { printAst, printExpr } from './text.ts';
import type { Expr } from './typed.ts';

/** Raise with MILLRACE_FUZZ=1000000 for a long run. */
const RUNS = Number(process.env['MILLRACE_FUZZ'] ?? 20_000);

/** Texts of numbers, conditions and the rest, grown from each other, with blanks and brackets at will. */
const grown = fc.letrec<{ number: string; bool: string; series: string }>((tie) => ({
  number: fc.oneof({ depthSize: 'small' },
    fc.constantFrom('close', 'open', 'level', 'bars.high', 'anomaly.score',
      '$edge', '$fast', '5', '0.5%', '10bps', '1_000', '2.5e-3', '1e21', 'null'),
    fc.tuple(tie('number'), fc.constantFrom('+', ' - ', ' * ', '/', ' % '), tie('number')).map(([a, op, b]) => `(${a})${op}${b}`),
    fc.tuple(tie('number'), fc.constantFrom(' + ', '-', '*', ' / '), tie('number')).map(([a, op, b]) => `${a}${op}(${b})`),
    tie('number').map((a) => `-(${a})`), tie('series').map((a) => `${a}[2]`),
    fc.tuple(tie('bool'), tie('number'), tie('number')).map(([c, a, b]) => `if( ${c},${a} , ${b})`),
    fc.tuple(tie('number'), tie('number')).map(([a, b]) => `max(${a}, ${b})`), tie('number').map((a) => `round(${a}, 2)`),
    tie('series'), fc.constantFrom('hour()', 'asof(quotes.bid, 5m)', 'asof(rsi(bars5.close, 5) * 2)', '(ts - ts[1]) / 1s', 'age / 5m')),
  series: fc.oneof({ depthSize: 'small' },
    fc.constantFrom('close', 'volume', 'obv()', 'atr(7)', 'rsi(14)'),
    fc.tuple(tie('number'), fc.integer({ min: 1, max: 50 })).map(([a, n]) => `ema((${a}) * close, ${n})`),
    tie('series').map((a) => `macd(${a}, fast: 5).hist`), tie('series').map((a) => `zscore(${a}, 2h, robust: true)`),
    tie('series').map((a) => `smooth(${a}, by: ema)`), tie('number').map((a) => `vwma(${a} + close, 5)`)),
  bool: fc.oneof({ depthSize: 'small' },
    fc.constantFrom('up', 'side == buy', 'severity >= warning', 'symbol in $names', 'side not in [buy, hold]',
      'note == "a\\"b"', 'is_open(ts)',
      'ts >= 2024-01-02', 'anomaly.severity != info', '$mode == side', 'true', 'ts < "2024-01-02T10:00:00Z"'),
    fc.tuple(tie('number'), fc.constantFrom('<', ' <= ', '>', ' >= ', ' == ', ' != '), tie('number'))
      .map(([a, op, b]) => `(${a === 'null' ? '1' : a})${op}(${b === 'null' ? '1' : b})`),
    fc.tuple(tie('bool'), fc.constantFrom(' and ', ' or '), tie('bool')).map(([a, op, b]) => `(${a})${op}${b}`),
    tie('bool').map((a) => `not ${a}`), tie('series').map((a) => `crosses_above(${a}, 70)`), tie('series').map((a) => `is_null(${a})`)),
}));
const formula = fc.oneof(grown.number, grown.bool);

const PLACES: ReadonlySet<string> = new Set(['start', 'end', 'nameSpan', 'fnSpan']);

/** A tree without its places and without what a text does not keep: how a ratio or a sum of money was written. */
const plain = (tree: Ast | Expr): unknown => JSON.parse(JSON.stringify(tree, (key, value: unknown) =>
  (PLACES.has(key) || (key === 'unit' && value !== 'duration') ? undefined : value)));

function eachNode(ast: Ast, visit: (a: Ast, parent: Ast | null) => void, parent: Ast | null = null): void {
  visit(ast, parent);
  const parts: readonly Ast[] = ast.k === 'binary' ? [ast.a, ast.b] : ast.k === 'unary' || ast.k === 'member' ? [ast.a]
    : ast.k === 'index' ? [ast.a, ast.n] : ast.k === 'in' ? [ast.a, ...ast.list]
      : ast.k === 'call' ? [...ast.args, ...ast.named.map((n) => n.value)] : [];
  for (const part of parts) eachNode(part, visit, ast);
}

describe('printing', () => {
  it('a parsed formula gives a text that parses to the same', { timeout: 60_000 }, () => {
    fc.assert(fc.property(formula, (text) => {
      const { ast, diagnostics } = parseFormula(text, 0);
      if (diagnostics.some((d) => d.code === 'E311')) return;
      expect(diagnostics, text).toEqual([]);
      const printed = printAst(ast);
      expect(plain(parseFormula(printed, 7).ast), `${text}\n${printed}`).toEqual(plain(ast));
    }), { numRuns: 1000 });
  });

  it('a checked formula gives a text that means the same', { timeout: 60_000 }, () => {
    let checked = 0;
    fc.assert(fc.property(formula, (text) => {
      const scope = formulaScope();
      const { ast, diagnostics } = parseFormula(text, 0);
      const first = resolveFormula(ast, scope, null);
      if (diagnostics.length > 0) return;
      expect(first.diagnostics.filter((d) => d.code !== 'E309'), text).toEqual([]);
      if (first.expr === null) return;
      checked++;
      const printed = printExpr(first.expr);
      const second = resolveFormula(parseFormula(printed, 0).ast, scope, null);
      expect(second.diagnostics, `${text}\n${printed}`).toEqual([]);
      expect(plain(second.expr as Expr), `${text}\n${printed}`).toEqual(plain(first.expr));
      expect(printExpr(second.expr as Expr)).toBe(printed);
    }), { numRuns: 1000 });
    expect(checked).toBeGreaterThan(500);
  });

  it('every part lies inside its whole, and a name lies where it is written', { timeout: 60_000 }, () => {
    fc.assert(fc.property(formula, fc.integer({ min: 0, max: 500 }), (text, offset) => {
      eachNode(parseFormula(text, offset).ast, (a, parent) => {
        expect(a.start).toBeGreaterThanOrEqual(parent?.start ?? offset);
        expect(a.end).toBeLessThanOrEqual(parent?.end ?? offset + text.length);
        if (a.k === 'name' && text[a.start - offset] !== '(') expect(text.slice(a.start - offset, a.end - offset)).toBe(printAst(a));
      });
    }), { numRuns: 300 });
  });
});

const PIECES = [
  'close', 'open', 'side', 'buy', 'ts', 'symbol', 'bars5.close', 'bars.late.close', 'broken.x', 'ghost', '$fast', '$names', '$nope',
  '$', 'ema(', 'macd(', 'asof(',
  'if(', 'atr(', 'count(', 'mean(', 'min(', 'nz(', 'constructor', '__proto__', 'toString(', '(', ')', '[', ']', ',', '.', ':', '.hist',
  '[1]', '[-1]', '+', '-', '*',
  '/', '%', '<', '<=', '>', '>=', '==', '!=', '=', '&&', '||', '!', '^', '**', '?', ';', '{', '}', ' and ', ' or ', ' not ', ' in ',
  ' not in ', ' AND ', 'true', 'null',
  '5', '0', '5m', '250ms', '10bps', '0.5%', '1e9', '1e999', '100 USD', '2024-01-02', '2024-99-99', '"a"', "'", '"', '\\', '≥', '−', '“',
  '\u0000', '😀', '\n', ' ', 'é',
  'max_age: 5m', 'fast: 3', 'x'.repeat(300), '('.repeat(40), '-'.repeat(40), 'not '.repeat(30),
];
const CORPUS = [
  'crosses_above(fast, slow) and rsi(close, 14) < 70', 'log(close / close[1])', '(high - low) / close',
  'macd(close, 12, 26, 9).hist / close', 'atr(14) * 2.5',
  '10000 * asof(quotes.ask - quotes.bid, max_age: 5m) / close', 'if(side == buy, 1, -1) * zscore(volume, 2h)',
  'severity >= warning and not is_null(anomaly.score)',
  'symbol in ["AAPL", "MSFT"] or side not in [buy, sell]', 'ts - ts[1] > 1h30m and ts >= 2024-01-02',
  'quantile(close, 0.9) - vwap(close, volume)',
];

function mutant(random: Random): string {
  const piece = (): string => PIECES[random.int(0, PIECES.length - 1)];
  if (random.next() < 0.4) return Array.from({ length: random.int(0, 14) }, piece).join(random.next() < 0.5 ? ' ' : '');
  let text = CORPUS[random.int(0, CORPUS.length - 1)];
  for (let n = random.int(1, 4); n > 0; n--) {
    const at = random.int(0, text.length);
    const kind = random.next();
    if (kind < 0.3) text = text.slice(0, at) + text.slice(at + random.int(1, 3));
    else if (kind < 0.6) text = text.slice(0, at) + piece() + text.slice(at);
    else if (kind < 0.8) text = text.slice(0, at) + String.fromCharCode(random.int(32, 126)) + text.slice(at + 1);
    else text = text.slice(0, at) + text.slice(random.int(0, text.length));
  }
  return text;
}

describe('any text', () => {
  it(`is answered: ${RUNS} random and mutated formulas`, { timeout: 600_000 }, () => {
    const random = new Random(20240102);
    const scopes = [formulaScope(), formulaScope({ aggregates: true })];
    for (let run = 0; run < RUNS; run++) {
      const text = mutant(random);
      hardStop(text, () => answered(text, run));
    }

    function answered(text: string, run: number): void {
      const { ast, diagnostics } = parseFormula(text, 9);
      const resolved = resolveFormula(ast, scopes[run % 2], run % 3 === 0 ? 'bool' : null);
      const said = [...diagnostics, ...resolved.diagnostics];
      for (const d of said) {
        const inside = d.start >= 9 && d.end <= 9 + text.length && d.start <= d.end && Object.hasOwn(FORMULA_CODES, d.code);
        if (!inside || d.message.length > 5000) expect({ text, d }).toBeNull();
      }
      const silent = said.length === 0 && resolved.expr === null;
      if (silent && !/broken|ghost/.test(text)) expect(text).toBe('a formula or a fault');
      if (resolved.diagnostics.length > 0 && resolved.expr !== null) expect(text).toBe('no formula beside a fault');
      if (resolved.expr !== null && said.length === 0) printExpr(resolved.expr);
    }
  });
});
