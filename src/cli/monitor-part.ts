import type { Command } from 'commander';
import { DEFAULT_ADDRESS, parseAddress } from '../server/address.ts';
import { HEALTH_LIMITS } from '../server/health.ts';
import { Monitor } from '../server/monitor.ts';
import { Token, tokenFile } from '../server/token.ts';
import type { LiveRun, RunPart } from './live-run.ts';
import { lengthOf } from './overrides.ts';
import { version } from './program.ts';

export interface MonitorFlags {
  readonly metrics?: string;
  readonly metricsTokenFile?: string;
  readonly readyLag?: string;
}

export const monitorFlags = (c: Command): Command => c
  .option('--metrics <address>', 'metrics and health by HTTP: host:port, a port, on or off (MILLRACE_METRICS; default: on with a bus '
    + 'server, else off)')
  .option('--metrics-token-file <file>', 'a token that readers of the metrics must have (or MILLRACE_METRICS_TOKEN)')
  .option('--ready-lag <time>', `how far behind a live source may be when /readyz says yes (default: ${HEALTH_LIMITS.lagSeconds}s)`);

/** The HTTP server of a run, where one is wanted: asked for, or with a bus server, where somebody will look after the run. */
export function monitorPart(run: LiveRun, flags: MonitorFlags, byDefault: boolean): RunPart | null {
  const { env } = run.prepared;
  const asked = flags.metrics ?? env.MILLRACE_METRICS;
  const address = asked === undefined || asked === '' ? (byDefault ? DEFAULT_ADDRESS : null) : parseAddress(asked);
  if (address === null) return null;
  const secret = env.MILLRACE_METRICS_TOKEN;
  const token = flags.metricsTokenFile !== undefined ? tokenFile(flags.metricsTokenFile)
    : secret !== undefined && secret !== '' ? new Token(secret, 'MILLRACE_METRICS_TOKEN') : null;
  const { terminal } = run.call;
  const monitor = new Monitor(run.telemetry, {
    address, token, version: version(),
    limits: { ...HEALTH_LIMITS, ...(flags.readyLag === undefined ? {} : { lagSeconds: lengthOf('--ready-lag', flags.readyLag) / 1000 }) },
    onFault: (path, error) => terminal.warn(`${path} failed: ${error instanceof Error ? error.message : String(error)}`, { code: 'E900' }),
  });
  return {
    name: 'metrics',
    async start() {
      await monitor.start();
      terminal.say(`metrics and health at ${monitor.url}${token === null ? '' : ', with a token'}`, { url: monitor.url });
    },
    stop: () => monitor.stop(),
  };
}
