import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { ROOT } from '../shipped.ts';
import { pause, until } from './broker.ts';
import { Place } from './durable.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const disk = mkdtempSync(join(tmpdir(), 'millrace-disk-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk]).status === 0;
if (!mounted) console.log('skipped: disks that are full, which only root can mount');
afterAll(() => {
  if (mounted) execFileSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true, force: true });
});

/** Takes all the room there is. */
const fillUp = (): void => void spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'others')}`, 'bs=4k']);
const free = (): void => rmSync(join(disk, 'others'), { force: true });

describe.runIf(mounted)('a disk that is full in the middle of a durable run', () => {
  let place: Place | null = null;
  afterEach(async () => {
    free();
    await place?.close();
  });

  it('under its checkpoints: the run goes on and says so, and the newest one that was written is gone on from', async () => {
    place = await Place.open();
    await place.fill(6000);
    const golden = await place.golden();
    await place.fresh();
    const pipeline = place.pipeline((text) => text.replace('every: 20ms', `every: 100ms, store: files, path: ${disk}`));
    const options = { pipeline, args: ['--lease', '3s'], operators: join(ROOT, 'test/fault/operators') };
    const w = place.worker('full', { ...options, env: { MILLRACE_NAP: '20' } });
    await place.reached(golden.count >> 4, w);
    fillUp();
    await until(() => /no checkpoint: .*(space|full)/i.test(w.said) || w.child.exitCode !== null);
    const trouble = await place.last('OUT');
    await place.reached(trouble + 100, w);
    await w.kill('SIGKILL');
    free();
    const again = place.worker('full', options);
    const o = await place.finish(golden.count, again);
    expect(again.said).toMatch(/goes on from checkpoint/);
    expect([o.count, o.sha256]).toEqual([golden.count, golden.sha256]);
  });

  it('under the streams of the broker: outputs are held up, and come when it has room and was started again, each once', async () => {
    place = await Place.open({ folder: join(disk, 'all') });
    await place.fill(6000);
    const golden = await place.golden();
    await place.fresh();
    const w = place.worker('stuck');
    await place.reached(golden.count >> 4, w);
    fillUp();
    await pause(3000);
    free();
    // A stream that could not be written stays so until its server is started again (2.14; older ones go on by themselves).
    await place.server.kill();
    await place.server.start();
    const o = await place.finish(golden.count, w);
    expect([o.count, o.sha256]).toEqual([golden.count, golden.sha256]);
  });
});
