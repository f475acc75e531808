import type { SourceTelemetry, Telemetry } from '../core/telemetry.ts';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, and against which limit. */
  readonly detail: string;
}

export interface HealthLimits {
  /** Most seconds of event time a live source that has more to read may be behind. */
  readonly lagSeconds: number;
  /** Oldest that the newest checkpoint of a durable run may be. */
  readonly checkpointSeconds: number;
}

export const HEALTH_LIMITS: HealthLimits = Object.freeze({ lagSeconds: 30, checkpointSeconds: 30 });

/** Seconds of event time between a live source and the wall clock; NaN where that means nothing. */
export function lagSeconds(s: SourceTelemetry, nowMs: number): number {
  return s.live && Number.isFinite(s.watermark) ? Math.max(0, nowMs / 1000 - s.watermark / 1e6) : NaN;
}

const seconds = (x: number): string => `${x.toFixed(1)} s`;

/** Whether a run can be relied on now, check by check. Values are as of the last `telemetry.read()`. */
export function readiness(t: Telemetry, limits: HealthLimits, nowMs: number): Check[] {
  const off = t.sources.filter((s) => !s.connected).map((s) => s.id);
  const connected = off.length === 0;
  return [
    { name: 'running', ok: t.state === 'running', detail: t.state },
    { name: 'sources', ok: connected, detail: connected ? `${t.sources.length} connected` : `not connected: ${off.join(', ')}` },
    { name: 'warm_up', ok: t.levels.warm >= 1, detail: `${Math.floor(Math.min(1, t.levels.warm) * 100)} % of the rows needed` },
    lag(t.sources, limits.lagSeconds, nowMs),
    checkpoint(t, limits.checkpointSeconds, nowMs),
  ];
}

/** A source with nothing left to read is not behind, however quiet its market is. */
function lag(sources: readonly SourceTelemetry[], limit: number, nowMs: number): Check {
  const behind = sources.filter((s) => lagSeconds(s, nowMs) > limit && !(s.lagMessages === 0 && s.queue === 0));
  if (behind.length === 0) return { name: 'lag', ok: true, detail: `below ${seconds(limit)}` };
  const detail = behind.map((s) => `${s.id} is ${seconds(lagSeconds(s, nowMs))} behind`).join(', ');
  return { name: 'lag', ok: false, detail: `${detail}; limit ${seconds(limit)}` };
}

function checkpoint(t: Telemetry, limit: number, nowMs: number): Check {
  const name = 'checkpoint';
  if (!t.durable) return { name, ok: true, detail: 'this run stores none' };
  const age = (nowMs - t.levels.checkpointAt) / 1000;
  if (Number.isNaN(age)) return { name, ok: false, detail: 'none stored yet' };
  return { name, ok: age <= limit, detail: `${seconds(age)} old; limit ${seconds(limit)}` };
}
