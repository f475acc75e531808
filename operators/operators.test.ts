import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { OPERATORS } from './operators.ts';
import { RESERVED_OPERATORS } from './reserved.ts';

const SHARED = ['from', 'across', 'by', 'description', 'on_error'];

describe('the list of operators', () => {
  it('has each name once, and none that is reserved', () => {
    const names = OPERATORS.map((o) => o.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((n) => n in RESERVED_OPERATORS)).toEqual([]);
  });

  it.each(OPERATORS.map((o) => [o.name, o] as const))('%s: its settings and examples fit together', (name, op) => {
    if (op.shorthand !== undefined) expect(Object.keys(op.fields)).toContain(op.shorthand);
    expect(op.summary).toMatch(/\.$/);
    expect(op.examples.length).toBeGreaterThan(0);
    const ports = op.form === 'timed' ? op.portNames ?? [] : [];
    for (const port of ports) expect(op.form === 'timed' ? op.portDocs?.[port] : '', port).toMatch(/\.$/);
    for (const example of op.examples) {
      // An example may bring what its node reads: the node of the operator is the last.
      const node = Object.values(parse(example.yaml) as Record<string, Record<string, unknown>>).at(-1) ?? {};
      expect(Object.keys(node).filter((k) => !SHARED.includes(k))).toEqual([name]);
      const from = [node.from].flat();
      expect(from.length).toBeGreaterThanOrEqual(op.inputs[0]);
      expect(from.length).toBeLessThanOrEqual(op.inputs[1]);
      const settings = node[name];
      const isMap = op.shorthand !== undefined && ['formulas', 'aggregates', 'map'].includes(op.fields[op.shorthand].kind);
      if (typeof settings !== 'object' || settings === null || Array.isArray(settings) || isMap) continue;
      for (const key of Object.keys(settings)) expect(Object.keys(op.fields)).toContain(key);
    }
  });
});
