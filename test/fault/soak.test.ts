import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ROOT } from '../shipped.ts';
import { pause } from './broker.ts';
import { growthOf, Soak, type Sample, type SoakOptions } from './soak/run.ts';

/** Seconds at full rate: `MILLRACE_SOAK=60 npx vitest run test/fault/soak.test.ts` and longer. */
const SECONDS = Number(process.env.MILLRACE_SOAK ?? 6);
const MB = 1024 * 1024;
/** A run that keeps less than this of a message keeps nothing of it: what is left is the noise of a process that was started just now. */
const BYTES = 60;
const RSS = 32 * MB;
const LEAK = 100;
/** Messages after which code is compiled and tables have their size. */
const WARM = 20_000;

vi.setConfig({ testTimeout: (SECONDS + 100) * 1000, hookTimeout: 60_000 });

const built = existsSync(join(ROOT, 'dist/src/cli/main.js'));
if (!built) console.log('soak: left out, it runs what `npm run build` makes');

let soak: Soak | null = null;
async function start(o: SoakOptions = {}): Promise<Soak> {
  soak = await Soak.start(o);
  return soak;
}
afterEach(async () => {
  await soak?.end();
  soak = null;
});

/** A run at full rate after its warm-up, sampled. */
async function steady(s: Soak, seconds: number): Promise<Sample[]> {
  s.produce(WARM);
  await s.caughtUp();
  return s.rounds(seconds);
}

describe.skipIf(!built)('a durable run at full rate', () => {
  it('keeps nothing of what it has passed on, no listener and no timer', async () => {
    const s = await start();
    const samples = await steady(s, SECONDS);
    await s.caughtUp();
    const grown = growthOf(samples);
    console.log(`soak: ${s.passed} messages, ${Math.round(grown.messages)} between the thirds; ${grown.live.toFixed(1)} B a message kept, `
      + `rss ${(grown.total / MB).toFixed(1)} MB more, ${(samples.at(-1)!.rss / MB).toFixed(0)} MB in all`);
    expect(grown.messages).toBeGreaterThan(5000);
    expect(grown.live).toBeLessThan(BYTES);
    // Beyond half a minute a slow leak shows in the whole process as well, whoever has the memory.
    expect(grown.total).toBeLessThan(Math.max(RSS, BYTES * grown.messages));
    const third = Math.floor(samples.length / 3);
    const most = (of: (x: Sample) => number, part: readonly Sample[]): number => Math.max(...part.map(of));
    expect(most((x) => x.listeners, samples.slice(-third))).toBeLessThanOrEqual(most((x) => x.listeners, samples.slice(0, third)));
    for (const kind of ['Timeout', 'Immediate', 'TCPSocketWrap', 'FSReqCallback']) {
      const of = (x: Sample): number => x.resources[kind] ?? 0;
      expect(most(of, samples.slice(-third)), kind).toBeLessThanOrEqual(most(of, samples.slice(0, third)) + 3);
    }
    expect(await s.end()).toBe(0);
    soak = null;
  });

  it('is caught when it keeps 100 bytes of a message', async () => {
    const s = await start({ leak: LEAK });
    const grown = growthOf(await steady(s, 1));
    expect(grown.messages).toBeGreaterThan(5000);
    console.log(`soak: with a leak of ${LEAK} B a message, ${grown.live.toFixed(1)} B are found`);
    expect(grown.live).toBeGreaterThan(BYTES);
  });
});

describe.skipIf(!built)('what cannot go on', () => {
  it('an operator that stands still holds up its source, in bounded memory, and the lag shows it', async () => {
    const s = await start();
    s.produce(10_000);
    await s.caughtUp();
    const { rss: before } = await s.sample();
    s.block(true);
    s.produce(100_000);
    await s.produced();
    // Told once a second.
    let lag = 0;
    while (!(lag > 80_000) && !s.ended) {
      await pause(100);
      lag = await s.metric('millrace_source_lag_messages');
    }
    expect((await s.sample()).rss - before).toBeLessThan(2 * RSS);
    expect(s.passed).toBeLessThan(s.sent - 80_000);
    s.block(false);
    await s.caughtUp();
    while ((await s.metric('millrace_source_lag_messages')) !== 0 && !s.ended) await pause(100);
    expect(s.passed).toBe(110_000);
  });

  it('a broker that stands still leaves no more under way than the window and an epoch, and that shows', async () => {
    const s = await start();
    s.produce();
    while (s.passed < 10_000 && !s.ended) await pause(20);
    const { rss: before } = await s.sample();
    s.server.signal('SIGSTOP');
    let pending = 0;
    for (let tries = 0; !(pending > 0) && tries < 100; tries++) {
      await pause(50);
      pending = await s.metric('millrace_outputs_pending');
    }
    await pause(1000);
    const later = await s.metric('millrace_outputs_pending');
    expect(pending).toBeGreaterThan(0);
    expect(later).toBeGreaterThanOrEqual(1);
    // 2,048 under way, and the epoch that came when there was still room: 4,096 rows.
    expect(later).toBeLessThanOrEqual(2048 + 4096);
    expect((await s.sample()).rss - before).toBeLessThan(2 * RSS);
    s.server.signal('SIGCONT');
    await s.caughtUp();
    expect(await s.metric('millrace_outputs_pending')).toBe(0);
    expect(s.passed).toBe(s.sent);
  });
});
