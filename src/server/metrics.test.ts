import { afterEach, describe, expect, it } from 'vitest';
import { bump, sourceTelemetry, Tally, TALLY_BOUNDS, Telemetry } from '../core/telemetry.ts';
import { Metrics } from './metrics.ts';
import { Pulse } from './pulse.ts';
import { parseScrape } from './scrape.fixture.ts';

const pulses: Pulse[] = [];
afterEach(() => {
  for (const p of pulses.splice(0)) p.stop();
});

const NOW = 1_700_000_000_000;

function metricsOf(t: Telemetry): Metrics {
  const pulse = new Pulse();
  pulses.push(pulse);
  return new Metrics(t, { version: '1.2.3', pulse, now: () => NOW });
}

function full(): Telemetry {
  const t = new Telemetry('p');
  t.nodes = ['bars', 'cross'].map((id, i) => ({ id, operator: id, in: 10, out: 5 + i, late: i, errors: 2 * i, stateBytes: 64 * i }));
  t.sources = [sourceTelemetry('trades', true), sourceTelemetry('file', false)];
  t.sources[0].watermark = NOW * 1000 - 2_500_000;
  t.sources[0].lagMessages = 42;
  t.sources[0].dropped.queue_full = 7;
  t.sources[0].bad.set('E757', 3);
  t.sources[1].bad.set('E757', 2);
  t.stages = [{ name: 'bars+cross', busySeconds: 1.5, durations: new Tally() }];
  t.stages[0].durations.observe(0.004);
  t.signals.buy = 3;
  t.latency.observe(0.0015);
  t.latency.observe(0.7);
  bump(t.deadLetters, 'operator_failed', 4);
  Object.assign(t.counts, { rows: 10, epochs: 4, replayed: 1, suppressed: 2, gaps: 3, leaseChanges: 4, fenced: 5, recordingBytes: 6 });
  Object.assign(t.levels, { checkpointAt: NOW - 1500, checkpointBytes: 4096, outputsPending: 9, held: 8 });
  return t;
}

describe('a tally', () => {
  it('has bounds that rise by about as much each, and finds quantiles between them', () => {
    expect(TALLY_BOUNDS).toHaveLength(24);
    expect([TALLY_BOUNDS[0], TALLY_BOUNDS[3], TALLY_BOUNDS[18], TALLY_BOUNDS[23]]).toEqual([1e-6, 1e-5, 1, 50]);
    for (let i = 1; i < TALLY_BOUNDS.length; i++) expect(TALLY_BOUNDS[i] / TALLY_BOUNDS[i - 1]).toBeGreaterThan(1.99);
    const t = new Tally();
    expect(t.quantile(0.5)).toBeNaN();
    for (let i = 1; i <= 1000; i++) t.observe(i / 1000);
    for (const q of [0.1, 0.5, 0.9, 0.99]) expect(Math.abs(t.quantile(q) - q)).toBeLessThan(0.02);
    expect([t.count, Math.round(t.sum * 10)]).toEqual([1000, 5005]);
    const before = t.counts.slice();
    expect(t.quantile(0.99, before)).toBeNaN();
    t.observe(1e-5, 100);
    expect(t.quantile(0.99, before)).toBeLessThanOrEqual(1e-5);
    t.observe(1e9);
    expect(t.quantile(1)).toBe(50);
  });
});

describe('a scrape', () => {
  it('is well formed, line by line, and says what the telemetry has', async () => {
    const { value, families } = parseScrape(await metricsOf(full()).text());
    expect(families.size).toBeGreaterThan(25);
    const p = { pipeline: 'p' };
    expect(value('millrace_events_total', { ...p, operator: 'cross' })).toBe(6);
    expect(value('millrace_events_late_total', { ...p, operator: 'cross' })).toBe(1);
    expect(value('millrace_errors_total', { ...p, operator: 'cross' })).toBe(2);
    expect(value('millrace_state_bytes', { ...p, operator: 'cross' })).toBe(64);
    expect(value('millrace_events_dropped_total', { ...p, operator: 'trades', reason: 'queue_full' })).toBe(7);
    expect(value('millrace_bad_messages_total', { ...p, code: 'E757' })).toBe(5);
    expect(value('millrace_watermark_lag_seconds', { ...p, source: 'trades' })).toBe(2.5);
    expect(value('millrace_watermark_lag_seconds', { ...p, source: 'file' })).toBeUndefined();
    expect(value('millrace_source_lag_messages', { ...p, source: 'trades' })).toBe(42);
    expect(value('millrace_source_lag_messages', { ...p, source: 'file' })).toBeUndefined();
    expect(value('millrace_operator_busy_seconds_total', { ...p, operator: 'bars+cross' })).toBe(1.5);
    expect(value('millrace_operator_duration_seconds_bucket', { ...p, operator: 'bars+cross', le: '0.005' })).toBe(1);
    expect(value('millrace_operator_duration_seconds_bucket', { ...p, operator: 'bars+cross', le: '0.002' })).toBe(0);
    expect(value('millrace_signals_total', { ...p, side: 'buy' })).toBe(3);
    expect(value('millrace_signals_total', { ...p, side: 'sell' })).toBe(0);
    expect(value('millrace_event_to_signal_seconds_count', p)).toBe(2);
    expect(value('millrace_event_to_signal_seconds_sum', p)).toBeCloseTo(0.7015);
    expect(value('millrace_dead_letters_total', { ...p, reason: 'operator_failed' })).toBe(4);
    const plain: Readonly<Record<string, number>> = {
      replayed_total: 1, suppressed_total: 2, gaps_total: 3, lease_changes_total: 4, fenced_total: 5, recording_bytes_total: 6, epochs_total: 4,
      checkpoint_age_seconds: 1.5, checkpoint_bytes: 4096, outputs_pending: 9, rows_held: 8, warm_ratio: 1,
    };
    for (const [name, x] of Object.entries(plain)) expect([name, value(`millrace_${name}`, p)]).toEqual([name, x]);
    expect(value('millrace_build_info', { version: '1.2.3', node: process.version })).toBe(1);
    for (const name of ['process_resident_memory_bytes', 'process_cpu_seconds_total', 'process_start_time_seconds', 'nodejs_heap_size_used_bytes']) {
      expect([name, (value(name, {}) ?? 0) > 0]).toEqual([name, true]);
    }
    expect(value('nodejs_eventloop_lag_p99_seconds', {})).toBeGreaterThanOrEqual(0);
  });

  it('never goes back with a counter, leaves out what there is none of, and comes back with it', async () => {
    const t = full();
    const metrics = metricsOf(t);
    await metrics.text();
    t.counts.replayed = 0;
    t.levels.checkpointAt = NaN;
    const gone = parseScrape(await metrics.text());
    expect(gone.value('millrace_replayed_total', { pipeline: 'p' })).toBe(1);
    expect(gone.value('millrace_checkpoint_age_seconds', { pipeline: 'p' })).toBeUndefined();
    t.counts.replayed = 5;
    t.levels.checkpointAt = NOW;
    const back = parseScrape(await metrics.text());
    expect(back.value('millrace_replayed_total', { pipeline: 'p' })).toBe(5);
    expect(back.value('millrace_checkpoint_age_seconds', { pipeline: 'p' })).toBe(0);
  });

  it('has no label of a symbol, base units, and no metric in the registry that others share', async () => {
    const { families, samples } = parseScrape(await metricsOf(full()).text());
    for (const s of samples) expect(Object.keys(s.labels).filter((l) => /symbol|key|ticker/.test(l))).toEqual([]);
    for (const [name, f] of families) {
      expect(name).not.toMatch(/_(ms|millis|minutes|kb|mb|percent)(_|$)/);
      if (f.type === 'counter') expect(name).toMatch(/_total$/);
      else expect(name).not.toMatch(/_total$/);
    }
    const { register } = await import('prom-client');
    expect(register.getMetricsAsArray()).toEqual([]);
  });
});

it('the reader of scrapes sees what is wrong', () => {
  const good = '# HELP a_total A.\n# TYPE a_total counter\na_total{x="1"} 2\n';
  expect(parseScrape(good).value('a_total', { x: '1' })).toBe(2);
  for (const bad of [good.trimEnd(), good.replace('} 2', '} two'), good.replace('x="1"', 'x=1'), good.replace('a_total{', 'b_total{'),
    good.replace('# HELP a_total A.\n', ''), `${good}${good}`, good.replace('x="1"', 'x="1",x="2"'),
    '# HELP h H.\n# TYPE h histogram\nh_bucket{le="1"} 3\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\n',
    '# HELP h H.\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n']) {
    expect(() => parseScrape(bad), bad).toThrow();
  }
});
