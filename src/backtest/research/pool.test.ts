import { afterEach, describe, expect, it } from 'vitest';
import { Pool, type PoolOptions } from './pool.ts';
import type { FixtureInit, FixtureTask } from './pool.fixture.ts';

const module = new URL('./pool.fixture.ts', import.meta.url);
const pools: Pool<FixtureInit, FixtureTask, unknown>[] = [];
const make = (options: Partial<PoolOptions<FixtureInit>> = {}) => {
  const pool = new Pool<FixtureInit, FixtureTask, unknown>({ module, init: {}, workers: 2, ...options });
  pools.push(pool);
  return pool;
};
afterEach(async () => {
  await Promise.all(pools.splice(0).map((p) => p.close()));
});
const task = (what: FixtureTask['do'], n = 0): FixtureTask => ({ do: what, n });

describe('a pool of threads', () => {
  it('answers in the order of the tasks', async () => {
    const found = await make().run(Array.from({ length: 200 }, (_, n) => task('square', n)));
    const values = found.map((o) => (o.ok ? o.value as { value: number; thread: number } : null));
    expect(values.map((v) => v?.value)).toEqual(Array.from({ length: 200 }, (_, n) => n * n));
  });

  it('runs as many tasks at once as it has threads, whichever is done first', async () => {
    // Each waits until all three are there: with fewer threads none would end.
    const pool = make({ workers: 3, init: { shared: new SharedArrayBuffer(16) } });
    const found = await pool.run([task('meet', 3), task('meet', 3), task('meet', 3)]);
    expect(new Set(found.map((o) => (o.ok ? o.value : -1))).size).toBe(3);
  });

  it('starts no more threads than there are tasks, and uses them again', async () => {
    const pool = make({ workers: 8 });
    const first = await pool.run([task('square', 1)]);
    const again = await pool.run([task('square', 2)]);
    const thread = (o: (typeof first)[number]) => (o.ok ? (o.value as { thread: number }).thread : -1);
    expect(thread(again[0])).toBe(thread(first[0]));
  });

  it('a task that throws fails with its message and code; its thread goes on', async () => {
    const found = await make({ workers: 1 }).run([task('throw', 7), task('square', 3)]);
    expect(found[0]).toMatchObject({ ok: false, crashed: false, error: { message: 'cannot do 7', code: 'E999' } });
    expect(found[1]).toMatchObject({ ok: true, value: { value: 9 } });
  });

  it('a thread that ends once is replaced and its task done; one that ends twice fails its task, others go on', async () => {
    const shared = new SharedArrayBuffer(16);
    const found = await make({ init: { shared } }).run([task('exit-once', 0), task('exit', 1), task('square', 4), task('exit-once', 2), task('square', 5)]);
    expect(found.map((o) => (o.ok ? o.value : o.error.message))).toEqual([
      'second try', 'the thread ended (exit code 3)', { value: 16, thread: expect.any(Number) }, 'second try', { value: 25, thread: expect.any(Number) }]);
    expect(found[1]).toMatchObject({ ok: false, crashed: true });
    expect([...new Int32Array(shared)]).toEqual([2, 0, 2, 0]);
  });

  it('shared memory is shared, not copied', async () => {
    const shared = new SharedArrayBuffer(16);
    const pool = make({ init: { shared } });
    await pool.run([task('square')]);
    new Int32Array(shared).set([1, 2, 3, 4]);
    expect(await pool.submit(task('sum'))).toEqual({ ok: true, value: 10 });
  });

  it('what cannot be sent fails its task alone', async () => {
    const pool = make({ workers: 1 });
    const bad = { do: 'square', n: (() => 1) as unknown as number } as FixtureTask;
    const found = await pool.run([bad, task('closure', 1), task('square', 6)]);
    expect(found.map((o) => o.ok)).toEqual([false, false, true]);
  });

  it.each([
    ['cannot be found', { module: new URL('./nowhere.ts', import.meta.url) }, /nowhere/],
    ['exports no worker', { module: new URL('./search.ts', import.meta.url) }, /does not export a function `openWorker`/],
    ['refuses to open', { init: { refuse: true } }, /no recording/],
    ['dies while it opens', { init: { die: true } }, /exit code 4/],
  ])('a module that %s fails all tasks instead of waiting', async (_, options, text) => {
    const found = await make(options).run([task('square', 1), task('square', 2), task('square', 3)]);
    for (const o of found) expect(o.ok ? '' : o.error.message).toMatch(text);
  });

  it('an abort breaks off what runs and what waits', async () => {
    const stop = new AbortController();
    const pool = make({ signal: stop.signal });
    const running = Promise.allSettled([pool.submit(task('hang')), pool.submit(task('hang')), pool.submit(task('square'))]);
    setTimeout(() => stop.abort(new Error('enough')), 200);
    expect((await running).map((r) => (r.status === 'rejected' ? r.reason.message : 'done'))).toEqual(['enough', 'enough', 'enough']);
    await expect(pool.submit(task('square'))).rejects.toThrow('enough');
    await expect(make({ signal: stop.signal }).submit(task('square'))).rejects.toThrow('enough');
  });

  it('refuses to have no workers', () => {
    expect(() => make({ workers: 0 })).toThrow(RangeError);
  });
});
