import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openBus } from '../../src/bus/open-bus.ts';
import { NatsServer } from '../../src/bus/server.ts';
import { statusPart, tapPart } from '../../src/cli/bus-parts.ts';
import { PIPELINE, running, watchedCall } from '../../src/cli/live-run.fixture.ts';
import { liveTap } from '../../src/cli/live-tap.ts';
import { top } from '../../src/cli/verbs/top.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let server: NatsServer;
beforeAll(async () => { server = await NatsServer.start({ jetstream: false }); });
afterAll(() => server.stop());

const never = new AbortController().signal;

it('engines are watched and tapped over a server, from another connection', async () => {
  const open = (pipeline: string): ReturnType<typeof openBus> => openBus(server.url, { env: {}, pipeline });
  const r = await running((run) => {
    run.add(statusPart(run));
    run.add(tapPart(run));
  }, PIPELINE.replace('nats: { subject: "md.trades.{symbol}" }', 'nats: { subject: "md.trades.{symbol}", delivery: best_effort }'), await open('watched'));
  const elsewhere = await open('elsewhere');
  const flow = setInterval(() => r.publish(30), 20);
  try {
    const table = watchedCall([]);
    expect(await top(table, { sort: 'lag', once: true, json: true }, elsewhere, never)).toBe(0);
    const { engines } = JSON.parse(table.screen.text) as { engines: { instance: string; pipeline: string; rows: number }[] };
    expect(engines.map((e) => [e.instance, e.pipeline])).toEqual([[r.run.instance, 'watched']]);
    const call = watchedCall(['watched/cross', 'bars']);
    expect(await liveTap(call, { format: 'jsonl', limit: '4', symbols: 'AAA' }, elsewhere, never)).toBe(0);
    const rows = call.screen.text.trim().split('\n').map((l) => JSON.parse(l) as { symbol: string; side?: string });
    expect(rows).toHaveLength(8);
    expect(new Set(rows.map((x) => x.symbol))).toEqual(new Set(['AAA']));
    expect(rows.filter((x) => x.side !== undefined)).toHaveLength(4);
    // The server goes and comes back: the engine reports again, nothing has to be started anew.
    await server.kill();
    await server.start();
    for (let tries = 0; ; tries++) {
      const again = watchedCall([]);
      const found = await top(again, { sort: 'name', once: true, json: true }, elsewhere, never).catch(() => 6);
      if (found === 0) break;
      expect(tries).toBeLessThan(10);
    }
  } finally {
    clearInterval(flow);
    await r.end();
    await elsewhere.close();
  }
});
