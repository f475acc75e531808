import { expect, it } from 'vitest';
import { KERNELS } from '../../operators/kernels.ts';
import { parseFormula } from '../language/formula/parse.ts';
import { resolveFormula } from '../language/formula/resolve.ts';
import { formulaScope } from '../../test/formula-scope.ts';
import type { Expr } from '../language/formula/typed.ts';
import { reasonOf } from './reason.ts';

const REGISTRY = {
  kernels: new Map(KERNELS.map((k) => [k.name, k])), operators: new Map(), sources: new Map(), outputs: new Map(), custom: new Set<string>(),
};
const BUY = 2;
const SELL = 0;

const condition = (text: string): Expr => {
  const { expr, diagnostics } = resolveFormula(parseFormula(text, 0).ast, formulaScope({ registry: REGISTRY }), 'bool');
  expect(diagnostics).toEqual([]);
  return expr as Expr;
};

it('names what decided, with values', () => {
  const r = reasonOf({ buy: condition('close > open and volume < 5') });
  expect(r.render(BUY, 101.318, 101.2, 3, 5)).toBe('close 101.32 > open 101.2; volume 3 < 5');
});

it('of an `or`, only the sides that hold', () => {
  const r = reasonOf({ buy: condition('close > open or volume < 5') });
  expect(r.render(BUY, 1, 2, 3, 5)).toBe('volume 3 < 5');
  expect(r.render(BUY, NaN, 2, 3, 5)).toBe('volume 3 < 5');
});

it('shows as many digits as tell two values apart', () => {
  const r = reasonOf({ buy: condition('close > open') });
  expect(r.render(BUY, 167.2173, 167.2151)).toBe('close 167.217 > open 167.215');
});

it('says how lines crossed', () => {
  const r = reasonOf({ sell: condition('crosses_below(close, open)') });
  expect(r.render(SELL, 1, 9.5, 10)).toBe('close 9.5 crossed below open 10');
});

it('has nothing to say for a side without a condition, or one that does not hold', () => {
  const r = reasonOf({ buy: condition('close > open') });
  expect(r.render(SELL, 2, 1)).toBe('');
  expect(r.render(BUY, 1, 2)).toBe('');
});
