import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { OUTPUTS, SOURCES } from './catalogue.ts';
import { CONNECT_CODES } from './codes.ts';
import { feedFor, isLive, readerFor, writerFor } from './open.ts';
import { contextFor } from '../../test/connect/support.ts';

const io = { stdout: process.stdout, bus: null };

describe.each([...SOURCES, ...OUTPUTS].map((c) => [c.role, c.name, c] as const))('%s %s', (_role, name, connector) => {
  it('says what it is, and its examples use its own settings', () => {
    expect(connector.summary).toMatch(/\.$/);
    if (connector.reserved === undefined) expect(connector.examples.length).toBeGreaterThan(0);
    if (connector.shorthand !== undefined) expect(connector.fields).toHaveProperty(connector.shorthand);
    for (const { yaml } of connector.examples) {
      const value: unknown = (parse(yaml) as Record<string, unknown>)[name];
      if (typeof value === 'object' && value !== null) for (const key of Object.keys(value)) expect(connector.fields).toHaveProperty(key);
      else expect(connector.shorthand).toBeDefined();
    }
  });

  it('opens, or says why not', () => {
    const ctx = contextFor('trade', { path: 'none.csv', subject: 'a', url: 'u' });
    const open = (): unknown => connector.role === 'output'
      ? writerFor(name, { id: 'o', pipeline: 'p', schema: [], args: { path: '/dev/null/x', subject: 'a' }, base: '.' }, io)
      : isLive(name) ? feedFor(ctx, name, io) : readerFor(ctx, name);
    if (connector.reserved !== undefined) expect(open).toThrow('not available in this version');
    else if (name === 'nats') expect(open).toThrow(/bus|opened/);
  });
});

it('names are unique by role', () => {
  for (const list of [SOURCES, OUTPUTS]) expect(new Set(list.map((c) => c.name)).size).toBe(list.length);
});

it('every code that is used is explained, and every one explained is used', () => {
  const folder = new URL('.', import.meta.url);
  const usedIn = (at: URL): string[] => readdirSync(at)
    .filter((f) => f.endsWith('.ts') && !f.endsWith('.test.ts') && f !== 'codes.ts')
    .flatMap((f) => readFileSync(new URL(f, at), 'utf8').match(/[EW]7\d\d/g) ?? []);
  const connect = new Set(usedIn(folder));
  const bus = new Set(usedIn(new URL('../bus/', folder)));
  expect([...connect].filter((code) => CONNECT_CODES[code] === undefined)).toEqual([]);
  expect(Object.keys(CONNECT_CODES).filter((code) => !connect.has(code) && !bus.has(code))).toEqual([]);
});
