import type { FieldSpec, Span } from '../../src/core/field.ts';
import type { Kernel } from '../../src/core/kernel.ts';
import { Random } from '../../src/core/random.ts';
import { formatDuration } from '../../src/core/time.ts';
import { KERNELS } from '../../operators/kernels.ts';
import { OPERATORS } from '../../operators/operators.ts';
import { EXTRA } from './extra.ts';
import { TRADING_EXTRA } from './trading.ts';
import { feedOf, type Feed } from './feed.ts';
import { market, MINUTE, SECOND, type StreamKind } from './market.ts';
import { pipelineOf, sourcesOf } from './pipeline.ts';

/** A pipeline to be held to the promises. */
export interface Case {
  readonly name: string;
  /** Entries of `nodes:`. */
  readonly nodes: string;
  readonly sources: readonly string[];
  /** Calendar and the like, as the file says it. */
  readonly time?: string;
}

const KIND: Readonly<Record<string, StreamKind>> = { trades: 'trade', quotes: 'quote', bars: 'bar', ticks: 'tick' };

/** How fast a market runs: operators over milliseconds and over days must both have something to say. */
export const PACES: readonly (readonly [ticks: number, bars: number])[] = [
  [200_000, 10 * SECOND], [4 * SECOND, MINUTE], [45 * SECOND, 60 * MINUTE],
];

export interface FeedOptions {
  readonly seed: number;
  readonly rows: number;
  readonly pace: number;
  readonly disorder?: number;
  readonly heartbeats?: boolean;
  readonly nulls?: boolean;
}

/** Rows for each source of a case, from one seed. The clock of every other source is a little ahead of the first one's. */
export function feedFor(sources: readonly string[], o: FeedOptions): Feed {
  return feedOf(sources.map((id, k) => {
    const [ticks, bars] = PACES[o.pace];
    const pace = id === 'bars' ? bars : ticks;
    const random = new Random(o.seed * 31 + k);
    const stragglers = o.disorder === undefined ? 0 : 0.05;
    return [id, market(KIND[id], random, {
      rows: o.rows, pace, ...(o.disorder === undefined ? {} : { disorder: o.disorder, stragglers }), heartbeats: o.heartbeats ?? false,
      nulls: o.nulls ?? true,
    })];
  }));
}

/** Every example of every operator, and the settings that no example shows. */
export function operatorCases(): Case[] {
  const examples = OPERATORS.flatMap((op) => op.examples.map((e): Case =>
    ({ name: `${op.name}: ${e.title}`, nodes: e.yaml, sources: sourcesOf(e.yaml) })));
  return [...examples, ...[...EXTRA, ...TRADING_EXTRA].map((c) => ({ ...c, sources: sourcesOf(c.nodes) }))];
}

/** What a kernel is given where it has no column by habit. */
const TEXT_OF: Readonly<Record<string, string>> = { bool: 'close > open', condition: 'close > open' };

const settingText = (spec: FieldSpec, most: number): string => {
  const value = spec.default;
  if (spec.kind === 'span') return String(Math.max(spec.min ?? 1, Math.min(most, (value as Span | undefined)?.rows ?? most)));
  if (spec.kind === 'int') return String(Math.max(spec.min ?? 1, Math.min(most, value as number)));
  if (spec.kind === 'duration') return formatDuration(value as number);
  return typeof value === 'string' ? `"${value}"` : String(value);
};

/** A call of a kernel with its defaults, no longer than `most` rows, or over `over` of time. */
export function callOf(k: Kernel, most: number, over: string | null = null): string {
  const inputs = k.inputs.map((i, n) => {
    if (i.type === 'bool') return TEXT_OF.bool;
    return i.column ?? (n === 0 ? 'close' : n === 1 ? 'volume' : 'open');
  });
  const params = Object.entries(k.params).map(([name, spec]) => (over !== null && name === 'period' ? over : settingText(spec, most)));
  return `${k.name}(${[...inputs, ...params].join(', ')})`;
}

const columnsOf = (k: Kernel, call: string): string =>
  k.outputs.map((o, n) => `    ${k.name}_${o.name}: ${n === 0 ? call : `${call}.${o.name}`}\n`).join('');

export interface KernelCase extends Case {
  readonly kernels: readonly Kernel[];
}

const takesTime = (k: Kernel): boolean => k.params.period?.kind === 'span';

/** Nodes of one kernel each, several to a pipeline; the ones that can look back over time once more over time. */
export function kernelCases(size = 9): KernelCase[] {
  const cases: KernelCase[] = [];
  const add = (list: readonly Kernel[], what: string, call: (k: Kernel) => string): void => {
    for (let at = 0; at < list.length; at += size) {
      const kernels = list.slice(at, at + size);
      const nodes = kernels.map((k) => `n_${k.name}:\n  from: bars\n  compute:\n${columnsOf(k, call(k))}`).join('');
      cases.push({ name: `kernels ${what} ${kernels[0].name}..${(kernels.at(-1) as Kernel).name}`, nodes, sources: ['bars'], kernels });
    }
  };
  add(KERNELS, 'by rows', (k) => callOf(k, 30));
  add(KERNELS.filter(takesTime), 'over time', (k) => callOf(k, 30, '3m'));
  return cases;
}

/** Lines above `sources:` for a case under disorder. */
export const timeOf = (c: Case, lateness: number, late: string): string => {
  const own = c.time === undefined ? [] : [c.time];
  const parts = [...own, ...(lateness === 0 ? [] : [`lateness: ${formatDuration(lateness)}`, `late: ${late}`])];
  return parts.length === 0 ? '' : `time: { ${parts.join(', ')} }\n`;
};

export const textOf = (c: Case, lateness = 0, late = 'drop', top = ''): string =>
  pipelineOf(c.nodes, c.sources, timeOf(c, lateness, late) + top);
