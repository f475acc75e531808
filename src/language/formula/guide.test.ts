import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formulaScope } from '../../../test/formula-scope.ts';
import type { Type } from '../../core/types.ts';
import { parseFormula } from './parse.ts';
import { resolveFormula } from './resolve.ts';

const GUIDE = readFileSync(new URL('../../../docs/guide/formulas.md', import.meta.url), 'utf8');
const BLOCKS = [...GUIDE.matchAll(/^```formula( aggregate)?\n([^`]*)\n```$/gm)].map((m) => ({ text: m[2], aggregates: m[1] !== undefined }));

describe('the guide to formulas', () => {
  const base = formulaScope();
  const columns = new Map<string, Type>([...base.columns, ['sentiment', 'f64'], ['price', 'f64'], ['size', 'f64']]);
  const params = new Map([...base.params, ['watchlist', { value: ['AAPL'], type: 'text' as const, unit: 'none' as const }]]);

  it('has examples', () => expect(BLOCKS.length).toBeGreaterThan(12));

  it.each(BLOCKS)('$text', ({ text, aggregates }) => {
    const { ast, diagnostics } = parseFormula(text, 0);
    const { expr, diagnostics: more } = resolveFormula(ast, { ...base, columns, params, aggregates }, null);
    expect([...diagnostics, ...more]).toEqual([]);
    expect(expr).not.toBeNull();
  });
});
