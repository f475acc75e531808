import { afterEach, expect, it, vi } from 'vitest';
import { Monitor } from '../server/monitor.ts';
import { get } from '../server/http.fixture.ts';
import { parseScrape } from '../server/scrape.fixture.ts';
import { statusPart, tapPart } from './bus-parts.ts';
import { running, type Running } from './live-run.fixture.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let open: Running | null = null;
afterEach(async () => {
  await open?.end();
  open = null;
});

it('what a scrape says is what the engine reports, number by number', async () => {
  let monitor: Monitor | null = null;
  open = await running((run) => {
    monitor = new Monitor(run.telemetry, { address: { host: '127.0.0.1', port: 0 }, token: null, version: '1', shareMs: 0 });
    run.add({ name: 'metrics', start: () => (monitor as Monitor).start(), stop: () => (monitor as Monitor).stop() });
  });
  const { port } = monitor as unknown as Monitor;
  let compared = 0;
  for (const rows of [10, 200, 3000]) {
    open.publish(rows);
    void open.bus.publish('md.trades.AAA', 'no JSON');
    void open.bus.publish('md.trades.AAA', '{"ts":"2020-01-01T00:00:00Z","price":1,"size":1}');
    await open.settled();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { value, samples } = parseScrape((await get(port, '/metrics')).body);
    const report = open.engine.report();
    expect(Object.keys(report)).toEqual(['trades', 'bars', 'features', 'cross']);
    for (const [operator, n] of Object.entries(report)) {
      const labels = { pipeline: 'watched', operator };
      expect(value('millrace_events_total', labels)).toBe(n.out);
      expect(value('millrace_events_late_total', labels)).toBe(n.late);
      expect(value('millrace_errors_total', labels)).toBe(n.errors);
      compared += 3;
    }
    const sides = ['buy', 'sell', 'hold'].map((side) => value('millrace_signals_total', { pipeline: 'watched', side }) ?? NaN);
    expect(sides.reduce((a, b) => a + b)).toBe(report.cross.out);
    expect(value('millrace_epochs_total', { pipeline: 'watched' })).toBe(open.engine.epochs);
    for (const s of samples) expect(Object.keys(s.labels)).not.toContain('symbol');
    expect(samples.some((s) => Object.values(s.labels).includes('AAA'))).toBe(false);
  }
  expect(compared).toBe(36);
  const { value } = parseScrape((await get(port, '/metrics')).body);
  expect(value('millrace_bad_messages_total', { pipeline: 'watched', code: 'E757' })).toBe(3);
  expect(value('millrace_events_late_total', { pipeline: 'watched', operator: 'bars' })).toBeGreaterThanOrEqual(2);
  expect(value('millrace_signals_total', { pipeline: 'watched', side: 'buy' })).toBeGreaterThan(0);
  expect(value('millrace_event_to_signal_seconds_count', { pipeline: 'watched' })).toBeGreaterThan(0);
  const busy = ['bars', 'features+cross'].map((operator) => value('millrace_operator_busy_seconds_total', { pipeline: 'watched', operator }));
  for (const b of busy) expect(b).toBeGreaterThan(0);
  expect((await get(port, '/livez')).status).toBe(200);
  const ready = JSON.parse((await get(port, '/readyz')).body) as { checks: Record<string, { ok: boolean }> };
  // Trades of 2023, with no way to know whether more are on their way: everything is well but the lag.
  expect(Object.entries(ready.checks).filter(([, c]) => !c.ok).map(([name]) => name)).toEqual(['lag']);
}, 30_000);

it('parts start in order and stop in reverse, and one that fails to stop keeps no other from it', async () => {
  const told: string[] = [];
  const part = (name: string): { name: string; start(): void; stop(): void } => ({
    name, start: () => void told.push(`+${name}`),
    stop: () => {
      told.push(`-${name}`);
      if (name === 'b') throw new TypeError('b is stuck');
    },
  });
  const r = await running((run) => ['a', 'b', 'c'].forEach((n) => run.add(part(n))));
  r.run.add(null);
  await r.end();
  expect(told).toEqual(['+a', '+b', '+c', '-c', '-b', '-a']);
  expect(r.call.lines.map((l) => l.text)).toContain('b did not end well: b is stuck');
});

it('parts that were started are stopped when a later one cannot start', async () => {
  const told: string[] = [];
  const r = await running();
  r.run.add({ name: 'ok', start: () => void told.push('+ok'), stop: () => void told.push('-ok') });
  r.run.add({ name: 'bad', start: () => { throw new TypeError('no'); }, stop: () => void told.push('-bad') });
  await expect(r.run.start()).rejects.toThrow('no');
  await r.end();
  expect(told).toEqual(['+ok', '-ok']);
});

it('status and tap cost nothing while nobody looks: outputs and counts are those of a run without them', async () => {
  const hashes: string[] = [];
  for (const watched of [false, true]) {
    const r = await running((run) => {
      if (watched) for (const p of [statusPart(run), tapPart(run)]) run.add(p);
    });
    r.publish(2000);
    await r.settled();
    hashes.push(JSON.stringify(r.engine.report()));
    await r.end();
  }
  expect(hashes[0]).toBe(hashes[1]);
  expect(hashes[0]).toContain('"out":2000');
});
