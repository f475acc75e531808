import { describe, expect, it } from 'vitest';
import { operatorPage } from '../../src/cli/reference.ts';
import { column, timed, type TimedOperator } from '../../src/core/operator.ts';
import { runTimed, type TimedRow } from '../../src/core/run-timed.ts';
import { TAKER, type Schema } from '../../src/core/types.ts';
import { planHash } from '../../src/engine/identity.ts';
import { Engine } from '../../src/engine/engine.ts';
import { compile } from '../../src/plan/compile.ts';
import { drawText, picture } from '../../src/plan/draw.ts';
import { explain } from '../../src/plan/explain.ts';
import type { Plan } from '../../src/plan/ir.ts';
import { pipelineOf, readText, subjectOf, withCustom } from '../harness/pipeline.ts';
import { tally } from '../harness/ports.ts';

const SCHEMA: Schema = [column('price'), column('size'), column('side', TAKER)];
const MINUTE = 60_000_000;
const ROWS: readonly TimedRow[] = [
  { ts: 10, key: 'A', price: 5, size: 400, side: 0 }, { ts: 20, key: 'B', price: 6, size: 100, side: 1 },
  { ts: MINUTE + 5, key: 'A', price: 7, size: 500, side: 1 },
];
const REGISTRY = withCustom([], [tally]);

const found = (nodes: string, more = ''): string[] => {
  const doc = readText(`${pipelineOf(nodes, ['trades'])}${more}`, REGISTRY);
  return compile(doc, REGISTRY).diagnostics.filter((d) => d.severity === 'error')
    .map((d) => `${d.code} ${doc.text.slice(d.start, d.end)}: ${d.message} / ${d.label ?? ''}`);
};

const planOf = (nodes: string): Plan => subjectOf('ports', pipelineOf(nodes, ['trades']), REGISTRY).plan;

describe('an operator with several streams, by itself', () => {
  it('gives the rows of each', () => {
    const { rows, ports } = runTimed(tally, {}, [{ schema: SCHEMA, rows: ROWS }]);
    expect(rows.map((r) => [r.key, r.total, r.rows])).toEqual([['A', 400, 1], ['B', 100, 1], ['A', 900, 1]]);
    expect(ports.large).toEqual([
      { ts: 10, key: 'A', price: 5, word: 'row 1', side: 0 }, { ts: MINUTE + 5, key: 'A', price: 7, word: 'row 1', side: 1 },
    ]);
    expect(ports.minutes).toEqual([
      { ts: MINUTE, key: 'A', n: 1 }, { ts: MINUTE, key: 'B', n: 1 }, { ts: 2 * MINUTE, key: 'A', n: 1 },
    ]);
  });

  it('resumes exactly from what it saved, with all of them', () => {
    const run = (cuts: readonly number[]): object => runTimed(tally, {}, [{ schema: SCHEMA, rows: ROWS }], { cuts });
    for (const cuts of [[1], [2], [1, 2, 3]]) expect(run(cuts)).toEqual(run([]));
  });

  it('names them in its page of the reference', () => {
    expect(operatorPage(tally).join('\n')).toContain('read as `<node>.<name>`:\n\n- `.large`: Rows above the size.\n- `.minutes`: Rows in each');
  });

  it('must declare each of them, under a name that can be read', () => {
    const { kind: _kind, form: _form, ...rest } = tally;
    for (const name of ['late', 'two.parts', 'Big', '']) expect(() => timed({ ...rest, portNames: [name] })).toThrow(/cannot be a port/);
    const other = (names: readonly string[]): TimedOperator => timed({ ...rest, portNames: names });
    expect(() => runTimed(other(['large']), {}, [{ schema: SCHEMA, rows: [] }])).toThrow(/`minutes` must be in both/);
    expect(() => runTimed(other(['large', 'minutes', 'hours']), {}, [{ schema: SCHEMA, rows: [] }])).toThrow(/`hours` must be in both/);
  });
});

describe('the streams of a node in a pipeline', () => {
  const T = 't: { from: trades, tally: 200 }\n';

  it('are read by nodes and formulas, and an unknown one is no second fault', () => {
    expect(found(`${T}a: { from: t.large, filter: price > 1 }\nb: { from: a, compute: { x: "asof(t.minutes.n)" } }\n`)).toEqual([]);
    expect(found(`${T}a: { from: t.larg, filter: price > 1 }\nb: { from: a, filter: price > 1 }\n`)).toEqual([
      'E205 t.larg: `t` has no branch `larg` / did you mean `t.large`?',
    ]);
    expect(found(`${T}a: { from: t.late, filter: price > 1 }\n`)).toEqual([]);
    expect(found(`${T}a: { from: t.large, filter: prise > 1 }\n`)).toEqual(['E305 prise: unknown column `prise` / did you mean `price`?']);
    expect(found(`${T}a: { from: trades, compute: { x: "asof(t.minute.n)" } }\n`)).toEqual([
      'E306 t.minute: `t` has no branch `minute` / did you mean `t.minutes`?',
    ]);
    expect(found(`${T}a: { from: trades, compute: { x: t.minutes.n } }\n`)).toEqual([
      'E310 t.minutes.n: `t.minutes.n` ticks on t.minutes, but `a` ticks on trades / wrap it: asof(t.minutes.n)',
    ]);
  });

  it('are read by outputs', () => {
    expect(found(T, 'outputs:\n  o: { from: t.large, stdout: {} }\n')).toEqual([]);
    expect(found(T, 'outputs:\n  o: { from: t.minuets, stdout: {} }\n')).toEqual([
      'E205 t.minuets: `t` has no branch `minuets` / did you mean `t.minutes`?',
    ]);
  });

  it('have rows on a clock of their own and on the keys of the node', () => {
    const plan = planOf(`${T}a: { from: t.large, filter: price > 1 }\n`);
    const [own, large, minutes] = ['t', 't.large', 't.minutes'].map((id) => plan.nodes.find((n) => n.id === id));
    expect([large?.clock, minutes?.clock]).toEqual(['t.large', 't.minutes']);
    expect(large?.schema).toEqual([column('price'), column('word', 'text'), column('side', TAKER)].map((f) => expect.objectContaining(f) as object));
    const frames = [own, large, minutes].map((n) => plan.edges[n?.edge ?? 0].frame);
    expect(new Set(frames).size).toBe(3);
    expect(new Set(frames.map((f) => plan.frames[f].keys)).size).toBe(1);
    expect([large?.used, minutes?.used]).toEqual([true, false]);
  });

  it('are in what explain and graph show', () => {
    const plan = planOf(`${T}a: { from: t.large, compute: { n: "asof(t.minutes.n)" } }\n`);
    const large = explain(plan).nodes.find((n) => n.id === 't.large');
    expect(large).toMatchObject({ kind: 'branch', operator: 'tally', inputs: ['t'], used: true });
    expect(large?.stages).toEqual(['timed 1']);
    expect(large?.lookAhead).toContain('once the watermark has passed');
    expect(explain(plan).nodes.find((n) => n.id === 't.minutes')?.used).toBe(true);
    expect(drawText(picture(plan)).split('\n').map((l) => l.trimEnd())).toEqual([
      'under-test', '└─ trades  synthetic', '   └─ t  tally', '      ├─ t.large  tally',
      '      │  └─ a  compute · on t.large · unused  (also reads asof t.minutes)', '      └─ t.minutes  tally',
    ]);
  });

  it('are in the hash of the plan and have hashes of their own', async () => {
    const [a, b] = [planOf(T), planOf('t: { from: trades, tally: 201 }\n')];
    expect(planHash(a)).not.toBe(planHash(b));
    const engine = new Engine(a, { hash: 'all' });
    engine.graph.keys[0].intern('A');
    const cols = [Float64Array.of(5, 6), Float64Array.of(400, 100), Float64Array.of(0, 1)];
    engine.take(0, { n: 2, ts: Float64Array.of(10, 20), key: Int32Array.of(0, 0), cols });
    engine.end(0);
    await engine.epoch();
    const report = engine.report();
    expect([report['t.large'], report['t.minutes']].map((r) => [r.in, r.out, r.folded])).toEqual([[1, 1, 0], [1, 1, 0]]);
    expect(new Set(['t', 't.large', 't.minutes'].map((id) => report[id].hash)).size).toBe(3);
  });
});
