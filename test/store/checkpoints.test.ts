import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { NatsServer } from '../../src/bus/server.ts';
import { Refusal } from '../../src/core/diagnostic.ts';
import { Random } from '../../src/core/random.ts';
import type { CheckpointStore } from '../../src/core/log.ts';
import { SqliteCheckpointFile } from '../../src/store/sqlite-checkpoint-file.ts';
import { SqliteCheckpoints } from '../../src/store/sqlite-checkpoints.ts';
import { sqliteFrom } from '../../src/store/sqlite.ts';
import { pause, Program } from '../bus/processes.ts';
import { isSealed, MemoryCheckpoints, newestWhole, openStore, sealed, type StoreKind } from './stores.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const KINDS: StoreKind[] = sqliteFrom() === null ? ['file', 'nats'] : ['file', 'sqlite', 'nats'];
if (!KINDS.includes('sqlite')) console.log('no SQLite here (npm run sqlite:get): its checkpoints are not tested');

let server: NatsServer;
const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'millrace-ck-'));
  folders.push(made);
  return made;
};
beforeAll(async () => { server = await NatsServer.start(); });
afterAll(async () => {
  await server.stop();
  for (const f of folders) rmSync(f, { recursive: true, force: true });
});

/** Comparing element by element takes the assertion library seconds. */
const same = (a: Uint8Array | null, b: Uint8Array): boolean => a !== null && Buffer.compare(a, b) === 0;

let epoch = 0;
const place = (kind: StoreKind): string => (kind === 'nats' ? server.url : folder());

describe.each([...KINDS, 'memory' as const])('checkpoints: %s', (kind) => {
  const at = (): { open: () => Promise<CheckpointStore> } => {
    if (kind === 'memory') {
      const store = new MemoryCheckpoints();
      return { open: () => Promise.resolve(store) };
    }
    const where = place(kind);
    return { open: () => openStore(kind, where, ++epoch) };
  };

  it('gives back what was put, newest first, and no more what was removed; also after it was opened again', async () => {
    const { open } = at();
    let store = await open();
    await store.remove(await store.list());
    expect(await store.list()).toEqual([]);
    expect(await store.get(1)).toBeNull();
    const sizes = new Map([[2, 0], [10, 100], [11, 70_000], [3, 2_000_000]]);
    for (const [n, size] of sizes) await store.put(n, sealed(n, size));
    expect(await store.list()).toEqual([11, 10, 3, 2]);
    await store.remove([10, 77]);
    await store.put(11, sealed(11, 5));
    await store.close();
    store = await open();
    expect(await store.list()).toEqual([11, 3, 2]);
    expect(same(await store.get(3), sealed(3, 2_000_000))).toBe(true);
    expect(same(await store.get(11), sealed(11, 5))).toBe(true);
    expect(await store.get(10)).toBeNull();
    await store.remove([11, 3, 2]);
    expect(await store.list()).toEqual([]);
    await store.close();
  });

  it('keeps order when several are put at once', async () => {
    const store = await at().open();
    await Promise.all([1, 2, 3, 4, 5].map((n) => store.put(n, sealed(n, 1000))));
    expect(await store.list()).toEqual([5, 4, 3, 2, 1]);
    await store.remove([5, 4, 3, 2, 1]);
    await store.close();
  });
});

describe.each(KINDS)('a process that writes checkpoints and is killed: %s', (kind) => {
  it('leaves every one that it said was safe, and no broken one in front of it', async () => {
    const where = place(kind);
    const random = new Random(kind.length);
    let puts = 0;
    let newest = 0;
    for (let kill = 0; kill < 3; kill++) {
      const writer = new Program('test/store/checkpoint-writer.ts', [kind, where, String(++epoch)]);
      expect(Number((await writer.said(/^from/)).split(' ')[1])).toBeGreaterThanOrEqual(newest);
      await writer.said(/^put/);
      await pause(random.next() * 400);
      if (kind === 'nats' && kill === 1) {
        const before = writer.lines.length;
        await server.kill();
        await pause(300);
        await server.start();
        await writer.said(/^put/, before + 3);
      }
      await writer.kill();
      const safe = writer.lines.filter((l) => l.startsWith('put')).map((l) => Number(l.split(' ')[1]));
      const store = await openStore(kind, where, ++epoch);
      const listed = await store.list();
      const whole = await newestWhole(store);
      expect(whole).toBeGreaterThanOrEqual(safe[safe.length - 1]);
      expect(listed[0]).toBe(whole);
      newest = whole ?? 0;
      puts += safe.length;
      await store.close();
    }
    expect(puts).toBeGreaterThan(4);
  });
});

/** The file of the SQLite store without its thread, which takes a second to start from TypeScript. */
function sqliteInPlace(path: string): CheckpointStore {
  const file = new SqliteCheckpointFile(path, { strict: false, warn: () => undefined });
  return {
    list: () => Promise.resolve(file.list()),
    get: (n) => Promise.resolve(file.get(n)),
    put: (n, bytes) => Promise.resolve(file.put(n, bytes)),
    remove: (numbers) => Promise.resolve(file.remove(numbers)),
    close: () => Promise.resolve(file.close()),
  };
}

/** Recovery over what is left after `spoil` had its way with the files of a store of five checkpoints. */
async function spoiled(kind: StoreKind, spoil: (file: string) => void): Promise<number | null> {
  const where = folder();
  const open = (): Promise<CheckpointStore> =>
    (kind === 'sqlite' ? Promise.resolve(sqliteInPlace(join(where, 'checkpoints.sqlite'))) : openStore(kind, where));
  const store = await open();
  for (let n = 1; n <= 5; n++) await store.put(n, sealed(n, 20_000));
  await store.close();
  const file = kind === 'sqlite' ? join(where, 'checkpoints.sqlite') : join(where, 'checkpoints', 'checkpoint-0000000000000005');
  spoil(file);
  const again = await open();
  const found = await newestWhole(again);
  // It goes on, whatever it was left with.
  await again.put(6, sealed(6, 30_000));
  expect(await newestWhole(again)).toBe(6);
  await again.close();
  return found;
}

describe.each(KINDS.filter((k) => k !== 'nats'))('damaged files: %s', (kind) => {
  it('a flipped bit anywhere is never taken for a checkpoint, and the others are there', async () => {
    const random = new Random(11);
    const found: (number | null)[] = [];
    for (let i = 0; i < 40; i++) {
      found.push(await spoiled(kind, (file) => {
        const bytes = readFileSync(file);
        bytes[random.int(kind === 'sqlite' && i > 0 ? 4096 : 0, bytes.length - 1)] ^= 1 << random.int(0, 7);
        writeFileSync(file, bytes);
      }));
    }
    if (kind === 'file') expect(new Set(found)).toEqual(new Set([4]));
    else expect(found.filter((n) => n !== null && n >= 4).length).toBeGreaterThan(20);
  });

  it('a torn file falls back', async () => {
    for (const part of [0, 0.3, 0.9]) {
      const found = await spoiled(kind, (file) => {
        const bytes = readFileSync(file);
        writeFileSync(file, bytes.subarray(0, Math.floor(bytes.length * part)));
      });
      if (kind === 'file') expect(found).toBe(4);
    }
  });

  it('a second owner is refused and told who has it; one whose process died is not in the way', async () => {
    const where = folder();
    const writer = new Program('test/store/checkpoint-writer.ts', [kind, where, '1']);
    await writer.said(/^put/);
    const refused = await openStore(kind, where).catch((e: unknown) => e);
    expect(refused).toBeInstanceOf(Refusal);
    expect((refused as Refusal).code).toBe('E770');
    expect((refused as Refusal).message).toContain(`process ${writer.child.pid}`);
    await writer.kill();
    const store = await openStore(kind, where);
    expect(await newestWhole(store)).toBeGreaterThan(0);
    const second = await openStore(kind, where).catch((e: unknown) => e);
    expect((second as Refusal).message).toContain('this process');
    await store.close();
    await (await openStore(kind, where)).close();
  });

  it('a full disk is refused as E772; the older ones stay readable, and it works again when there is room', async () => {
    const mount = folder();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', mount], { stdio: 'ignore' });
    } catch {
      console.log('no tmpfs can be mounted here: a full disk is not tested');
      return;
    }
    try {
      const store = await openStore(kind, mount);
      await store.put(1, sealed(1, 200_000));
      await store.put(2, sealed(2, 200_000));
      const failed = await store.put(3, sealed(3, 6_000_000)).catch((e: unknown) => e);
      expect(failed).toBeInstanceOf(Refusal);
      expect((failed as Refusal).code).toBe('E772');
      expect(await newestWhole(store)).toBe(2);
      expect(isSealed(await store.get(1))).toBe(true);
      await store.put(4, sealed(4, 100_000));
      expect(await newestWhole(store)).toBe(4);
      await store.close();
      execFileSync('dd', ['if=/dev/zero', `of=${join(mount, 'others')}`, 'bs=64k'], { stdio: 'ignore' });
    } catch (error) {
      // That dd ends with an error is what it is for.
      if ((error as { status?: number }).status !== 1) throw error;
    }
    try {
      const again = await openStore(kind, mount);
      expect(await again.list()).toEqual([4, 2, 1]);
      expect(await newestWhole(again)).toBe(4);
      expect(await again.put(5, sealed(5, 100_000)).catch((e: unknown) => (e as Refusal).code)).toBe('E772');
      rmSync(join(mount, 'others'));
      await again.put(5, sealed(5, 100_000));
      expect(await newestWhole(again)).toBe(5);
      await again.close();
    } finally {
      execFileSync('umount', ['-l', mount]);
    }
  });
});

describe('what only some stores do', () => {
  it('files that were being written when the process died are gone when it opens again', async () => {
    const where = folder();
    await (await openStore('file', where)).close();
    writeFileSync(join(where, 'checkpoints', 'writing-checkpoint-0000000000000009'), 'half');
    const store = await openStore('file', where);
    expect(await store.list()).toEqual([]);
    expect(readdirSync(join(where, 'checkpoints'))).toEqual(['owner']);
    await store.close();
    expect(readdirSync(join(where, 'checkpoints'))).toEqual([]);
  });

  it.runIf(KINDS.includes('sqlite'))('a file that is no database is kept aside, and said so', async () => {
    const where = folder();
    mkdirSync(where, { recursive: true });
    const file = join(where, 'checkpoints.sqlite');
    writeFileSync(file, Buffer.alloc(9000, 7));
    const said: string[] = [];
    const store = await SqliteCheckpoints.open(file, { onWarning: (t) => said.push(t), durability: 'strict' });
    expect(said[0]).toContain('kept as');
    expect(statSync(`${file}.damaged`).size).toBe(9000);
    await store.put(1, sealed(1, 10));
    expect(await newestWhole(store)).toBe(1);
    await store.close();
    expect(existsSync(`${file}.owner`)).toBe(false);
  });

  it.runIf(KINDS.includes('sqlite'))('bytes are moved to the thread where they are whole buffers, and copied where they are not', async () => {
    const store = await openStore('sqlite', folder());
    const whole = sealed(1, 1000);
    await store.put(1, whole);
    expect(whole.length).toBe(0);
    const part = new Uint8Array(2000);
    part.set(sealed(2, 500), 100);
    await store.put(2, part.subarray(100, 632));
    expect(part.length).toBe(2000);
    expect(await newestWhole(store)).toBe(2);
    await store.close();
  });
});
