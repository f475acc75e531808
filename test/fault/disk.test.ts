import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { pause } from './broker.ts';
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
    const w = place.worker('full', { pipeline, args: ['--lease', '3s'] });
    await place.reached(golden.count >> 4, w);
    fillUp();
    await place.reached(golden.count >> 1, w);
    await w.kill('SIGKILL');
    expect(w.said).toMatch(/no checkpoint: .*(space|full)/i);
    free();
    const again = place.worker('full', { pipeline, args: ['--lease', '3s'] });
    const o = await place.finish(golden.count, again);
    expect(again.said).toMatch(/goes on from checkpoint/);
    expect([o.count, o.sha256]).toEqual([golden.count, golden.sha256]);
  });

  it('under the streams of the broker: outputs are held up, and come when there is room, each once', async () => {
    place = await Place.open({ folder: join(disk, 'all') });
    await place.fill(6000);
    const golden = await place.golden();
    await place.fresh();
    const w = place.worker('stuck');
    await place.reached(golden.count >> 4, w);
    fillUp();
    await pause(3000);
    free();
    const o = await place.finish(golden.count, w);
    expect([o.count, o.sha256]).toEqual([golden.count, golden.sha256]);
  });
});
