import { describe, expect, it } from 'vitest';
import { kernel } from '../src/core/kernel.ts';
import { int } from '../src/core/field.ts';
import { cell } from '../src/core/layout.ts';
import { snapshotOf } from '../src/engine/engine.ts';
import { adoptionLines } from '../src/engine/adoption.ts';
import type { Adoption } from '../src/graph/adopt.ts';
import { feedFor } from './harness/cases.ts';
import { Drive, drive, every } from './harness/drive.ts';
import { reference } from './harness/law.ts';
import { pipelineOf, subjectOf, withCustom, type Subject } from './harness/pipeline.ts';
import { upgrade, type Upgrade } from './harness/upgrade.ts';

const NODES = {
  bars: 'bars:\n  from: trades\n  bars: { every: 10s }',
  features: (slow: number) => `features:\n  from: bars\n  compute:\n    fast: ema(close, 12)\n    slow: ema(close, ${slow})\n    gap: fast - slow`,
  cross: 'cross:\n  from: features\n  signal: { buy: "crosses_above(fast, slow)", sell: "crosses_below(fast, slow)" }',
};
const text = (nodes: readonly string[], sources = ['trades'], top = ''): string => pipelineOf(nodes.join('\n'), sources, top);
const base = text([NODES.bars, NODES.features(26), NODES.cross]);

const feed = feedFor(['trades'], { seed: 5, rows: 3_000, pace: 1, heartbeats: true, disorder: 2_000_000 });
const AT = 2_000;

const subject = (t: string): Subject => subjectOf('p', t);
const change = async (from: string, to: string): Promise<Upgrade> => {
  const after = subject(to);
  return upgrade(subject(from), after, feed, AT, await reference(after, feed));
};
const words = (list: Adoption['kept'] | Adoption['fresh']): string[] => list.map((x) => x.what);

describe('an upgrade', { timeout: 60_000 }, () => {
  it('of one formula keeps the others, and begins the changed one for every key that is known', async () => {
    const { adoption, found, held, after } = await change(base, text([NODES.bars, NODES.features(30), NODES.cross]));
    expect(found).toEqual([]);
    expect(held).toBeGreaterThan(300);
    expect(words(adoption.kept)).toEqual(['bars: bars (10s)', 'features.fast = ema(close, 12)']);
    expect(words(adoption.dropped)).toEqual([
      'features.slow = ema(close, 26)', 'cross: crosses_above(fast, slow)', 'cross: crosses_below(fast, slow)', 'cross: signal',
    ]);
    expect(adoption.fresh.map((f) => [f.what, f.warmupRows])).toEqual([
      ['features.slow = ema(close, 30)', 30], ['cross: crosses_above(fast, slow)', 31], ['cross: crosses_below(fast, slow)', 31],
      ['cross: signal', 1],
    ]);
    const lines = adoptionLines(adoption);
    expect(lines[1]).toMatch(/^kept features\.fast = ema\(close, 12\) \(\d+ keys, \d+ B\)$/);
    expect(lines).toContain('fresh features.slow = ema(close, 30) (warm after 30 rows)');
    const [, fast] = adoption.kept;
    expect(fast.node).toBe('features');
    expect(fast.keys).toBeGreaterThan(2);
    expect(fast.bytes).toBe(fast.keys * 8 * 2);
    expect(adoption.fresh.every((f) => f.keys === fast.keys)).toBe(true);
    const rows = after.nodes.get('features');
    const slow = rows?.schema.findIndex((f) => f.name === 'slow') as number;
    for (const key of new Set(rows?.key)) {
      const values = (rows?.cols[slow] as number[]).filter((_, i) => rows?.key[i] === key);
      values.forEach((x, i) => expect(Number.isNaN(x)).toBe(i < 29));
    }
  });

  it('that adds a node keeps all; that takes it away again drops its state alone', async () => {
    const more = text([NODES.bars, NODES.features(26), 'calm:\n  from: bars\n  compute: { spread: "stdev(close, 20)" }', NODES.cross]);
    const added = await change(base, more);
    expect(added.found).toEqual([]);
    expect(words(added.adoption.dropped)).toEqual([]);
    expect(added.adoption.fresh.map((f) => [f.node, f.what, f.warmupRows])).toEqual([['calm', 'calm.spread = stdev(close, 20)', 20]]);
    const gone = await change(more, base);
    expect(gone.found).toEqual([]);
    expect(words(gone.adoption.fresh)).toEqual([]);
    expect(words(gone.adoption.dropped)).toEqual(['calm.spread = stdev(close, 20)']);
  });

  it('of the order and the names of nodes keeps all', async () => {
    const renamed = base.replaceAll('features', 'lines').replaceAll('fast', 'quick');
    const { adoption, found } = await change(base, text([NODES.cross, NODES.features(26), NODES.bars]));
    expect(found).toEqual([]);
    expect([adoption.dropped, adoption.fresh]).toEqual([[], []]);
    const other = await change(base, renamed);
    expect(other.found).toEqual([]);
    expect(words(other.adoption.kept)).toContain('lines.quick = ema(close, 12)');
    expect([other.adoption.dropped, other.adoption.fresh]).toEqual([[], []]);
  });

  it('of the lateness drops what follows the watermark, and what is made of it', async () => {
    const raw = 'raw:\n  from: trades\n  compute: { mean: "sma(price, 10)" }';
    const of = (top: string): string => text([NODES.bars, NODES.features(26), raw], ['trades'], top);
    const { adoption, found } = await change(of('time: { lateness: 1s }\n'), of('time: { lateness: 2s }\n'));
    expect(found).toEqual([]);
    expect(words(adoption.kept)).toEqual(['raw.mean = sma(price, 10)']);
    expect(words(adoption.dropped)).toEqual(['bars: bars (10s)', 'features.fast = ema(close, 12)', 'features.slow = ema(close, 26)']);
    expect(words(adoption.fresh)).toEqual(words(adoption.dropped));
  });

  it('of a filter drops what counts its rows, and its counters begin anew', async () => {
    const of = (size: number): string => text([`big:\n  from: trades\n  filter: size > ${size}`, 'm:\n  from: big\n  compute: { x: "sma(price, 3)" }']);
    const { adoption, found, after } = await change(of(500), of(600));
    expect(found).toEqual([]);
    expect(words(adoption.kept)).toEqual([]);
    expect(words(adoption.dropped)).toEqual(['m.x = sma(price, 3)']);
    const behind = after.nodes.get('trades')?.ts.length as number;
    const { big, trades } = after.report;
    expect(trades.out).toBeGreaterThan(behind);
    expect(big.in).toBe(behind);
    expect(big.out + big.filtered).toBe(behind);
  });

  it('shows values over time as the span they look back over', async () => {
    const of = (span: string): string => text([`m:\n  from: trades\n  compute: { x: "sma(price, ${span})", y: "max(price, size)" }`]);
    const { adoption, found } = await change(of('30s'), of('1m'));
    expect(found).toEqual([]);
    expect(adoption.dropped[0].bytes).toBeGreaterThan(0);
    expect(adoptionLines(adoption).at(-1)).toBe('fresh m.x = sma(price, 1m) (warm after 1 row, whole after 1m)');
    expect(adoption.fresh.map((f) => [f.what, f.warmupRows, f.warmupMicros])).toEqual([['m.x = sma(price, 1m)', 1, 60_000_000]]);
  });

  it('takes state from the unfused form, and gives it', async () => {
    const plan = subject(base);
    const truth = await reference(plan, feed);
    for (const fuse of [true, false]) {
      const first = new Drive(plan, feed, { ...every(64), fuse });
      await first.epoch(AT);
      const second = plan.engine({ fuse: !fuse });
      second.load(first.engine.save());
      first.engine = second;
      await first.epoch(feed.n);
      expect((await first.finish()).hash).toBe(truth.hash);
    }
  });
});

const weighted = (weight: string) => kernel({
  family: 'shape', summary: 'For tests.', doc: 'For tests.', examples: [], name: 'own_mean', source: 'none',
  inputs: [{ name: 'x', doc: 'x' }], params: { by: int({ doc: 'Unused.', default: 1 }) }, outputs: [{ name: 'own_mean', doc: 'A mean.' }],
  warmup: () => 1, state: () => ({ mean: cell() }),
  // Text of its own for each weight, as an edited file has.
  step: new Function('_p', 'at', `return (S, b, x) => (S[b + at.mean] += ${weight} * (x - S[b + at.mean]));`) as never,
});

describe('an operator of one\'s own', { timeout: 60_000 }, () => {
  const own = text(['m:\n  from: trades\n  compute: { x: own_mean(price), y: "ema(price, 5)" }']);
  const of = (weight: string, code?: string): Subject => {
    const registry = withCustom([weighted(weight)], []);
    return subjectOf('own', own, code === undefined ? registry : { ...registry, code: new Map([['own_mean', code]]) });
  };

  it('that was edited is another one', async () => {
    const [a, b] = [of('0.1'), of('0.2')];
    const same = await upgrade(a, of('0.1'), feed, AT, await reference(a, feed));
    expect(same.found).toEqual([]);
    expect([same.adoption.dropped, same.adoption.fresh]).toEqual([[], []]);
    const { adoption, found } = await upgrade(a, b, feed, AT, await reference(b, feed));
    expect(found).toEqual([]);
    expect(words(adoption.dropped)).toContain('m.x = own_mean(price, 1)');
    expect(words(adoption.fresh)).toContain('m.x = own_mean(price, 1)');
  });

  it('is told by its file where it has one', () => {
    const hash = (s: Subject): string => s.engine().planHash;
    expect(hash(of('0.1', 'text 1'))).toBe(hash(of('0.1', 'text 1')));
    expect(hash(of('0.1', 'text 1'))).not.toBe(hash(of('0.1', 'text 2')));
  });
});

describe('sources', { timeout: 60_000 }, () => {
  const two = feedFor(['trades', 'quotes'], { seed: 6, rows: 1_000, pace: 1 });
  const t = 't:\n  from: trades\n  compute: { m: "ema(price, 9)" }';
  const q = 'q:\n  from: quotes\n  compute: { m: "ema(bid, 9)" }';

  it('are found by their ids, whatever their order', async () => {
    const before = subject(text([t, q], ['trades', 'quotes']));
    const first = new Drive(before, two, every(64));
    await first.epoch(1_200);
    // `pipelineOf` writes the sources in the order in which they are named.
    const after = subject(text([q, t], ['quotes', 'trades']));
    const engine = after.engine();
    const { dropped, fresh, kept } = engine.adopt(first.engine.save());
    expect(words(kept)).toEqual(['q.m = ema(bid, 9)', 't.m = ema(price, 9)']);
    expect([dropped, fresh]).toEqual([[], []]);
    expect(engine.ingest.rowsTaken).toEqual([...first.engine.ingest.rowsTaken].reverse());
    expect(engine.report()['trades']).toEqual(first.engine.report()['trades']);
    expect(engine.report()['q']).toEqual(first.engine.report()['q']);
  });

  it('that are new begin blank, and those that are gone are forgotten', async () => {
    const before = subject(text([t], ['trades']));
    const alone = feedFor(['trades'], { seed: 6, rows: 1_000, pace: 1 });
    const first = new Drive(before, alone, every(64));
    await first.epoch(700);
    const engine = subject(text([q, t], ['quotes', 'trades'])).engine();
    const adoption = engine.adopt(first.engine.save());
    expect(words(adoption.kept)).toEqual(['t.m = ema(price, 9)']);
    expect(words(adoption.fresh)).toEqual(['q.m = ema(bid, 9)']);
    expect(engine.ingest.rowsTaken).toEqual([0, 700]);
    const back = before.engine();
    expect(words(back.adopt(engine.save()).dropped)).toEqual(['q.m = ema(bid, 9)']);
    expect(back.ingest.rowsTaken).toEqual([700]);
    expect(back.report()).toEqual(first.engine.report());
  });
});

describe('a snapshot', { timeout: 60_000 }, () => {
  it('of another plan is refused by load and thaw, with the way on', async () => {
    const first = new Drive(subject(base), feed, every(64));
    await first.epoch(AT);
    const other = subject(text([NODES.bars, NODES.features(30)]));
    expect(() => other.engine().load(first.engine.save())).toThrow(expect.objectContaining({ code: 'E820' }));
    expect(() => other.engine().thaw(first.engine.freeze())).toThrow(expect.objectContaining({ code: 'E820' }));
    const { kept } = other.engine().adopt(snapshotOf(first.engine.freeze()));
    expect(words(kept)).toContain('features.fast = ema(close, 12)');
  });

  it('of another format is refused', () => {
    const engine = subject(base).engine();
    expect(() => engine.load({ ...engine.save(), format: 1 })).toThrow(expect.objectContaining({ code: 'E802' }));
    expect(() => engine.adopt({ ...engine.save(), format: 1 })).toThrow(expect.objectContaining({ code: 'E802' }));
  });

  it('may be taken over again and again', async () => {
    const [a, b] = [base, text([NODES.bars, NODES.features(30), NODES.cross])].map(subject);
    const whole = await drive(a, feed, every(4096));
    const d = new Drive(a, feed, every(64));
    for (const to of [500, 1_000, 1_500]) {
      await d.epoch(to);
      for (const s of [b, a]) {
        const engine = s.engine();
        engine.adopt(d.engine.save());
        d.engine = engine;
      }
    }
    await d.epoch(feed.n);
    const last = await d.finish();
    const fast = (r: typeof whole): unknown => r.report['bars'].hash;
    expect(fast(last)).toBe(fast(whole));
  });
});
