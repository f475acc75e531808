import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { sourceTelemetry, Telemetry } from '../src/core/telemetry.ts';
import { Metrics } from '../src/server/metrics.ts';
import { Pulse } from '../src/server/pulse.ts';
import { ROOT } from './shipped.ts';

const CONFIG = join(ROOT, 'config');
const read = (path: string): string => readFileSync(join(CONFIG, path), 'utf8');

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const rules = (parse(read('prometheus/rules.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap((g) => g.rules);
const dashboard = JSON.parse(read('grafana/dashboards/pipelines.json')) as {
  uid: string; panels: Panel[]; templating: { list: { name: string; type: string }[] };
};
const queries = dashboard.panels.flatMap((p) => p.targets ?? []);

/** Every metric that a run can show, with its labels; a histogram by the three names that its samples have. */
function registered(): ReadonlyMap<string, readonly string[]> {
  const t = new Telemetry('p');
  t.sources = [sourceTelemetry('s', true)];
  const { registry } = new Metrics(t, { version: '1', pulse: new Pulse() });
  const all = registry.getMetricsAsArray() as unknown as { name: string; type: string; labelNames: string[] }[];
  return new Map(all.flatMap((m): [string, string[]][] =>
    (m.type === 'histogram' ? [[`${m.name}_bucket`, [...m.labelNames, 'le']], [`${m.name}_sum`, m.labelNames], [`${m.name}_count`, m.labelNames]]
      : [[m.name, m.labelNames]])));
}

const KNOWN = registered();
/** What Prometheus adds to every series by itself. */
const ADDED = ['job', 'instance'];

/** Names of metrics in an expression, and of labels that it selects or groups by. */
function namesIn(expr: string): { metrics: string[]; labels: string[] } {
  const bare = expr.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  const metrics = [...bare.matchAll(/\b(millrace[_:][a-z0-9_:]+|process_[a-z_]+|nodejs_[a-z0-9_]+)\b/g)].map((m) => m[1]);
  const labels = [...bare.matchAll(/\{([^}]*)\}/g)].flatMap((m) => [...m[1].matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)].map((l) => l[1]));
  const groups = [...bare.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap((m) => m[1].split(',').map((l) => l.trim()));
  return { metrics, labels: [...labels, ...groups] };
}

describe('the rules and panels that ship', () => {
  const recorded = new Map(rules.filter((r) => r.record !== undefined).map((r) => [r.record as string, r]));

  it('name only metrics that exist, and labels that those have', () => {
    const exprs = [...rules, ...queries].map((r) => r.expr);
    expect(exprs.length).toBeGreaterThan(45);
    const used = new Set<string>();
    for (const expr of exprs) {
      const { metrics, labels } = namesIn(expr);
      expect(metrics.length + Number(expr.startsWith('up{')), expr).toBeGreaterThan(0);
      for (const name of metrics) {
        expect(KNOWN.has(name) || recorded.has(name), `${name} in ${expr}`).toBe(true);
        used.add(name);
      }
      const has = new Set([...ADDED, ...metrics.flatMap((m) => KNOWN.get(m) ?? ['pipeline', 'operator', 'le'])]);
      for (const label of labels) expect(has.has(label), `${label} in ${expr}`).toBe(true);
      expect(expr).not.toMatch(/symbol/);
    }
    // What a run shows and nobody looks at would be as good as absent.
    const unseen = [...KNOWN.keys()].filter((n) => !used.has(n) && !/_(sum|count)$/.test(n));
    expect(unseen.sort()).toEqual(['millrace_build_info', 'process_start_time_seconds']);
    expect(namesIn('rate(millrace_events_totals{symbol="A"}[1m])')).toEqual({ metrics: ['millrace_events_totals'], labels: ['symbol'] });
    expect(KNOWN.has('millrace_events_totals')).toBe(false);
  });

  it('cover the metrics of the plan of the product', () => {
    for (const name of ['events_total', 'operator_busy_seconds_total', 'operator_duration_seconds_bucket', 'event_to_signal_seconds_bucket',
      'watermark_lag_seconds', 'events_late_total', 'events_dropped_total', 'queue_length', 'state_bytes', 'signals_total', 'checkpoint_age_seconds',
      'checkpoint_bytes', 'checkpoint_seconds_bucket', 'source_lag_messages', 'outputs_pending', 'replayed_total', 'suppressed_total',
      'dead_letters_total', 'gaps_total', 'lease_changes_total', 'fenced_total', 'recording_bytes_total', 'bad_messages_total', 'build_info']) {
      expect(KNOWN.has(`millrace_${name}`), name).toBe(true);
    }
    for (const [name, labels] of KNOWN) expect([name, labels.includes('symbol')]).toEqual([name, false]);
  });

  it('alerts have a severity, a summary and what to do', () => {
    const alerts = rules.filter((r) => r.alert !== undefined);
    expect(alerts.length).toBeGreaterThan(12);
    for (const a of alerts) {
      expect(['page', 'ticket']).toContain(a.labels?.severity);
      expect(a.annotations?.summary, a.alert).toBeTruthy();
      expect(a.annotations?.description, a.alert).toBeTruthy();
    }
    expect(new Set(alerts.map((a) => a.alert)).size).toBe(alerts.length);
  });

  it('panels have a title, a text and a place of their own', () => {
    expect(dashboard.uid).toBe('millrace-pipelines');
    expect(dashboard.templating.list.map((v) => `${v.name} ${v.type}`)).toEqual(['datasource datasource', 'pipeline query']);
    expect(new Set(dashboard.panels.map((p) => p.id)).size).toBe(dashboard.panels.length);
    const taken = new Set<string>();
    for (const p of dashboard.panels) {
      if (p.type !== 'row') expect([p.title, (p.description ?? '') !== '', (p.targets ?? []).length > 0]).toEqual([p.title, true, true]);
      const { x, y, w, h } = p.gridPos;
      expect(x + w).toBeLessThanOrEqual(24);
      for (let i = x; i < x + w; i++) {
        for (let j = y; j < y + h; j++) {
          expect(taken.has(`${i},${j}`), `${p.title} at ${i},${j}`).toBe(false);
          taken.add(`${i},${j}`);
        }
      }
    }
  });

  it('the files that Prometheus and Grafana read are as they want them', () => {
    const prometheus = parse(read('prometheus/prometheus.yml')) as { rule_files: string[]; scrape_configs: { job_name: string }[] };
    expect([prometheus.rule_files, prometheus.scrape_configs[0].job_name]).toEqual([['rules.yml'], 'millrace']);
    for (const f of ['datasources/prometheus.yml', 'dashboards/millrace.yml']) {
      expect((parse(read(`grafana/provisioning/${f}`)) as { apiVersion: number }).apiVersion).toBe(1);
    }
  });

  it('promtool agrees, where it is installed', async (context) => {
    if (spawnSync('promtool', ['--version']).status !== 0) {
      console.log('promtool is not on PATH: rules and panels are checked by name only');
      context.skip();
      return;
    }
    const promtool = (...args: string[]): string => {
      const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: join(CONFIG, 'prometheus'), encoding: 'utf8' });
      return status === 0 ? 'ok' : `${stdout}${stderr}`;
    };
    expect(promtool('check', 'config', 'prometheus.yml')).toBe('ok');
    expect(promtool('test', 'rules', 'rules.test.yml')).toBe('ok');
    const folder = mkdtempSync(join(tmpdir(), 'millrace-promtool-'));
    const lines = queries.map((q, i) => `      - { record: "panel${i}", expr: ${JSON.stringify(q.expr.replaceAll('$pipeline', '.*'))} }`);
    writeFileSync(join(folder, 'panels.yml'), `groups:\n  - name: panels\n    rules:\n${lines.join('\n')}\n`);
    expect(promtool('check', 'rules', join(folder, 'panels.yml'))).toBe('ok');
    const scrape = await new Metrics(new Telemetry('p'), { version: '1', pulse: new Pulse() }).text();
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: scrape, encoding: 'utf8' });
    expect([checked.status, checked.stdout + checked.stderr]).toEqual([0, '']);
    rmSync(folder, { recursive: true });
  }, 60_000);
});
