import type { Registry } from 'prom-client';
import { CounterFamily, GaugeFamily, type Series } from './metric-kinds.ts';
import type { Pulse } from './pulse.ts';

/** The process itself, under the names that dashboards for Prometheus and Node.js know. */
export class ProcessMetrics {
  private readonly pulse: Pulse;
  private readonly values: readonly (readonly [Series, () => number])[];

  constructor(registry: Registry, { version, pulse }: { readonly version: string; readonly pulse: Pulse }) {
    this.pulse = pulse;
    const gauge = (name: string, help: string): Series => new GaugeFamily(registry, name, help).of();
    new GaugeFamily(registry, 'millrace_build_info', 'Always 1; the labels say what runs.', ['version', 'node'])
      .of(version, process.version).set(1);
    gauge('process_start_time_seconds', 'When the process started, seconds since 1970.').set(Date.now() / 1000 - process.uptime());
    this.values = [
      [gauge('process_resident_memory_bytes', 'Memory of the process.'), () => process.memoryUsage.rss()],
      [gauge('nodejs_heap_size_used_bytes', 'Heap in use.'), () => process.memoryUsage().heapUsed],
      [gauge('nodejs_eventloop_lag_p99_seconds', 'How late the event loop comes to the slowest of a hundred turns.'), () => this.pulse.p99],
      [new CounterFamily(registry, 'process_cpu_seconds_total', 'Processor time used.').of(), () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1e6;
      }],
    ];
  }

  update(): void {
    for (const [series, value] of this.values) series.set(value());
  }
}
