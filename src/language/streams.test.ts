import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../core/diagnostic.ts';
import { readPipeline } from './check.ts';
import { REGISTRY } from './registry.fixture.ts';

const said = (...sources: readonly string[]): Diagnostic[] => {
  const text = ['apiVersion: 1', 'pipeline: p', 'sources:', ...sources.map((s) => `  ${s}`), ''].join('\n');
  const doc = readPipeline(text, { file: 'p', base: '.', registry: REGISTRY, env: {}, params: {}, readFile: () => null });
  expect(doc.sources).toHaveLength(sources.length);
  expect(doc.diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  return doc.diagnostics.filter((d) => d.code.startsWith('W71'));
};
const source = (id: string, stream: string | null): string =>
  `${id}: { schema: trade, nats: { subject: "md.${id}.{symbol}"${stream === null ? '' : `, stream: ${stream}`} } }`;

describe('sources in streams', () => {
  it.each([
    ['one durable source', [source('a', 'MD')]],
    ['several of one stream', [source('a', 'MD'), source('b', 'MD'), source('c', 'MD')]],
    ['subjects that nothing keeps', [source('a', null), source('b', null)]],
    ['no subjects at all', ['a: { csv: a.csv, schema: trade }', 'b: { csv: b.csv, schema: trade }']],
  ])('%s: nothing is said', (_, sources) => {
    expect(said(...sources)).toEqual([]);
  });

  it('of several streams, each source that is not of the first is named', () => {
    const found = said(source('a', 'MD'), source('b', 'QUOTES'), source('c', 'MD'), source('d', 'NEWS'));
    expect(found.map((d) => [d.code, d.message])).toEqual([
      ['W711', 'sources `a` and `b` come from different streams'], ['W711', 'sources `a` and `d` come from different streams'],
    ]);
    expect(found[0].label).toBe('of stream QUOTES; `a` is of MD');
    expect(found[0].help?.join('\n')).toMatch(/merged by event time.*\n.*stream: MD\n.*heartbeat/);
  });

  it('a source that no stream keeps is named where another is kept, whichever stands first', () => {
    for (const sources of [[source('a', null), source('b', 'MD')], [source('b', 'MD'), source('a', null)]]) {
      expect(said(...sources).map((d) => [d.code, d.message])).toEqual([['W712', 'source `a` comes from no stream, and `b` does']]);
    }
    expect(said(source('b', 'MD'), 'a: { csv: a.csv, schema: trade }').map((d) => d.code)).toEqual(['W712']);
  });
});
