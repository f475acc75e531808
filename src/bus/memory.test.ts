import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Subscription } from './bus.ts';
import { MemoryBus } from './memory.ts';
import { matches } from './subject.ts';

const drain = (s: Subscription): string[] => {
  const out: string[] = [];
  for (let m = s.take(); m !== null; m = s.take()) out.push(`${m.subject}=${String(m.payload)}`);
  return out;
};

it('delivers to every subscription that matches, once and in order', () => {
  const bus = new MemoryBus();
  const [one, star, rest, other] = ['md.trades.A', 'md.*.A', 'md.>', 'x.>'].map((p) => bus.subscribe(p));
  bus.publish('md.trades.A', '1');
  bus.publish('md.quotes.A', '2');
  bus.publish('md.trades.B', '3');
  expect(drain(one)).toEqual(['md.trades.A=1']);
  expect(drain(star)).toEqual(['md.trades.A=1', 'md.quotes.A=2']);
  expect(drain(rest)).toEqual(['md.trades.A=1', 'md.quotes.A=2', 'md.trades.B=3']);
  expect(drain(other)).toEqual([]);
});

it('the trie agrees with matching one by one', () => {
  const token = fc.constantFrom('a', 'b', 'c');
  const subject = fc.array(token, { minLength: 1, maxLength: 4 }).map((t) => t.join('.'));
  const pattern = fc.tuple(fc.array(fc.oneof(token, fc.constant('*')), { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([t, rest]) => [...t, ...(rest ? ['>'] : [])].join('.'));
  fc.assert(fc.property(fc.array(pattern, { maxLength: 8 }), fc.array(subject, { maxLength: 20 }), (patterns, subjects) => {
    const bus = new MemoryBus();
    const subscriptions = patterns.map((p) => bus.subscribe(p));
    subjects.forEach((s) => bus.publish(s, 'x'));
    subscriptions.forEach((s) => expect(drain(s)).toEqual(subjects.filter((x) => matches(s.pattern, x)).map((x) => `${x}=x`)));
  }));
});

describe('a full queue', () => {
  it('drops the newest and counts', () => {
    const bus = new MemoryBus();
    const s = bus.subscribe('a', { capacity: 3, whenFull: 'drop' });
    for (let i = 0; i < 10; i++) expect(bus.publish('a', String(i))).toBeUndefined();
    expect([s.dropped, s.pending]).toEqual([7, 3]);
    expect(drain(s)).toEqual(['a=0', 'a=1', 'a=2']);
  });

  it('holds the publisher up, and lets it go when there is room', async () => {
    const bus = new MemoryBus();
    const s = bus.subscribe('a', { capacity: 2, whenFull: 'wait' });
    let sent = 0;
    const publisher = (async () => {
      for (; sent < 100; sent++) await bus.publish('a', String(sent));
    })();
    await new Promise(setImmediate);
    expect(sent).toBe(2);
    const got: string[] = [];
    while (got.length < 100 && (await s.ready())) {
      got.push(...drain(s));
      await new Promise(setImmediate);
    }
    await publisher;
    expect(got).toEqual(Array.from({ length: 100 }, (_, i) => `a=${i}`));
    expect(s.dropped).toBe(0);
  });
});

it('closing ends a wait, keeps what is held, and stops delivery', async () => {
  const bus = new MemoryBus();
  const s = bus.subscribe('a');
  const waiting = s.ready();
  s.close();
  expect(await waiting).toBe(false);
  const t = bus.subscribe('a');
  bus.publish('a', 'x');
  bus.close();
  expect(bus.publish('a', 'late')).toBeUndefined();
  expect(await t.ready()).toBe(true);
  expect(drain(t)).toEqual(['a=x']);
  expect(await t.ready()).toBe(false);
});

it('refuses malformed subjects', () => {
  const bus = new MemoryBus();
  expect(() => bus.publish('a.*', 'x')).toThrow(/wildcard/);
  expect(() => bus.publish('a..b', 'x')).toThrow(/empty token/);
  expect(() => bus.subscribe('>.a')).toThrow(/before its end/);
});
