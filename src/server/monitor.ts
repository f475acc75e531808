import type { Telemetry } from '../core/telemetry.ts';
import type { Address } from './address.ts';
import { HEALTH_LIMITS, readiness, type HealthLimits } from './health.ts';
import { HttpServer, type Answer } from './http.ts';
import { Metrics } from './metrics.ts';
import { Pulse } from './pulse.ts';
import type { Token } from './token.ts';

export interface MonitorOptions {
  readonly address: Address;
  readonly token: Token | null;
  readonly version: string;
  readonly limits?: HealthLimits;
  readonly onFault?: (path: string, error: unknown) => void;
  /** Scrapes that come sooner after one another share an answer, so that no number of scrapers costs the engine more than one. */
  readonly shareMs?: number;
}

/** How far back a stall of the event loop still counts, and how long it had to be, to say that the process does not live. */
const STALL_WITHIN_MS = 10_000;
const STALL_SECONDS = 1;
const SHARE_MS = 250;

/** `/metrics`, `/livez` and `/readyz` of a run. */
export class Monitor {
  readonly metrics: Metrics;
  readonly pulse = new Pulse();
  private readonly http: HttpServer;
  private readonly telemetry: Telemetry;
  private readonly limits: HealthLimits;
  private readonly shareMs: number;
  private shared: Promise<string> | null = null;
  private sharedAt = -Infinity;

  constructor(telemetry: Telemetry, options: MonitorOptions) {
    this.telemetry = telemetry;
    this.limits = options.limits ?? HEALTH_LIMITS;
    this.shareMs = options.shareMs ?? SHARE_MS;
    this.metrics = new Metrics(telemetry, { version: options.version, pulse: this.pulse });
    this.http = new HttpServer({
      address: options.address, token: options.token, ...(options.onFault === undefined ? {} : { onFault: options.onFault }),
      routes: { '/livez': () => this.livez(), '/readyz': () => this.readyz(), '/metrics': () => this.scrape() },
    });
  }

  get url(): string {
    return this.http.url;
  }

  get port(): number {
    return this.http.port;
  }

  async start(): Promise<void> {
    await this.http.start();
    this.pulse.start();
  }

  async stop(): Promise<void> {
    this.pulse.stop();
    await this.http.stop();
  }

  private livez(): Answer {
    const stall = this.pulse.stall(STALL_WITHIN_MS);
    const ok = stall < STALL_SECONDS;
    return json(ok ? 200 : 503, { ok, stalled_seconds: Number(stall.toFixed(3)) });
  }

  private readyz(): Answer {
    const checks = readiness(this.telemetry.read(), this.limits, Date.now());
    const ok = checks.every((c) => c.ok);
    const byName = Object.fromEntries(checks.map(({ name, ...c }) => [name, c]));
    return json(ok ? 200 : 503, { ok, pipeline: this.telemetry.pipeline, checks: byName });
  }

  private async scrape(): Promise<Answer> {
    const now = performance.now();
    if (this.shared === null || now - this.sharedAt >= this.shareMs) {
      this.sharedAt = now;
      this.shared = this.metrics.text();
    }
    return { status: 200, type: this.metrics.contentType, body: await this.shared };
  }
}

const json = (status: number, value: unknown): Answer => ({ status, type: 'application/json', body: `${JSON.stringify(value)}\n` });
