import { describe, expect, it } from 'vitest';
import { readPipeline, type ReadOptions } from './check.ts';
import type { Document } from './document.ts';
import { REGISTRY } from './registry.fixture.ts';

const GATE = `template: gate
description: Lets strong rows pass.
params:
  least: { default: 10, min: 1 }
  wait: 5m
inputs: [rows, others]
nodes:
  big: { from: rows, filter: price > $least and asof(others.size) > 0 }
  pair: { from: [big, others], join: { tolerance: $wait } }
outputs: { all: pair, big: big }
`;
const pipeline = (use: string, from = 'gate'): string => `apiVersion: 1
pipeline: p
params: { limit: 7, slow: 1h }
sources:
  trades: { csv: a.csv, schema: trade }
nodes:
  ticks: { from: trades, filter: true }
  gate: { from: [ticks, trades], ${use} }
  after: { from: ${from}, compute: { x: asof(gate.big.price) + asof(gate.size) } }
outputs:
  o: { from: after, stdout: {} }
`;
const read = (text: string, template = GATE): Document => {
  const options: ReadOptions = { file: 'p.yaml', base: 'dir', registry: REGISTRY, env: {}, params: {}, readFile: (p) =>
    (p === 'dir/gate.yaml' ? template : null) };
  return readPipeline(text, options);
};
const codes = (d: Document): string[] => d.diagnostics.map((x) => `${x.code} ${d.text.slice(x.start, x.end)}`);

describe('use:', () => {
  const doc = read(pipeline('use: ./gate.yaml, with: { least: 3, wait: $slow }'));

  it('puts the nodes of the template in place of the node', () => {
    expect(doc.diagnostics).toEqual([]);
    expect(doc.nodes.map((n) => n.id)).toEqual(['ticks', 'gate.big', 'gate.pair', 'after']);
    expect(doc.nodes.map((n) => n.from.map((r) => r.id))).toEqual([['trades'], ['ticks'], ['gate.big', 'trades'], ['gate.pair']]);
    expect(doc.nodes[2].args.tolerance.value).toBe(3_600_000_000);
    expect(doc.params.map((p) => [p.name, p.value])).toEqual([['limit', 7], ['slow', 3_600_000_000], ['gate.least', 3],
      ['gate.wait', 3_600_000_000]]);
  });

  it('renames what formulas say, inside and outside', () => {
    const json = JSON.stringify(doc.nodes.map((n) => n.args));
    expect(json).toContain('"k":"param","name":"gate.least"');
    expect(json).toMatch(/"path":\[[^\]]*"name":"trades"[^\]]*"name":"size"/);
    expect(json).toMatch(/"path":\[[^\]]*"name":"gate.big"[^\]]*"name":"price"/);
    expect(json).toMatch(/"path":\[[^\]]*"name":"gate.pair"[^\]]*"name":"size"/);
  });

  it('keeps every place inside the pipeline file', () => {
    const at = doc.text.indexOf('./gate.yaml');
    expect(doc.nodes[1]).toMatchObject({ start: at, end: at + './gate.yaml'.length });
    expect(doc.nodes[1].args.where.formula?.ast.start).toBe(at);
  });

  it.each([
    ['use: ./no.yaml', ['E114 ./no.yaml']],
    ['use: ./gate.yaml, with: { laest: 3 }', ['E102 laest']],
    ['use: ./gate.yaml, with: { least: 5m }', ['E113 5m']],
    ['use: ./gate.yaml, with: { least: 0 }', ['E113 0']],
    ['use: ./gate.yaml, with: { least: $limt }', ['E304 $limt']],
    ['use: ./gate.yaml, wiht: { least: 3 }', ['E102 wiht']],
    ['use: ./gate.yaml, filter: true', ['E106 filter']],
  ])('%s', (use, wanted) => expect(codes(read(pipeline(use))).filter((c) => !c.startsWith('E205'))).toEqual(wanted));

  it('says faults of the template where it is used, with their own place', () => {
    const d = read(pipeline('use: ./gate.yaml'), GATE.replace('filter:', 'fliter:')).diagnostics;
    expect(d.map((x) => x.code)).toEqual(['E101']);
    expect(d[0].message).toBe('./gate.yaml:8:22: unknown operator `fliter`');
    expect(read(pipeline('use: ./gate.yaml'), 'a: [').diagnostics.map((x) => x.code)).toEqual(['E001']);
    expect(read(pipeline('use: ./gate.yaml'), 'pipeline: x').diagnostics.map((x) => x.code)).toEqual(['E115']);
    expect(read(pipeline('use: ./gate.yaml'), GATE.replace('from: rows', 'from: rws')).diagnostics.map((x) => x.code)).toEqual(['E201']);
  });

  it('counts its inputs', () => {
    expect(codes(read(pipeline('use: ./gate.yaml').replace('[ticks, trades]', 'ticks')))).toContain('E204 ticks');
  });
});
