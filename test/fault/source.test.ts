import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Outputs, Worker } from '../chaos/chaos.ts';
import { fill, trades } from '../chaos/feed.ts';
import { Place } from './durable.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const MESSAGES = 3000;
const PATIENT = ['--lease', '10s'];
const ON_GAP = (text: string): string => text.replace('stream: MD }', 'stream: MD, on_gap: continue }');

let place: Place;
let before: Outputs;
beforeAll(async () => { place = await Place.open(); });
afterAll(() => place.close());

/** A run that has taken about half of the stream and was ended in peace. */
async function halfway(name: string, pipeline: string): Promise<number> {
  const w = place.worker(name, { pipeline, args: PATIENT });
  await place.reached(100, w);
  w.child.kill('SIGTERM');
  expect(await w.ended).toBe(0);
  before = await place.outputs();
  return Number(before.ids[before.ids.length - 1].split(':')[1]);
}

async function refused(w: Worker, code: string): Promise<void> {
  expect([await w.ended, w.said]).toEqual([7, expect.stringContaining(code)]);
  expect(await place.outputs()).toEqual(before);
}

describe('a source stream that changed under a durable run', () => {
  beforeEach(async () => {
    await place.nc.request('$JS.API.STREAM.DELETE.MD').catch(() => undefined);
    await fill(place.nc, await trades(MESSAGES));
    await place.fresh();
  });

  it('and lost messages that were not read yet: the run is refused, and `on_gap: continue` goes on behind the hole', async () => {
    const pipeline = place.pipeline();
    const taken = await halfway('purged', pipeline);
    const first = taken + 600;
    await place.nc.request('$JS.API.STREAM.PURGE.MD', JSON.stringify({ seq: first }));
    await refused(place.worker('purged', { pipeline, args: PATIENT }), 'E762');
    const w = place.worker('purged', { pipeline: place.pipeline(ON_GAP), args: PATIENT });
    await place.took(w);
    w.child.kill('SIGTERM');
    expect([await w.ended, w.said]).toEqual([0, expect.stringMatching(new RegExp(`messages \\d+ to ${first - 1} are gone; going on behind them`))]);
    const { ids } = await place.outputs();
    const made = ids.slice(before.count).map((id) => Number(id.split(':')[1]));
    expect(made.length).toBeGreaterThan(50);
    expect(Math.min(...made)).toBeGreaterThanOrEqual(first);
  });

  it('and was made anew: the run is refused until it is told to begin anew', async () => {
    const pipeline = place.pipeline();
    await halfway('anew', pipeline);
    await place.nc.request('$JS.API.STREAM.DELETE.MD');
    await fill(place.nc, await trades(MESSAGES));
    await refused(place.worker('anew', { pipeline, args: PATIENT }), 'E763');
  });
});
