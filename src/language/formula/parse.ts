import type { Diagnostic } from '../../core/diagnostic.ts';
import type { Ast, BinaryOp, Span } from './ast.ts';
import { didYouMean, fault, type FaultDetails, type FormulaCode } from './faults.ts';
import { lex, MOST_CHARACTERS, type Token } from './lex.ts';
import { printAst } from './text.ts';

export const MOST_DEPTH = 64;

const OR = 1;
const AND = 2;
const NOT = 3;
const COMPARISON = 4;
const SUM = 5;
const PRODUCT = 6;
const SIGN = 7;

const LEVELS: ReadonlyMap<string, number> = new Map<BinaryOp | 'in', number>([
  ['or', OR], ['and', AND], ['<', COMPARISON], ['<=', COMPARISON], ['>', COMPARISON], ['>=', COMPARISON], ['==', COMPARISON],
  ['!=', COMPARISON], ['in', COMPARISON], ['+', SUM], ['-', SUM], ['*', PRODUCT], ['/', PRODUCT], ['%', PRODUCT],
]);
/** Words that stand between two values. */
const CONNECTIVES: readonly string[] = ['and', 'or', 'in'];
const SHOUTED = /^(?:AND|OR|NOT|IN)$/i;

/**
 * Reads a formula. `offset` is the place of its first character in the file, so that spans are places in the file. Never throws: a
 * formula that cannot be read is one `fault` node, and slips with one obvious meaning are reported and read as what was meant.
 */
export function parseFormula(text: string, offset: number): { ast: Ast; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const whole = { start: offset, end: offset + text.length };
  if (text.length > MOST_CHARACTERS) {
    fault(diagnostics, 'E311', whole, `the formula has ${text.length} characters`, {
      label: `at most ${MOST_CHARACTERS}`, help: ['name a part of it in a `compute` node and use that name here'],
    });
    return { ast: { ...whole, k: 'fault' }, diagnostics };
  }
  const { tokens, broken } = lex(text, offset, diagnostics);
  if (broken) return { ast: { ...whole, k: 'fault' }, diagnostics };
  return { ast: new Parser(tokens, text, offset, diagnostics).whole(whole), diagnostics };
}

interface Infix {
  readonly op: BinaryOp | 'in';
  readonly negated: boolean;
  readonly level: number;
  readonly tokens: number;
}

/**
 * Precedence climbing. After a fault that has no obvious repair, `i` stands at the end, so every open rule returns at once, in silence.
 */
class Parser {
  private readonly tokens: readonly Token[];
  private readonly text: string;
  private readonly offset: number;
  private readonly diagnostics: Diagnostic[];
  private i = 0;
  private depth = 0;
  private failed = false;

  constructor(tokens: readonly Token[], text: string, offset: number, diagnostics: Diagnostic[]) {
    this.tokens = tokens;
    this.text = text;
    this.offset = offset;
    this.diagnostics = diagnostics;
  }

  whole(span: Span): Ast {
    if (this.peek().k === 'end') this.fail(this.peek(), 'the formula is empty', { label: 'write a value, say close > open' });
    const ast = this.expression(0);
    if (!this.failed && this.peek().k !== 'end') this.unexpected();
    return this.failed ? { ...span, k: 'fault' } : ast;
  }

  private expression(level: number): Ast {
    let left = this.prefix(level);
    let compared = 0;
    for (;;) {
      const infix = this.infix();
      if (infix === null || infix.level < level) return left;
      this.i += infix.tokens;
      const chained = infix.level === COMPARISON && compared > 0;
      // In a chain the middle operand is not repeated in the tree: nested chains would double it at every level.
      const operand: Ast = chained ? { ...spanOf(lastOperand(left)), k: 'fault' } : left;
      const joined = infix.op === 'in' ? this.membership(operand, infix.negated) : this.binary(operand, infix.op, infix.level);
      left = chained ? this.chain(left, joined, compared === 1) : joined;
      compared = infix.level === COMPARISON ? compared + 1 : 0;
    }
  }

  private binary(a: Ast, op: BinaryOp, level: number): Ast {
    const b = this.expression(level + 1);
    return { start: a.start, end: b.end, k: 'binary', op, a, b };
  }

  /** `a < b < c`, of which `left` is `a < b` and `joined` is `… < c`. */
  private chain(left: Ast, joined: Ast, first: boolean): Ast {
    const span = { start: left.start, end: joined.end };
    if (first) {
      const written = this.text.slice(span.start - this.offset, span.end - this.offset);
      const suggestion = `${printAst(left)} and ${printAst(withLeft(joined, lastOperand(left)))}`;
      this.slip(span, `\`${written}\` compares the result of a comparison`, {
        label: 'one comparison at a time', help: [`write \`${suggestion}\``], suggestion,
      });
    }
    return { ...span, k: 'binary', op: 'and', a: left, b: joined };
  }

  private infix(): Infix | null {
    const t = this.peek();
    if (t.k === 'op') {
      const level = LEVELS.get(t.op);
      return level === undefined ? null : { op: t.op as BinaryOp, negated: false, level, tokens: 1 };
    }
    if (t.k !== 'name' || !SHOUTED.test(t.name)) return null;
    const word = this.word(t);
    if (word !== 'not') return { op: word as BinaryOp | 'in', negated: false, level: LEVELS.get(word) ?? 0, tokens: 1 };
    const next = this.tokens[this.i + 1];
    if (next?.k !== 'name' || this.word(next) !== 'in') return null;
    return { op: 'in', negated: true, level: COMPARISON, tokens: 2 };
  }

  /** `AND` is read as `and`, with a remark; said once, because the same token may be looked at again. */
  private word(t: Token & { readonly k: 'name' }): string {
    const small = SHOUTED.test(t.name) ? t.name.toLowerCase() : t.name;
    if (small !== t.name && !this.diagnostics.some((d) => d.start === t.start)) {
      this.slip(t, `\`${t.name}\` is written in small letters`, { label: `write \`${small}\``, suggestion: small });
    }
    return small;
  }

  private prefix(level: number): Ast {
    const t = this.peek();
    if (t.k === 'op' && t.op === '-') return this.unary('-', t, SIGN);
    if (t.k === 'op' && t.op === '+') return this.fail(t, '`+` in front of a value', { label: 'leave it out' });
    if (t.k === 'name' && (t.name === 'not' || (t.name === 'NOT' && startsOperand(this.tokens[this.i + 1])))) {
      this.word(t);
      if (level > NOT) {
        this.slip(t, '`not` binds weaker than the operator before it', { label: 'put brackets around it', help: ['write (not x)'] });
      }
      return this.unary('not', t, NOT);
    }
    return this.postfix();
  }

  private unary(op: '-' | 'not', t: Token, level: number): Ast {
    this.i++;
    const a = this.nested(t, () => this.expression(level));
    return { start: t.start, end: a.end, k: 'unary', op, a };
  }

  private postfix(): Ast {
    let a = this.primary();
    for (;;) {
      const t = this.peek();
      if (t.k !== 'op') return a;
      if (t.op === '[') {
        this.i++;
        const n = this.nested(t, () => this.expression(0));
        a = { start: a.start, end: this.close(t, ']'), k: 'index', a, n };
      } else if (t.op === '.') {
        this.i++;
        const name = this.peek();
        if (name.k !== 'name') return this.fail(name, 'a name is missing after `.`', { label: 'say which column or output' });
        this.i++;
        a = { start: a.start, end: name.end, k: 'member', a, name: name.name, nameSpan: spanOf(name) };
      } else if (t.op === '(') {
        return this.fail(t, 'only the name of a function can be called', { label: 'an operator is missing before this' });
      } else {
        return a;
      }
    }
  }

  private primary(): Ast {
    const t = this.peek();
    const span = spanOf(t);
    switch (t.k) {
      case 'number': this.i++; return { ...span, k: 'number', value: t.value, unit: t.unit };
      case 'time': this.i++; return { ...span, k: 'time', value: t.value };
      case 'text': this.i++; return { ...span, k: 'text', value: t.value };
      case 'param': this.i++; return { ...span, k: 'param', name: t.name };
      case 'fault': this.i++; return { ...span, k: 'fault' };
      case 'name': return this.name(t);
      case 'end': return this.fail(t, 'the formula ends too early', { label: 'a value is missing here' });
      case 'op': break;
    }
    if (t.op !== '(') return this.fail(t, `unexpected \`${t.op}\``, { label: 'a value is missing before this' });
    this.i++;
    const inner = this.nested(t, () => this.expression(0));
    return { ...inner, start: t.start, end: this.close(t, ')') };
  }

  private name(t: Token & { readonly k: 'name' }): Ast {
    this.i++;
    if (t.name === 'true' || t.name === 'false' || t.name === 'null') return { ...spanOf(t), k: 'word', value: t.name };
    if (t.name === 'and' || t.name === 'or' || t.name === 'in') {
      return this.fail(t, `a value is missing before \`${t.name}\``, { label: 'between two values' });
    }
    const path = [{ ...spanOf(t), name: t.name }];
    while (this.at('.')) {
      const part = this.tokens[this.i + 1];
      if (part.k !== 'name') {
        return this.fail(part, 'a name is missing after `.`', { label: 'say which column' });
      }
      path.push({ ...spanOf(part), name: part.name });
      this.i += 2;
    }
    const fnSpan = { start: t.start, end: path[path.length - 1].end };
    if (this.at('(')) return this.call(path.map((p) => p.name).join('.'), fnSpan);
    if (t.name === 'if') return this.fail(t, '`if` is a function', { label: 'write if(condition, a, b)' });
    return { ...fnSpan, k: 'name', path };
  }

  private call(fn: string, fnSpan: Span): Ast {
    const open = this.peek();
    this.i++;
    const args: Ast[] = [];
    const named: (Span & { name: string; value: Ast })[] = [];
    if (!this.at(')')) {
      this.nested(open, () => {
        do this.argument(args, named);
        while (this.comma());
        return { ...spanOf(open), k: 'fault' };
      });
    }
    return { start: fnSpan.start, end: this.close(open, ')', true), k: 'call', fn, fnSpan, args, named };
  }

  private argument(args: Ast[], named: (Span & { name: string; value: Ast })[]): void {
    const t = this.peek();
    const next = this.tokens[this.i + 1];
    if (t.k === 'name' && next?.k === 'op' && next.op === ':') {
      this.i += 2;
      named.push({ ...spanOf(t), name: t.name, value: this.expression(0) });
      return;
    }
    const value = this.expression(0);
    if (named.length > 0 && !this.failed) {
      this.slip(value, 'an argument without a name after one with a name', { label: 'put it before the named ones, or name it' });
    }
    args.push(value);
  }

  /** `a in [x, y]`, or `a in $list`. */
  private membership(a: Ast, negated: boolean): Ast {
    const t = this.peek();
    const list: Ast[] = [];
    let end = t.end;
    if (t.k === 'param') {
      list.push(this.primary());
    } else if (this.at('[')) {
      this.i++;
      this.nested(t, () => {
        do list.push(this.expression(0));
        while (this.comma());
        return { ...spanOf(t), k: 'fault' };
      });
      end = this.close(t, ']', true);
    } else {
      this.fail(t, '`in` needs a list', { label: 'write x in [a, b]' });
    }
    const test: Ast = { start: a.start, end, k: 'in', a, list };
    return negated ? { ...spanOf(test), k: 'unary', op: 'not', a: test } : test;
  }

  private nested(at: Span, inner: () => Ast): Ast {
    if (this.depth >= MOST_DEPTH) {
      return this.fail(at, `the formula is nested more than ${MOST_DEPTH} deep`, {
        help: ['name a part of it in a `compute` node and use that name here'],
      }, 'E311');
    }
    this.depth++;
    const result = inner();
    this.depth--;
    return result;
  }

  private comma(): boolean {
    if (!this.at(',')) return false;
    this.i++;
    return true;
  }

  private close(open: Token, op: ')' | ']', listed = false): number {
    const t = this.peek();
    if (this.at(op)) {
      this.i++;
      return t.end;
    }
    if (t.k === 'end') this.fail(open, `\`${op === ')' ? '(' : '['}\` is never closed`, { label: `its \`${op}\` is missing` });
    else this.unexpected(listed);
    return t.end;
  }

  private at(op: string): boolean {
    const t = this.peek();
    return t.k === 'op' && t.op === op;
  }

  private peek(): Token {
    return this.tokens[this.i];
  }

  /** `listed`: between values of a list or a call, where a comma may be what is missing. */
  private unexpected(listed = false): void {
    const t = this.peek();
    const written = this.text.slice(t.start - this.offset, t.end - this.offset);
    const sign = t.k === 'op';
    const hint: Readonly<Record<string, string>> = {
      is: 'to ask for null, write is_null(x)', if: 'write a choice as if(condition, a, b)', '[': '`x[1]` is the previous row of x',
      ':': 'only an argument of a function has a name: f(x, name: 1)',
    };
    const help = Object.hasOwn(hint, written) ? { help: [hint[written]] } : {};
    const missing = `${listed ? 'a comma or an operator' : 'an operator'} is missing before this`;
    const beside = sign ? { label: 'it does not belong here' } : didYouMean(written, CONNECTIVES, missing);
    this.fail(t, `unexpected \`${written}\``, { ...beside, ...help });
  }

  private slip(at: Span, message: string, details: FaultDetails): void {
    if (!this.failed) fault(this.diagnostics, 'E300', at, message, details);
  }

  private fail(at: Span, message: string, details: FaultDetails, code: FormulaCode = 'E300'): Ast {
    if (!this.failed) fault(this.diagnostics, code, at, message, details);
    this.failed = true;
    this.i = this.tokens.length - 1;
    return { start: at.start, end: at.end, k: 'fault' };
  }
}

const spanOf = (s: Span): Span => ({ start: s.start, end: s.end });

/** The operand that a chained comparison would compare again. */
function lastOperand(a: Ast): Ast {
  if (a.k === 'binary') return a.op === 'and' ? lastOperand(a.b) : a.b;
  return a;
}

/** The comparison with its left operand put in. */
function withLeft(comparison: Ast, a: Ast): Ast {
  if (comparison.k === 'unary') return { ...comparison, a: withLeft(comparison.a, a) };
  return comparison.k === 'binary' || comparison.k === 'in' ? { ...comparison, a } : comparison;
}

const startsOperand = (t: Token | undefined): boolean =>
  t !== undefined && (t.k === 'op' ? t.op === '(' || t.op === '-' : t.k !== 'end');
