import { describe, expect, it } from 'vitest';
import { KERNELS } from '../../operators/kernels.ts';
import { OverRing } from '../../operators/over/over-ring.ts';
import { checkOver } from '../../src/core/contract-over.ts';
import { int } from '../../src/core/field.ts';
import { kernel, type Kernel } from '../../src/core/kernel.ts';
import { cell, ring } from '../../src/core/layout.ts';
import type { OverState } from '../../src/core/over.ts';
import { Random } from '../../src/core/random.ts';

/** The statistics that take a length of time in place of rows. */
const OVER = `
  sma mean sum stdev var zscore highest lowest median quantile realized_vol corr percent_rank count vwma`.trim().split(/\s+/).sort();

it('the promised functions work over time, and publish a period of rows or time', () => {
  const over = KERNELS.filter((k) => k.over({ period: { micros: 1 } }) !== null);
  expect(over.map((k) => k.name).sort()).toEqual(OVER);
  for (const k of over) {
    expect([k.params['period'].kind, k.doubles({ period: { micros: 1 } })]).toEqual(['span', 0]);
    expect(k.over({ period: { rows: 5 } })).toBeNull();
    expect(k.over({ period: 5 })).toBeNull();
    expect(k.warmup({ period: { rows: 5 } })).toBe(k.warmup({ period: 5 }));
  }
});

class Total extends OverRing {
  step(key: number, ts: number, x: number): number {
    if (!this.ring.reaches(key, ts)) return NaN;
    while (this.ring.stale(key)) this.ring.shift(key);
    this.ring.push(key, ts, x, 0);
    let sum = 0;
    for (let r = 0; r < this.ring.size(key); r++) sum += this.ring.at(key, r, 1);
    return sum;
  }
}

const made = (create: (micros: number) => OverState, warmup = 1): Kernel => kernel({
  name: 'total', family: 'statistic', summary: 'Sum.', doc: 'Sum, with a fault.', source: 'this test',
  inputs: [{ name: 'of', doc: 'Series.' }], params: { period: int({ doc: 'Rows.', min: 1, max: 100, default: 5 }) },
  outputs: [{ name: 'total', doc: 'Sum.' }], warmup: (p) => p.period, state: (p) => ({ row: cell(), past: ring(p.period) }),
  step: ({ period }, { row, past }) => (S: Float64Array, b: number, x: number) => {
    S[b + past + (S[b + row]++ % period)] = x;
    let sum = 0;
    for (let i = 0; i < period; i++) sum += S[b + past + i];
    return S[b + row] < period ? NaN : sum;
  },
  over: { warmup, create },
  examples: [{ title: 'None there yet', in: [1], out: [null] }],
});

const total = (span: number, change: (own: Total) => Partial<OverState>): OverState => {
  const own = new Total(span, 2, 0);
  const plain: OverState = {
    ensure: (n) => own.ensure(n), step: (key, ts, x) => own.step(key, ts, x), save: () => own.save(), load: (saved) => own.load(saved),
  };
  return { ...plain, ...change(own) };
};

const MUTANTS: readonly (readonly [fault: string, caught: RegExp, kernel: Kernel])[] = [
  ['a window that is one microsecond too long', /^over: on even rows/, made((span) => total(span + 1, () => ({})))],
  ['keys that share a window', /differs from the same key alone/,
    made((span) => total(span, (own) => ({ step: (_, ts, x) => own.step(0, ts, x) })))],
  ['a state that is lost at a restart', /^over \d+: resumed/, made((span) => total(span, () => ({ load: () => {} })))],
  ['a checkpoint that goes on living', /what was saved changes/, made((span) => {
    const seen = { key: new Float64Array(8) };
    return total(span, (own) => ({
      step: (key, ts, x) => own.step(key, ts, x) + (seen.key[key] = (seen.key[key] + 1) % 2) * 1e-9,
      save: () => ({ own: own.save(), key: seen.key }),
      load: (saved) => {
        const s = saved as { own: unknown; key: Float64Array };
        own.load(s.own);
        seen.key = s.key.slice();
      },
    }));
  })],
  ['rows that never leave', /have left the span still count/, made((span) => {
    let past = 0;
    return total(span, (own) => ({ step: (key, ts, x) => own.step(key, ts, x) + (past = Math.max(past, Math.abs(x) * 1e-3)) }));
  })],
  ['a warm-up that is not so', /speaks on row 1, declared is 2/, made((span) => total(span, () => ({})), 2)],
  ['an infinity', /infinite output/, made((span) => total(span, (own) => ({ step: (key, ts, x) => (own.step(key, ts, x), 1 / x) })))],
];

describe('a planted fault over time is caught', () => {
  it('while the same without a fault passes', () => {
    expect(checkOver(made((span) => total(span, () => ({}))), new Random(1))).toEqual([]);
  });

  for (const [fault, caught, k] of MUTANTS) {
    it(fault, () => expect(checkOver(k, new Random(1)).filter((v) => caught.test(v))).not.toEqual([]));
  }
});
