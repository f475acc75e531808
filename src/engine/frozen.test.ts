import { describe, expect, it } from 'vitest';
import { freeze, thaw } from './frozen.ts';

const through = (x: unknown): unknown => thaw(freeze(x));

describe('frozen', () => {
  it('keeps numbers, text, nothing, maps and sets as they are', () => {
    const values = [0, -0, NaN, Infinity, -Infinity, 0.1, 2 ** 53, 'é', '', null, undefined, true, [undefined, 1], { a: undefined }];
    const back = through(values) as unknown[];
    values.forEach((x, i) => expect(back[i]).toStrictEqual(x));
    expect(Object.is(back[1], -0)).toBe(true);
    const map = new Map<unknown, unknown>([[1, new Set(['a', 2])], ['k', [1, 2]]]);
    expect(through(map)).toStrictEqual(map);
  });

  it('keeps the bits of typed arrays, each in a buffer of its own', () => {
    const bits = new Float64Array(4);
    new BigUint64Array(bits.buffer).set([0x7ff8000000000001n, 0x7ff0000000000000n, 0x8000000000000000n, 1n]);
    const odd = ['x', bits, new Int32Array([1, -2]), new Uint8Array([9]), bits, new Float32Array([0.5]), new Float64Array(0)];
    const bytes = freeze(odd);
    const back = thaw(bytes) as typeof odd;
    bytes.fill(0);
    for (const x of back.slice(1) as ArrayBufferView[]) {
      expect(x.byteOffset).toBe(0);
      expect(x.buffer.byteLength).toBe(x.byteLength);
    }
    expect(new BigUint64Array((back[1] as Float64Array).buffer)).toEqual(new BigUint64Array(bits.buffer));
    expect(back[2]).toEqual(odd[2]);
    expect(back[5]).toEqual(odd[5]);
    expect(back[4]).toBe(back[1]);
  });

  it('writes of a larger buffer only what a view shows', () => {
    const large = new Float64Array(100_000);
    expect(freeze(large.subarray(5, 7)).length).toBeLessThan(64);
    expect(through(large.fill(3).subarray(5, 7))).toEqual(new Float64Array([3, 3]));
  });

  it('refuses bytes that are none of its own', () => {
    const bytes = freeze({ a: new Float64Array(8) });
    for (const bad of [new Uint8Array(0), bytes.subarray(0, 20), new Uint8Array(64).fill(7), new TextEncoder().encode('{"a": 1}')]) {
      expect(() => thaw(bad)).toThrow(/no snapshot/);
    }
  });
});
