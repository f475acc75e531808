import { describe, expect, it } from 'vitest';
import type { OutputMessage } from '../core/log.ts';
import { Pending } from './pending.ts';

const message = (i: number): OutputMessage => ({ id: `m${i}`, subject: 's', payload: '', headers: [] });
const filled = (n: number, window = 4): Pending => {
  const pending = new Pending(window, 1000);
  for (let i = 0; i < n; i++) pending.push(message(i), 10);
  return pending;
};

describe('messages that are not known to be stored', () => {
  it('names the newest of the messages that were waited for, whatever came after them', async () => {
    const pending = filled(3);
    const wait = pending.wait();
    pending.push(message(3), 10);
    pending.settleThrough(3, 104);
    pending.tell();
    expect(await wait).toEqual({ seq: 103, id: 'm2' });
    expect(await pending.wait()).toEqual({ seq: 104, id: 'm3' });
  });

  it('waits for all of them where they are stored out of order', async () => {
    const pending = filled(3);
    pending.settle(2, 7);
    const wait = pending.wait();
    pending.settle(0, 9);
    pending.tell();
    expect(pending.count).toBe(2);
    pending.settle(1, 8);
    pending.tell();
    expect(await wait).toEqual({ seq: 9, id: 'm0' });
    expect(pending.newest).toEqual({ seq: 9, id: 'm0' });
    expect(pending.bytes).toBe(0);
  });

  it('has no room while the window or the bytes are full, and tells when a quarter is free', async () => {
    const pending = filled(4);
    const room = pending.room();
    expect(room).toBeInstanceOf(Promise);
    let there = false;
    void room?.then(() => { there = true; });
    pending.settle(0, 1);
    pending.tell();
    await room;
    expect(there).toBe(true);
    expect(pending.room()).toBeUndefined();
    pending.push(message(9), 990);
    expect(pending.room()).toBeInstanceOf(Promise);
  });

  it('grows where more is appended than there is room for, and keeps order', () => {
    const pending = filled(3);
    pending.settleThrough(1, 2);
    for (let i = 3; i < 40; i++) pending.push(message(i), 10);
    expect(pending.count).toBe(38);
    for (let n = 2; n < 40; n++) expect(pending.at(n).id).toBe(`m${n}`);
    pending.settleThrough(39, 40);
    expect([pending.count, pending.bytes]).toEqual([0, 0]);
  });

  it('rejects all who wait when it never will be stored', async () => {
    const pending = filled(4);
    const both = Promise.allSettled([pending.wait(), pending.room()]);
    pending.fail(new Error('over'));
    expect((await both).map((r) => r.status)).toEqual(['rejected', 'rejected']);
  });
});
