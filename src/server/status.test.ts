import { expect, it } from 'vitest';
import { MemoryBus } from '../bus/memory.ts';
import { Fleet, readStatus } from '../cli/fleet.ts';
import { topTable } from '../cli/top-table.ts';
import { paints } from '../cli/terminal.ts';
import { sourceTelemetry, Tally, Telemetry } from '../core/telemetry.ts';
import { objectIn } from './bus-port.ts';
import { StatusPublisher, StatusRecorder, statusSubject, type EngineStatus } from './status.ts';

const NOW = 1_700_000_000_000;

function recorder(t: Telemetry): { next: () => EngineStatus; pass: (ms: number) => void; recorder: StatusRecorder } {
  let passed = 0;
  const r = new StatusRecorder(t, {
    instance: 'p-1', pulse: { busy: () => 0.25 }, now: () => NOW + passed, rising: () => passed,
  });
  return { next: () => r.next(), pass: (ms) => { passed += ms; }, recorder: r };
}

it('a record has the rates and shares since the one before', () => {
  const t = new Telemetry('p');
  t.state = 'running';
  t.sources = [sourceTelemetry('a', true), sourceTelemetry('b', false)];
  t.stages = [{ name: 'bars', busySeconds: 1, durations: new Tally() }];
  t.partitions = [{ p: 3, state: 'owned', lagMessages: 5, rows: 100 }];
  const { next, pass } = recorder(t);
  pass(1000);
  expect(next()).toMatchObject({
    v: 1, instance: 'p-1', pipeline: 'p', uptime_s: 1, rows: 0, rows_per_s: 0, lag_messages: null, lag_s: null, p99_ms: null, busy: 0.25,
    checkpoint_age_s: null, partitions: [{ p: 3, state: 'owned', lag: 5, rows_per_s: 0 }],
  });
  t.counts.rows = 500;
  t.sources[0].lagMessages = 7;
  t.sources[0].queue = 2;
  t.sources[0].watermark = (NOW + 3000 - 400) * 1000;
  t.sources[0].dropped.overrun = 4;
  t.stages[0].busySeconds = 1.5;
  t.partitions[0].rows = 300;
  t.latency.observe(0.004);
  t.levels.checkpointAt = NOW + 1000;
  t.signals.sell = 6;
  pass(2000);
  const second = next();
  expect(second).toMatchObject({
    rows: 500, rows_per_s: 250, lag_messages: 9, lag_s: 0.4, checkpoint_age_s: 2, signals: 6, dropped: 4, uptime_s: 3,
    partitions: [{ rows_per_s: 100 }], stages: [{ name: 'bars', busy: 0.25 }],
  });
  expect(second.p99_ms).toBeGreaterThan(2);
  expect(second.p99_ms).toBeLessThanOrEqual(5);
  pass(1000);
  expect(next()).toMatchObject({ rows_per_s: 0, p99_ms: null, stages: [{ busy: 0 }] });
});

it('is said on the bus at the start, and at the end with the state then', async () => {
  const t = new Telemetry('p');
  const bus = new MemoryBus();
  const heard = bus.subscribe(statusSubject('*'));
  const publisher = new StatusPublisher(bus, recorder(t).recorder, 'p-1');
  publisher.start();
  t.state = 'draining';
  publisher.stop();
  publisher.stop();
  const states: unknown[] = [];
  for (let m = heard.take(); m !== null; m = heard.take()) states.push(objectIn(m.payload)?.state);
  expect(states).toEqual(['starting', 'draining']);
});

it('what only looks like a record is left out, and none can steer the terminal', () => {
  const good = { ...recorder(new Telemetry('p')).next() } as Record<string, unknown>;
  expect(readStatus(good)).toMatchObject({ instance: 'p-1' });
  let now = 0;
  const fleet = new Fleet(() => now);
  for (const bad of [null, {}, { ...good, v: 2 }, { ...good, rows: 'many' }, { ...good, busy: Infinity }, { ...good, instance: 5 }, { ...good, lag_s: 'x' },
    { ...good, p99_ms: undefined }]) fleet.hear(bad);
  expect([fleet.list().length, fleet.unreadable]).toEqual([0, 8]);
  fleet.hear({ ...good, instance: '\x1b[2Jevil\r\n', host: '\x07', partitions: [{ p: 1, rows_per_s: 1, state: '\x1b]0;x\x07' }, 7, null], stages: 'x' });
  const table = topTable(fleet.list(), paints(false), { stages: true }).join('\n');
  expect(table).toContain('?[2Jevil??');
  expect(table).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  for (let i = 0; i < 3_000; i++) fleet.hear({ ...good, instance: `x${i}` });
  expect(fleet.list()).toHaveLength(1_000);
  now = 6_000;
  fleet.hear(good);
  expect(fleet.list().map((s) => s.instance)).toEqual(['p-1']);
  expect(topTable([], paints(false), {})).toEqual(['no engine reports on this bus']);
  const narrow = topTable(fleet.list(), paints(false), { width: 20 });
  expect(narrow.every((l) => l.length <= 20)).toBe(true);
});

it('sorts by lag, busy share and rate, the most first', () => {
  const base = recorder(new Telemetry('p')).next();
  const fleet = new Fleet(() => 0);
  const add = (instance: string, fields: Partial<EngineStatus>): void => fleet.hear({ ...base, instance, ...fields } as unknown as Record<string, unknown>);
  add('a', { lag_messages: 5, busy: 0.1, rows_per_s: 30 });
  add('b', { lag_messages: 50, busy: 0.2, rows_per_s: 10 });
  add('c', { lag_messages: null, lag_s: 9, busy: 0.9, rows_per_s: 20 });
  const order = (by: 'lag' | 'busy' | 'rate' | 'name'): string => fleet.list(by).map((s) => s.instance).join('');
  expect([order('lag'), order('busy'), order('rate'), order('name')]).toEqual(['bca', 'cba', 'acb', 'abc']);
});
