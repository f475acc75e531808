import { describe, expect, it } from 'vitest';
import { KERNELS } from '../../operators/kernels.ts';
import { int } from '../../src/core/field.ts';
import { kernel, type Kernel } from '../../src/core/kernel.ts';
import { cell, ring } from '../../src/core/layout.ts';
import { checkKernel } from '../../src/core/contract.ts';

/** The functions that the first catalogue promises. */
const PROMISED = `
  sma ema wma rma dema tema hma vwma rsi macd bbands atr natr tr adx plus_di minus_di stoch stochrsi willr cci roc mom obv vwap mfi cmf
  donchian keltner supertrend psar aroon zscore stdev log_return
  lag diff rising falling crosses_above crosses_below highest lowest bars_since`.trim().split(/\s+/);

describe('the catalogue', () => {
  it('has every promised function, once', () => {
    const names = KERNELS.map((k) => k.name);
    expect(new Set(names).size).toBe(names.length);
    expect(PROMISED.filter((name) => !names.includes(name))).toEqual([]);
  });

  for (const k of KERNELS) it(`${k.name} keeps the contract`, () => expect(checkKernel(k)).toEqual([]));
});

const period = int({ doc: 'Rows.', min: 2, max: 100, default: 5 });
const base = {
  family: 'statistic', summary: 'Lag with a fault.', doc: 'A kernel with one fault.', source: 'this test',
  inputs: [{ name: 'of', doc: 'Series.' }], params: { period }, outputs: [{ name: 'out', doc: 'Value.' }],
  examples: [{ title: 'None there yet', in: [1], out: [null] }],
} as const;
const rowsAgo = (p: { period: number }, at: { seen: number; past: number }) => (S: Float64Array, b: number, x: number) => {
  const row = S[b + at.seen]++;
  const slot = b + at.past + (row % p.period);
  const then = S[slot];
  S[slot] = x;
  return row < p.period ? NaN : then;
};
const state = (p: { period: number }) => ({ seen: cell(), past: ring(p.period) });
const stateAlso = (p: { period: number }) => ({ ...state(p), also: cell() });
const warmup = (p: { period: number }): number => p.period + 1;

const hidden = new Map<string, number>();

const MUTANTS: readonly { readonly fault: string; readonly caught: RegExp; readonly kernel: Kernel }[] = [
  {
    fault: 'a warm-up one row too short', caught: /^warm-up: out/,
    kernel: kernel({ ...base, name: 'early', warmup: (p) => p.period, state, step: rowsAgo }),
  },
  {
    fault: 'a warm-up one row too long', caught: /^warm-up: out/,
    kernel: kernel({ ...base, name: 'late', warmup: (p) => p.period + 2, state, step: rowsAgo }),
  },
  {
    fault: 'state in a closure, shared between keys', caught: /^keys: key/,
    kernel: kernel({
      ...base, name: 'closure', warmup: () => 1, state: () => ({ last: cell() }),
      step() {
        let total = 0;
        return (_S: Float64Array, _b: number, x: number) => (total += x);
      },
    }),
  },
  {
    fault: 'state in a closure, lost at a restart', caught: /^resume: /,
    kernel: kernel({
      ...base, name: 'forgetful', warmup: () => 1, state: () => ({ last: cell() }),
      step() {
        let total = 0;
        return (_S: Float64Array, _b: number, x: number) => (total += x);
      },
    }),
  },
  {
    fault: 'state in the module', caught: /^determinism: /,
    kernel: kernel({
      ...base, name: 'module', warmup: () => 1, state: () => ({ last: cell() }),
      step: () => (_S: Float64Array, _b: number, x: number) => {
        hidden.set('total', (hidden.get('total') ?? 0) + x);
        return hidden.get('total') ?? 0;
      },
    }),
  },
  {
    fault: 'a write past the end of its part', caught: /^keys: a cell outside/,
    kernel: kernel({
      ...base, name: 'overrun', warmup: () => 1, state: () => ({ last: cell() }),
      step: () => (S: Float64Array, b: number, x: number) => (S[b + 1] = x),
    }),
  },
  {
    fault: 'a null that poisons the state', caught: /^nulls: /,
    kernel: kernel({
      ...base, name: 'poison', nulls: 'pass', warmup: () => 1, state: () => ({ total: cell() }),
      step: (_, { total }) => (S: Float64Array, b: number, x: number) => (S[b + total] += x),
    }),
  },
  {
    fault: 'an infinity out of a zero', caught: /^extremes: /,
    kernel: kernel({
      ...base, name: 'inverse', warmup: () => 1, state: () => ({ last: cell() }),
      step: () => (_S: Float64Array, _b: number, x: number) => 1 / x,
    }),
  },
  {
    fault: 'a second output that is not null at first', caught: /^declaration: the cell of output 'also'/,
    kernel: kernel({
      ...base, name: 'zero', outputs: [...base.outputs, { name: 'also', doc: 'Second.' }], warmup,
      state: stateAlso, step: rowsAgo,
    }),
  },
  {
    fault: 'an example that is not so', caught: /^example /,
    kernel: kernel({ ...base, name: 'liar', examples: [{ title: 'Wrong', in: [1], out: [1] }], warmup, state, step: rowsAgo }),
  },
  {
    fault: 'a gap that is not declared', caught: /null again/,
    kernel: kernel({
      ...base, name: 'gappy', warmup, state,
      step(p, at) {
        const step = rowsAgo(p, at);
        return (S: Float64Array, b: number, x: number) => {
          const value = step(S, b, x);
          return value > 50 && S[b + at.seen] > p.period + 1 ? NaN : value;
        };
      },
    }),
  },
];

describe('a planted fault is caught', () => {
  it('while the same kernel without a fault passes', () => {
    expect(checkKernel(kernel({ ...base, name: 'sound', warmup, state, step: rowsAgo }))).toEqual([]);
  });

  for (const m of MUTANTS) {
    it(m.fault, () => expect(checkKernel(m.kernel).some((v) => m.caught.test(v))).toBe(true));
  }
});
