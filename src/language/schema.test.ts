import { describe, expect, it } from 'vitest';
import { REGISTRY } from './registry.fixture.ts';
import { jsonSchema } from './schema.ts';

interface Schema { readonly [key: string]: Schema }
const schema = jsonSchema(REGISTRY) as unknown as Schema;
const node = schema.properties.nodes.additionalProperties;

describe('the JSON Schema', () => {
  it('offers the shared keys and exactly the operators in a node', () => {
    expect(Object.keys(node.properties)).toEqual(['from', 'across', 'by', 'description', 'on_error', ...REGISTRY.operators.keys(), 'use',
      'with']);
    expect(node.required).toEqual(['from']);
    expect(node.additionalProperties).toBe(false);
  });

  it('describes settings, with words of our own for a bad duration', () => {
    const text = JSON.stringify(node.properties.signal);
    expect(text).toContain('Rest. Default: 0s.');
    expect(text).toContain('Not a duration. Write a number and a unit: 250ms, 5m, 1h30m.');
    expect(JSON.stringify(node.defaultSnippets)).toContain('1-minute bars');
  });

  it('has every section and connector, and points only at what it defines', () => {
    expect(Object.keys(schema.properties)).toContain('runtime');
    const source = schema.properties.sources.additionalProperties;
    for (const name of [...REGISTRY.sources.keys(), 'nats', 'websocket']) expect(Object.keys(source.properties)).toContain(name);
    const defined = Object.keys(schema.definitions);
    for (const [, ref] of JSON.stringify(schema).matchAll(/"\$ref":"#\/definitions\/(\w+)"/g)) expect(defined).toContain(ref);
    for (const [, pattern] of JSON.stringify(schema).matchAll(/"pattern":"((?:[^"\\]|\\.)*)"/g)) {
      expect(() => new RegExp(JSON.parse(`"${pattern}"`) as string)).not.toThrow();
    }
  });
});
