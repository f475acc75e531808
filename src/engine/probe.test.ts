import { describe, expect, it } from 'vitest';
import { planOf } from '../../bench/build.ts';
import { Telemetry } from '../core/telemetry.ts';
import { Engine } from './engine.ts';
import { StageProbe } from './probe.ts';

const TEXT = `
apiVersion: 1
pipeline: probed
sources:
  trades: { synthetic: {}, schema: trade }
nodes:
  features: { from: trades, compute: { mean: "sma(price, 3)" } }
  bars: { from: features, bars: { every: 1s, price: mean } }
  up: { from: bars, filter: close > open }
`;

function probed(fuse = true): { engine: Engine; probe: StageProbe; telemetry: Telemetry; clock: { now: number; reads: number }; epoch: (rows?: number) => void } {
  const plan = planOf(TEXT, ['up', 'features']);
  const telemetry = new Telemetry('probed');
  const clock = { now: 0, reads: 0 };
  const probe = new StageProbe(plan, telemetry, () => {
    clock.reads += 1;
    return (clock.now += 2);
  });
  const engine = new Engine(plan, { probe, fuse });
  const key = engine.graph.keys[0].intern('A');
  let n = 0;
  return {
    engine, probe, telemetry, clock,
    epoch(rows = 10) {
      const ts = Float64Array.from({ length: rows }, () => (n += 100_000));
      engine.take(0, { n: rows, ts, key: new Int32Array(rows).fill(key), cols: [ts.map((t) => (t / 1e5) % 7), ts, ts.map(() => 0)] });
      void engine.epoch();
    },
  };
}

describe('a probe', () => {
  it('names every stage that works by its nodes', () => {
    expect(probed().telemetry.stages.map((s) => s.name)).toEqual(['features', 'bars', 'up']);
  });

  it('measures the first epoch, one in 64 after it, and any that it is told to; each counts for those it stands for', () => {
    const { probe, telemetry, clock, epoch } = probed();
    const reads = (): number => clock.reads / 2 / telemetry.stages.length;
    epoch();
    expect([reads(), probe.on]).toEqual([1, true]);
    for (let i = 0; i < 63; i++) epoch();
    expect([reads(), probe.on]).toEqual([1, false]);
    epoch();
    expect(reads()).toBe(2);
    for (let i = 0; i < 9; i++) epoch();
    probe.arm();
    epoch();
    expect(reads()).toBe(3);
    // Two milliseconds by this clock for each of 75 epochs, of which three were measured.
    for (const s of telemetry.stages) {
      expect(s.busySeconds).toBeCloseTo(75 * 0.002, 9);
      expect(s.durations.count).toBe(75);
    }
  });

  it('does not change what comes out, and is left out of the unfused form', () => {
    const [a, b] = [probed(), probed(false)];
    for (let i = 0; i < 200; i++) {
      a.epoch(1 + (i % 5));
      b.epoch(1 + (i % 5));
    }
    expect(a.engine.report()).toEqual(b.engine.report());
    expect(a.engine.report().up.out).toBeGreaterThan(5);
    expect([a.clock.reads > 0, b.clock.reads]).toEqual([true, 0]);
  });
});
