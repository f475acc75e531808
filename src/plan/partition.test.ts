import { describe, expect, it } from 'vitest';
import { planOf, read, REGISTRY, shipped, PIPELINES } from '../../test/shipped.ts';
import { subjectOf } from '../../test/harness/pipeline.ts';
import { Refusal } from '../core/diagnostic.ts';
import { mustPartition, partitionable } from './partition.ts';

const plan = (nodes: string): ReturnType<typeof planOf> => subjectOf('p', `apiVersion: 1
pipeline: p
sources:
  trades: { schema: trade, nats: { subject: "md.{symbol}" } }
nodes:
  bars: { from: trades, bars: 1m }
${nodes}
`).plan;

describe('parting by symbol', () => {
  it.each([
    ['indicators', '  slow: { from: bars, compute: { x: "ema(close, 5)" } }'],
    ['windows and joins of one key', '  w: { from: trades, window: { every: 1m, columns: { n: count() } } }\n  j: { from: [trades, bars], join: asof }'],
    ['a key that holds the symbol', '  v: { from: trades, by: [symbol, side], window: { every: 1m, columns: { n: count() } } }'],
    ['streams put together', '  m: { from: [trades, bars], merge: {} }'],
  ])('is possible with %s', (_, nodes) => {
    expect(partitionable(plan(nodes))).toBeNull();
  });

  it.each([
    ['rank', '  r: { from: bars, across: universe, rank: { of: close } }', '`r` (rank)'],
    ['aggregate', '  a: { from: bars, across: universe, aggregate: { columns: { n: count() } } }', '`a` (aggregate)'],
    ['demean', '  d: { from: bars, across: universe, demean: { of: close } }', '`d` (demean)'],
    ['pairs', '  x: { from: bars, across: [[KO, PEP]], pair: { of: close, over: 5 } }', '`x` (pair)'],
    ['a key without the symbol', '  v: { from: trades, by: [side], window: { every: 1m, columns: { n: count() } } }', '`v` has a `by:` without'],
  ])('is not with %s, and the node is named', (_, nodes, named) => {
    expect(partitionable(plan(nodes))).toContain(named);
  });

  it('is refused as E771 for more than one partition only', () => {
    const ranked = plan('  r: { from: bars, across: universe, rank: { of: close } }');
    expect(() => mustPartition(ranked, 1)).not.toThrow();
    expect(() => mustPartition(ranked, 16)).toThrow(Refusal);
  });

  it('of the shipped pipelines, those that rank or pair are the ones refused', () => {
    const refused = shipped().filter((name) => partitionable(planOf(read(`${PIPELINES}/${name}.yaml`))) !== null);
    expect(refused).toEqual(['momentum-rank', 'pairs-z-score', 'trend-portfolio']);
  });

  it('every shipped operator that is written with `across:` says that it looks across keys', () => {
    const declared = [...REGISTRY.operators.values()].filter((o) => o.form === 'timed' && o.acrossKeys === true).map((o) => o.name).sort();
    const written = [...REGISTRY.operators.values()].filter((o) => o.examples.some((e) => e.yaml.includes('across:'))).map((o) => o.name).sort();
    expect(written.length).toBeGreaterThan(4);
    expect(declared).toEqual(written);
  });
});
