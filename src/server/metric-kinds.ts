import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { TALLY_BOUNDS, type Tally } from '../core/telemetry.ts';

/** What Prometheus sees: a child for each set of labels, made once, set to what a plain counter has at the time of the scrape. */
export interface Series {
  set(value: number): void;
}

/**
 * Counters whose truth lives elsewhere. A child is moved by how much its source has grown, so that it never goes back; where the source
 * did (a run that was restored), the child stays until the source has caught up.
 */
export class CounterFamily {
  private readonly counter: Counter;
  private readonly children = new Map<string, Series>();

  constructor(registry: Registry, name: string, help: string, labels: readonly string[] = []) {
    this.counter = new Counter({ name, help, labelNames: [...labels], registers: [registry] });
  }

  of(...labels: readonly string[]): Series {
    const key = labels.join('\u0000');
    let series = this.children.get(key);
    if (series === undefined) {
      const child = this.counter.labels(...labels);
      let last = 0;
      child.inc(0);
      series = {
        set(value) {
          if (value > last) {
            child.inc(value - last);
            last = value;
          }
        },
      };
      this.children.set(key, series);
    }
    return series;
  }
}

/** Gauges; a value that is no number is left out of the answer. */
export class GaugeFamily {
  private readonly gauge: Gauge;
  private readonly children = new Map<string, Series>();

  constructor(registry: Registry, name: string, help: string, labels: readonly string[] = []) {
    this.gauge = new Gauge({ name, help, labelNames: [...labels], registers: [registry] });
    this.gauge.reset();
    // A gauge without labels begins at 0, which is a value that nobody has set.
    if (labels.length === 0) this.gauge.remove();
  }

  of(...labels: readonly string[]): Series {
    const key = labels.join('\u0000');
    let series = this.children.get(key);
    if (series === undefined) {
      const { gauge } = this;
      let child = gauge.labels(...labels);
      let shown = false;
      series = {
        set(value) {
          if (Number.isFinite(value)) {
            if (!shown) child = gauge.labels(...labels);
            child.set(value);
          } else if (shown) gauge.remove(...labels);
          shown = Number.isFinite(value);
        },
      };
      this.children.set(key, series);
    }
    return series;
  }
}

interface Value {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Labels that many values have: the registry writes them out once for the same object. */
  readonly sharedLabels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NO_LABELS = Object.freeze({});
const BOUNDS = TALLY_BOUNDS.map((le) => Object.freeze({ le }));
const ALL = Object.freeze({ le: '+Inf' });

/** Shows tallies as histograms: their buckets are what is exported, nothing is observed twice. */
export class TallyFamily extends Histogram {
  private readonly family: { readonly name: string; readonly help: string; readonly labels: readonly string[] };
  private readonly tallies = new Map<string, { readonly labels: Record<string, string>; readonly tally: Tally }>();

  constructor(registry: Registry, name: string, help: string, labels: readonly string[] = []) {
    super({ name, help, labelNames: [...labels], registers: [registry] });
    this.family = { name, help, labels };
  }

  show(tally: Tally, ...labels: readonly string[]): void {
    const key = labels.join('\u0000');
    if (this.tallies.get(key)?.tally === tally) return;
    this.tallies.set(key, { tally, labels: Object.fromEntries(this.family.labels.map((l, i) => [l, labels[i]])) });
  }

  override async get(): ReturnType<Histogram['get']> {
    return this.getForPromString();
  }

  /** The form that the registry asks for where a metric has it. */
  async getForPromString(): ReturnType<Histogram['get']> {
    const { name, help } = this.family;
    const values = [...this.tallies.values()].flatMap(({ labels, tally }): Value[] => {
      let below = 0;
      const of = (what: string, own: Value['labels'], value: number): Value =>
        ({ metricName: `${name}_${what}`, labels: own, sharedLabels: labels, value });
      const buckets = BOUNDS.map((own, b) => of('bucket', own, below += tally.counts[b]));
      return [...buckets, of('bucket', ALL, tally.count), of('sum', NO_LABELS, tally.sum), of('count', NO_LABELS, tally.count)];
    });
    return { name, help, type: 'histogram', aggregator: 'sum', values, collect: () => undefined } as unknown as
      Awaited<ReturnType<Histogram['get']>>;
  }
}
