import type { EngineStatus } from '../server/status.ts';
import { clock, short } from './progress.ts';
import type { Paint } from './terminal.ts';
import { aligned } from './test-report.ts';

const HEAD = ['INSTANCE', 'STATE', 'UP', 'ROWS/S', 'ROWS', 'LAG', 'BUSY', 'P99', 'CKPT', 'RSS', 'SIGNALS', 'LATE', 'ERRORS', 'DROPPED',
  'HOST', 'PID'];

const maybe = (x: number | null, text: (x: number) => string): string => (x === null ? '-' : text(x));
const percent = (x: number): string => `${Math.round(x * 100)} %`;

/** `12 msg`, `0.3 s`, or both: how much there is to read, and how old the newest row is. */
function lag(s: EngineStatus): string {
  const parts = [maybe(s.lag_messages, (x) => `${short(x)} msg`), maybe(s.lag_s, (x) => `${x.toFixed(1)} s`)].filter((x) => x !== '-');
  return parts.length === 0 ? '-' : parts.join(' ');
}

const line = (s: EngineStatus): string[] => [
  s.instance, s.state, clock(s.uptime_s), short(s.rows_per_s), short(s.rows), lag(s), percent(s.busy),
  maybe(s.p99_ms, (x) => `${x.toFixed(1)} ms`), maybe(s.checkpoint_age_s, (x) => `${x.toFixed(1)} s`),
  `${Math.round(s.rss_bytes / 1e6)} MB`, short(s.signals), short(s.late), short(s.errors), short(s.dropped), s.host, String(s.pid),
];

interface TableOptions {
  readonly stages?: boolean;
  /** Columns of the screen: what is wider is cut, since a line that wraps spoils a table that redraws. */
  readonly width?: number;
}

/** Engines as a table, a line each; below each its partitions, and with `stages` its operators by the time they take. */
export function topTable(fleet: readonly EngineStatus[], paint: Paint, { stages = false, width = Infinity }: TableOptions): string[] {
  if (fleet.length === 0) return ['no engine reports on this bus'];
  const [head, ...rows] = aligned([HEAD, ...fleet.map(line)]);
  const cut = (text: string): string => text.slice(0, width);
  return [paint.bold(cut(head)), ...rows.flatMap((row, i) => [row, ...below(fleet[i], stages)]).map(cut)];
}

function below(s: EngineStatus, stages: boolean): string[] {
  const partitions = s.partitions.map((p) =>
    ['', `p${p.p}`, p.state, `${short(p.rows_per_s)} rows/s`, maybe(p.lag, (x) => `${short(x)} msg`)]);
  const busiest = stages ? [...s.stages].sort((a, b) => b.busy - a.busy).map((x) => ['', x.name, percent(x.busy)]) : [];
  return [...aligned(partitions), ...aligned(busiest)];
}
