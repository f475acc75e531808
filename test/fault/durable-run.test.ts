import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Random } from '../../src/core/random.ts';
import type { Outputs } from '../chaos/chaos.ts';
import { counts } from '../harness/settings.ts';
import { ROOT } from '../shipped.ts';
import { pause, until } from './broker.ts';
import { Place } from './durable.ts';

vi.setConfig({ testTimeout: counts(120_000, 3_600_000), hookTimeout: 120_000 });

const MESSAGES = counts(4000, 40_000);
let place: Place;
let golden: Outputs;

beforeAll(async () => {
  place = await Place.open();
  await place.fill(MESSAGES);
  golden = await place.golden();
  expect(golden.count).toBeGreaterThan(300);
  expect(new Set(golden.ids).size).toBe(golden.count);
});
beforeEach(() => place.fresh());
afterEach(() => place.quiet());
afterAll(() => place.close());

/** A lease that a busy machine does not let run out: a drain gives it back at once. */
const PATIENT = ['--lease', '10s'];

const same = (o: Outputs): void => {
  expect([o.count, o.sha256]).toEqual([golden.count, golden.sha256]);
};

/** Number of the source message in an id. */
const messageOf = (id: string): number => Number(id.split(':')[1]);

describe('a process that dies', () => {
  it('at every named point of its work leaves the outputs as if nothing had been', async () => {
    const random = new Random(7);
    for (let round = 0; round < counts(1, 20); round++) {
      await place.fresh();
      let deaths = 0;
      for (const point of ['fetched', 'computed', 'sent', 'cut', 'stored', 'written']) {
        const w = place.worker(`points${round}`, { env: { MILLRACE_FAILPOINT: `${point}:${random.int(2, 6)}` } });
        await w.ended;
        expect(w.child.signalCode, `${point}: ${w.said}`).toBe('SIGKILL');
        deaths += 1;
      }
      expect(deaths).toBe(6);
      expect(await place.last('OUT')).toBeLessThan(golden.count);
      same(await place.finish(golden.count, place.worker(`points${round}`)));
    }
  });
});

describe('a broker that hangs (SIGSTOP) in the middle of a durable run', () => {
  it('is waited for, and nothing is missing or there twice', async () => {
    const w = place.worker('hang');
    await place.reached(golden.count >> 3, w);
    place.server.signal('SIGSTOP');
    await pause(counts(4000, 30_000));
    place.server.signal('SIGCONT');
    same(await place.finish(golden.count, w));
  });
});

describe('two processes of the same run', () => {
  it('the second waits; it takes over from one that stands still, which writes nothing when it wakes', async () => {
    const operators = join(ROOT, 'test/fault/operators');
    const a = place.worker('two', { operators, env: { MILLRACE_NAP: '250' } });
    await place.reached(1, a);
    const second = place.worker('two', { operators });
    await until(() => place.lagOf(second) !== undefined);
    expect(second.said).not.toMatch(/goes on from|begins with/);
    a.child.kill('SIGSTOP');
    expect(await place.last('OUT')).toBeLessThan(golden.count);
    await until(() => /goes on from checkpoint/.test(second.said));
    a.child.kill('SIGCONT');
    await until(() => /partition 0 is given up/.test(a.said));
    await place.reached(golden.count, second);
    for (const w of [a, second]) w.child.kill('SIGTERM');
    expect(await Promise.all([a.ended, second.ended])).toEqual([0, 0]);
    same(await place.outputs());
  });
});

describe('a processor that is taken away for longer than the lease', () => {
  it('loses nothing of a durable source', async () => {
    const w = place.worker('stall', { operators: join(ROOT, 'test/fault/operators'), env: { MILLRACE_STALL: '2500' } });
    same(await place.finish(golden.count, w));
    expect(w.said).toContain('stalling');
  });
});

describe('an operator of one\'s own', () => {
  it.each(['exit', 'reject'])('that ends the process (%s) is a crash like another, and costs nothing', async (how) => {
    const operators = join(ROOT, 'test/fault/operators');
    const w = place.worker(`plugin-${how}`, { operators, env: { MILLRACE_MISBEHAVE: how } });
    expect([9, 1]).toContain(await w.ended);
    expect(await place.last('OUT')).toBeLessThan(golden.count);
    same(await place.finish(golden.count, place.worker(`plugin-${how}`, { operators })));
  });
});

describe('a wall clock that leaps an hour to and fro', () => {
  it('changes no output, and the lease is kept or had again', async () => {
    const leaping = { NODE_OPTIONS: `--import=${join(ROOT, 'test/fault/wall-clock.mjs')}`, MILLRACE_LEAP: '150' };
    const w = place.worker('leap', { env: leaping });
    await place.reached(golden.count >> 2, w);
    await w.kill('SIGKILL');
    const again = place.worker('leap', { env: leaping });
    same(await place.finish(golden.count, again));
    expect(again.said).toMatch(/goes on from checkpoint/);
  });
});

describe('SIGTERM', () => {
  it('under load drains and ends with 0; the next start has nothing to make again', async () => {
    const w = place.worker('term', { args: PATIENT });
    await place.reached(golden.count >> 2, w);
    w.child.kill('SIGTERM');
    expect(await w.ended).toBe(0);
    const { ids } = await place.outputs();
    expect(ids.length).toBeLessThan(golden.count);
    const again = place.worker('term', { args: PATIENT });
    same(await place.finish(golden.count, again));
    const at = Number(/goes on from checkpoint \d+ with stream MD at (\d+)/.exec(again.said)?.[1]);
    // Behind the cause of every output that there was: none is computed a second time.
    expect(at).toBeGreaterThan(messageOf(ids[ids.length - 1]));
  });

  it('twice ends at once, and during recovery or in a checkpoint it does no harm', async () => {
    const random = new Random(11);
    const codes = new Set<number | null>();
    const impatient = place.worker('terms', { args: PATIENT });
    await place.reached(golden.count >> 3, impatient);
    impatient.child.kill('SIGTERM');
    impatient.child.kill('SIGTERM');
    await impatient.ended;
    expect([0, 143]).toContain(impatient.child.exitCode);
    for (let i = 0; i < counts(4, 100); i++) {
      const w = place.worker('terms', { args: PATIENT });
      await until(() => /checkpoint|begins/.test(w.said) || w.child.exitCode !== null);
      await pause(random.next() * 60);
      for (let n = i % 2; n >= 0; n--) w.child.kill('SIGTERM');
      codes.add(await w.ended);
    }
    expect([...codes].every((c) => c === 0 || c === 143)).toBe(true);
    expect(codes.has(0)).toBe(true);
    same(await place.finish(golden.count, place.worker('terms', { args: PATIENT })));
  });
});
