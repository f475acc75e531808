import { expect, it } from 'vitest';
import { MemoryBus } from '../../src/bus/memory.ts';
import { openRecording } from '../../src/recording/recording.ts';
import { recordLive, replayHash, scratch } from './support.ts';

const folder = scratch();

/** On the embedded bus a message has been delivered when the loop has turned a few times without a new row. */
async function quiet(rows: () => number): Promise<void> {
  for (let same = 0, before = -1; same < 20;) {
    await new Promise((resolve) => setImmediate(resolve));
    same = rows() === before ? same + 1 : 0;
    before = rows();
  }
}

it('a live run with two producers, recorded and replayed, is the same to the bit for every batch', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const at = folder();
    const bus = new MemoryBus();
    const ran = await recordLive(bus, at, { seed, messages: 600, settled: quiet });
    bus.close();
    expect(ran.rows).toBe(1200);
    const { manifest, streams } = openRecording(at);
    expect([manifest.complete, streams.map((s) => s.info.ended)]).toEqual([true, streams.map(() => null)]);
    expect(streams.find((s) => s.info.id === 'cross')!.rows).toBeGreaterThan(5);
    expect(streams.find((s) => s.info.id === 'window')!.rows).toBeGreaterThan(5);
    for (const batch of [1, 256, 4096, { seed }]) {
      const { hash, result, lastSeq } = await replayHash(at, batch);
      expect([hash, result.rows, lastSeq]).toEqual([ran.hash, 1200, 1200]);
    }
  }
}, 60_000);
