import type { EngineStatus } from '../server/status.ts';

/** An instance that has said nothing for this long has ended, or cannot be reached. */
const GONE_MS = 5_000;
/** Instances shown at most: a bus is open to whoever may publish on it. */
const MOST = 1_000;

const NUMBERS = ['pid', 'uptime_s', 'rows', 'rows_per_s', 'signals', 'busy', 'rss_bytes', 'late', 'errors', 'dropped'] as const;
const MAYBE = ['lag_messages', 'lag_s', 'p99_ms', 'checkpoint_age_s'] as const;
const TEXTS = ['instance', 'pipeline', 'host', 'state'] as const;

const finite = (x: unknown): x is number => typeof x === 'number' && Number.isFinite(x);
/** What was said by whoever is on the bus must not steer the terminal that it is shown on. */
const shown = (x: unknown): string => String(x).replace(/[^\x20-\x7e\u00a0-\u024f]/gu, '?').slice(0, 64);

/** A status record, or null for anything that only looks like one. */
export function readStatus(value: Readonly<Record<string, unknown>> | null): EngineStatus | null {
  if (value === null || value.v !== 1) return null;
  if (!NUMBERS.every((k) => finite(value[k])) || !TEXTS.every((k) => typeof value[k] === 'string')) return null;
  if (!MAYBE.every((k) => value[k] === null || finite(value[k]))) return null;
  const list = (x: unknown): Record<string, unknown>[] =>
    (Array.isArray(x) ? x : []).slice(0, 256).filter((e): e is Record<string, unknown> => typeof e === 'object' && e !== null);
  const given = value as unknown as EngineStatus;
  return {
    ...given, instance: shown(given.instance), pipeline: shown(given.pipeline), host: shown(given.host), state: shown(given.state),
    time: shown(given.time),
    partitions: list(value.partitions).filter((p) => finite(p.p) && finite(p.rows_per_s)).map((p) =>
      ({ p: p.p as number, state: shown(p.state), lag: finite(p.lag) ? p.lag : null, rows_per_s: p.rows_per_s as number })),
    stages: list(value.stages).filter((s) => finite(s.busy)).map((s) => ({ name: shown(s.name), busy: s.busy as number })),
  };
}

export type SortKey = 'lag' | 'busy' | 'rate' | 'name';

const BY: Readonly<Record<SortKey, (s: EngineStatus) => number>> = {
  lag: (s) => s.lag_messages ?? (s.lag_s ?? 0), busy: (s) => s.busy, rate: (s) => s.rows_per_s, name: () => 0,
};

/** The engines that report on a bus: the newest word of each. */
export class Fleet {
  private readonly seen = new Map<string, { readonly status: EngineStatus; readonly at: number }>();
  private readonly now: () => number;
  /** Messages on the subject that were no status. */
  unreadable = 0;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  hear(value: Readonly<Record<string, unknown>> | null): void {
    const status = readStatus(value);
    if (this.seen.size >= MOST) this.forget();
    if (status === null || (this.seen.size >= MOST && !this.seen.has(status.instance))) {
      this.unreadable += 1;
      return;
    }
    this.seen.set(status.instance, { status, at: this.now() });
  }

  /** Those that still report, the most of `sort` first. */
  list(sort: SortKey = 'name'): EngineStatus[] {
    this.forget();
    const all = [...this.seen.values()].map((s) => s.status).sort((a, b) => (a.instance < b.instance ? -1 : 1));
    return all.sort((a, b) => BY[sort](b) - BY[sort](a));
  }

  private forget(): void {
    const now = this.now();
    for (const [id, { at }] of this.seen) if (now - at > GONE_MS) this.seen.delete(id);
  }
}
