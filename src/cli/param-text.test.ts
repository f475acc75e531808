import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ParamDecl } from '../language/document.ts';
import { setParam } from '../language/params.ts';
import { Report } from '../language/report.ts';
import { paramText, paramTexts, setText } from './param-text.ts';

const param = (like: Omit<ParamDecl, 'name' | 'start' | 'end'>): ParamDecl => ({ name: 'p', start: 0, end: 0, ...like });
const read = (p: ParamDecl, text: string): unknown => {
  const report = new Report();
  const { value } = setParam(report, p, text, p, []);
  expect(report.since(0)).toEqual([]);
  return value;
};

const whole = fc.integer({ min: 0, max: 4e15 });

it.each([
  ['numbers', param({ type: 'f64', value: 0.5, unit: 'none' }), fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e20, max: 1e20 })],
  ['whole numbers', param({ type: 'i64', value: 1, unit: 'none' }), whole],
  ['durations', param({ type: 'duration', value: 1, unit: 'duration' }), whole],
  ['times', param({ type: 'time', value: 1, unit: 'none' }), whole],
  ['money', param({ type: 'f64', value: 1, unit: 'money', currency: 'EUR' }), fc.integer({ min: 1, max: 1e9 })],
  ['ratios', param({ type: 'f64', value: 0.01, unit: 'ratio' }), fc.integer({ min: -9999, max: 9999 }).map((x) => x / 10_000)],
  ['flags', param({ type: 'bool', value: true, unit: 'none' }), fc.boolean()],
  ['texts', param({ type: 'text', value: 'a', unit: 'none' }), fc.constantFrom('a', '12', 'true', 'two words')],
])('%s are read back as they were', (_, p, values) => {
  fc.assert(fc.property(values as fc.Arbitrary<number | boolean | string>, (value) => {
    // The two zeros are one number.
    expect(read(p, paramText(p, value))).toEqual(Object.is(value, -0) ? expect.closeTo(0, 15) : value);
  }), { numRuns: 50 });
});

it('is short where many are shown', () => {
  const [a, b] = [{ ...param({ type: 'duration', value: 1, unit: 'duration' }), name: 'hold' }, { ...param({ type: 'f64', value: 0.1, unit: 'ratio' }), name: 'stop' }];
  expect(setText([a, b], { hold: 5_400_000_000, stop: 0.07 })).toBe('hold=1h30m stop=7%');
  expect([...paramTexts([a], { other: 3 })]).toEqual([['other', '3']]);
});
