import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Frame } from '../../src/core/frame.ts';
import { KeyTable } from '../../src/core/keys.ts';
import { layOut, Slab } from '../../src/core/layout.ts';
import { column, type ColumnRef } from '../../src/core/operator.ts';
import { SIDE } from '../../src/core/types.ts';
import { signal } from './signal.ts';

const NAMES = ['buy', 'sell', 'hold_if', 'strength', 'confidence', 'price'] as const;
type Name = (typeof NAMES)[number];
type Input = Partial<Record<Name, number | null>> & { readonly ts?: number; readonly key?: string };
interface Settings {
  readonly confirm?: number;
  readonly cooldown?: number;
  readonly emit?: 'changes' | 'all';
  readonly absent?: readonly Name[];
}

const refs = Object.fromEntries(NAMES.map((name, slot): [string, ColumnRef] => [name, { input: 0, slot, type: 'f64', label: name }]));

interface Ran {
  readonly out: string[];
  readonly frame: Frame;
  readonly slots: readonly number[];
}

/** What comes out: `3 buy` for a buy at row 3. */
function run(rows: readonly Input[], s: Settings = {}): Ran {
  const bound = { ...refs, confirm: s.confirm ?? 1, cooldown: s.cooldown ?? 0, emit: s.emit ?? 'changes' } as Record<string, unknown>;
  for (const name of s.absent ?? []) bound[name] = undefined;
  const frame = new Frame(new KeyTable(), NAMES.map((name) => column(name)), 64);
  const slots = signal.schema(bound, { id: 'x', schema: [], clock: 'x', scope: 'key' }).map((f) => frame.addColumn(f.type));
  const layout = layOut(signal.state(bound));
  const slab = new Slab([layout.blank]);
  const step = signal.step(bound, layout.at as Record<string, number>);
  const out: string[] = [];
  rows.forEach((row, n) => {
    const key = frame.keys.intern(row.key ?? 'A');
    const i = frame.push(n, row.ts ?? n, key);
    NAMES.forEach((name, c) => { (frame.cols[c] as Float64Array)[i] = row[name] ?? NaN; });
    slab.ensure(key + 1);
    if (step(slab.data, key * slab.width, frame, i, slots)) out.push(`${n} ${SIDE.values[(frame.cols[slots[0]] as Float64Array)[i]]}`);
  });
  return { out, frame, slots };
}

const at = (r: Ran, col: number, i: number): number => (r.frame.cols[r.slots[col]] as Float64Array)[i];
const buys = (...xs: (number | null)[]): Input[] => xs.map((buy) => ({ buy, sell: 0 }));
const sides = (text: string): Input[] => [...text].map((c) => ({ buy: c === 'b' ? 1 : 0, sell: c === 's' ? 1 : 0 }));

describe('signal, emit: changes', () => {
  it('gives one buy for one cross', () => {
    expect(run(buys(0, 0, 0, 1, 0, 0)).out).toEqual(['3 buy']);
  });

  it('gives one buy for a condition that stays true, and another when it was false or null in between', () => {
    expect(run(buys(1, 1, 0, 1, 1, null, 1)).out).toEqual(['0 buy', '3 buy', '6 buy']);
  });

  it('goes from buy straight to sell', () => {
    expect(run(sides('bbssb')).out).toEqual(['0 buy', '2 sell', '4 buy']);
  });

  it('does not fire on null, on both, or while hold_if is true; a null hold_if does not hold', () => {
    expect(run([{ buy: null, sell: null }, { buy: 1, sell: 1 }, { buy: 1, sell: 0, hold_if: 1 }, { buy: 1, sell: 0, hold_if: null }]).out)
      .toEqual(['3 buy']);
  });

  it('keeps keys apart', () => {
    expect(run([{ buy: 1, key: 'A' }, { buy: 1, key: 'B' }, { buy: 1, key: 'A' }]).out).toEqual(['0 buy', '1 buy']);
  });

  it('works with one condition alone', () => {
    expect(run(sides('bsb'), { absent: ['sell'] }).out).toEqual(['0 buy', '2 buy']);
    expect(run(sides('bsb'), { absent: ['buy'] }).out).toEqual(['1 sell']);
  });
});

describe('signal, confirm and cooldown', () => {
  it('fires on the nth row running', () => {
    expect(run(sides('bb-bbbbs-sss'), { confirm: 3 }).out).toEqual(['5 buy', '11 sell']);
  });

  it('lets none begin within the cooldown, whatever side, and fires after it if the side is still named', () => {
    const rows = sides('b-bs----bbb').map((r, i) => ({ ...r, ts: i * 10 }));
    expect(run(rows, { cooldown: 30 }).out).toEqual(['0 buy', '3 sell', '8 buy']);
    expect(run(rows.slice(0, 1).concat(rows.slice(9).map((r, i) => ({ ...r, ts: 20 + i * 10 }))), { cooldown: 30 }).out).toEqual(['0 buy']);
    const held = sides('b-bbbb').map((r, i) => ({ ...r, ts: i * 10 }));
    expect(run(held, { cooldown: 30 }).out).toEqual(['0 buy', '3 buy']);
  });

  it('does not cut short a signal that goes on', () => {
    const rows = sides('bbbb').map((r, i) => ({ ...r, ts: i * 10 }));
    expect(run(rows, { cooldown: 100, emit: 'all' }).out).toEqual(['0 buy', '1 buy', '2 buy', '3 buy']);
  });
});

describe('signal, columns', () => {
  it('fills strength, confidence and price, and hold has no strength', () => {
    const rows = [{ buy: 1, strength: 0.4, confidence: 0.7, price: 101 }, { buy: 0, strength: 0.9, confidence: 0.2, price: 102 }];
    const r = run(rows, { emit: 'all' });
    expect(r.out).toEqual(['0 buy', '1 hold']);
    expect([1, 2, 3].map((c) => at(r, c, 0))).toEqual([0.4, 0.7, 101]);
    expect([1, 2, 3].map((c) => at(r, c, 1))).toEqual([0, 0.2, 102]);
  });

  it('has strength 1 and no confidence or price where they are not given', () => {
    const r = run([{ buy: 1 }], { absent: ['strength', 'confidence', 'price'] });
    expect([1, 2, 3].map((c) => at(r, c, 0))).toEqual([1, NaN, NaN]);
  });

  it('ends in the reason, which is the planner\'s to write', () => {
    expect(signal.schema({}, { id: 'x', schema: [], clock: 'x', scope: 'key' }).at(-1)).toMatchObject({ name: 'reason', type: 'text' });
  });
});

it('asks for a condition', () => {
  expect(signal.check?.({ confirm: 1 })?.field).toBe('buy');
  expect(signal.check?.({ sell: {} })).toBeNull();
});

it('equals the definition by looking back at all rows of the key', () => {
  const row = fc.record({
    buy: fc.constantFrom(0, 1, 1, null), sell: fc.constantFrom(0, 0, 1, null), hold_if: fc.constantFrom(0, 0, 0, 1, null),
  });
  const rowList = fc.array(row, { minLength: 10, maxLength: 40 });
  let fired = 0;
  fc.assert(fc.property(rowList, fc.integer({ min: 1, max: 3 }), fc.nat(6), (rows, confirm, cooldown) => {
    const named = rows.map((r) => (r.hold_if === 1 || (r.buy === 1) === (r.sell === 1) ? 'hold' : r.buy === 1 ? 'buy' : 'sell'));
    const want: string[] = [];
    const side: string[] = [];
    let last = -Infinity;
    named.forEach((now, i) => {
      const confirmed = i + 1 >= confirm && named.slice(i + 1 - confirm, i + 1).every((x) => x === now) ? now : 'hold';
      const fresh = confirmed !== 'hold' && confirmed !== (side[i - 1] ?? 'hold');
      side.push(fresh && i - last < cooldown ? 'hold' : confirmed);
      if (!fresh || side[i] === 'hold') return;
      last = i;
      want.push(`${i} ${side[i]}`);
    });
    fired += want.length;
    expect(run(rows, { confirm, cooldown }).out).toEqual(want);
    expect(run(rows, { confirm, cooldown, emit: 'all' }).out.map((x) => x.split(' ')[1])).toEqual(side);
  }), { numRuns: 300 });
  expect(fired).toBeGreaterThan(300);
});
