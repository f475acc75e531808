import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONNECT_CODES } from '../../src/connect/codes.ts';
import { readPipeline } from '../../src/language/check.ts';
import { CODES } from '../../src/language/codes.ts';
import type { Document } from '../../src/language/document.ts';
import { jsonSchema } from '../../src/language/schema.ts';
import { compile } from '../../src/plan/compile.ts';
import { REGISTRY, ROOT } from '../shipped.ts';

const guide = readFileSync(join(ROOT, 'docs/guide/pipeline.md'), 'utf8');
const blocks = [...guide.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((m) => m[1]);

const read = (text: string, files: Readonly<Record<string, string>> = {}): Document =>
  readPipeline(text, { file: 'p.yaml', base: '.', registry: REGISTRY, env: {}, params: {}, readFile: (p) => files[p] ?? null });

/** A small pipeline around `nodes:` entries. */
const around = (nodes: string, ids: readonly string[]): string => `apiVersion: 1
pipeline: example
sources:
  trades: { csv: trades.csv, schema: trade }
  quotes: { csv: quotes.csv, schema: quote }
nodes:
${ids.includes('bars') ? '' : '  bars: { from: trades, bars: { every: 1m } }\n'}  other: { from: trades, bars: { every: 5m } }
${nodes.replace(/^/gm, '  ')}
outputs:
${ids.map((id) => `  ${id}: { from: ${id}, stdout: {} }`).join('\n')}
`;

describe('the guide to pipelines', () => {
  it.each(blocks.filter((b) => b.startsWith('apiVersion')))('%s', (text) => {
    const doc = read(text);
    expect(doc.diagnostics.filter((d) => d.code !== 'W201')).toEqual([]);
    expect(compile(doc, REGISTRY).diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  });

  it('has a template that can be used', () => {
    const template = blocks.find((b) => b.startsWith('template')) ?? '';
    const text = around('quiet:\n  from: bars\n  use: ./calm.yaml\n  with: { limit: 1% }', ['quiet', 'other']);
    const doc = read(text, { './calm.yaml': template });
    expect(doc.diagnostics).toEqual([]);
    expect(doc.nodes.map((n) => n.id)).toContain('quiet.calm');
    expect(compile(doc, REGISTRY).diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  });
});

describe('the registry', () => {
  const examples = [...REGISTRY.operators.values()].flatMap((op) => op.examples.map((e) => [`${op.name}: ${e.title}`, e.yaml] as const));
  it.each(examples)('%s', (_, yaml) => {
    const ids = [...yaml.matchAll(/^(\w+):/gm)].map((m) => m[1]);
    expect(read(around(yaml, ids)).diagnostics.filter((d) => d.code !== 'W201' && d.code !== 'E201')).toEqual([]);
  });

  it('makes a JSON Schema of a size that an editor loads at once', () => {
    expect(JSON.stringify(jsonSchema(REGISTRY)).length).toBeLessThan(200_000);
  });

  it('shares no codes with the connectors but those of subjects and messages', () => {
    const both = ['E711', 'E712', 'E713'];
    expect(Object.keys(CODES).filter((c) => Object.hasOwn(CONNECT_CODES, c)).filter((c) => !both.includes(c))).toEqual([]);
  });
});

describe('codes of formulas', () => {
  // Parts of a formula that are cut short with dots, and rules of operators, are explained in words.
  const formulas = Object.entries(CODES).filter(([code]) => /^E3(0|1[0-3])/.test(code) && code !== 'E311');
  const codes = (formula: string): readonly string[] => {
    const nodes = `bars5: { from: trades, bars: { every: 5m } }\nsig: { from: bars, signal: { buy: close > open, sell: close < open } }\n`
      + `x:\n  from: sig\n  compute:\n    y: ${formula}`;
    const doc = read(around(nodes, ['x', 'other', 'bars5']).replace('nodes:', 'params: { fast: 12 }\nnodes:'));
    return [...doc.diagnostics, ...compile(doc, REGISTRY).diagnostics].filter((d) => d.severity === 'error').map((d) => d.code);
  };

  it.each(formulas)('%s is what its example gives', (code, entry) => {
    expect([...new Set(codes(entry.wrong))]).toEqual([code]);
    expect(codes(entry.right)).toEqual([]);
  });
});
