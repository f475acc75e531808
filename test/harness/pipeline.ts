import type { Kernel } from '../../src/core/kernel.ts';
import type { Operator } from '../../src/core/operator.ts';
import type { Registry } from '../../src/core/registry.ts';
import { Engine, type EngineOptions } from '../../src/engine/engine.ts';
import { readPipeline } from '../../src/language/check.ts';
import type { Document } from '../../src/language/document.ts';
import { compile } from '../../src/plan/compile.ts';
import type { Plan } from '../../src/plan/ir.ts';
import { PIPELINES, REGISTRY } from '../shipped.ts';

/** The registry that ships, with operators and functions of one's own beside it: those may throw and are guarded. */
export function withCustom(kernels: readonly Kernel[], operators: readonly Operator[]): Registry {
  return {
    ...REGISTRY,
    kernels: new Map([...REGISTRY.kernels, ...kernels.map((k): [string, Kernel] => [k.name, k])]),
    operators: new Map([...REGISTRY.operators, ...operators.map((o): [string, Operator] => [o.name, o])]),
    custom: new Set([...kernels, ...operators].map((x) => x.name)),
  };
}

export const readText = (text: string, registry: Registry = REGISTRY): Document =>
  readPipeline(text, { file: 'p.yaml', base: PIPELINES, registry, env: {}, params: {}, readFile: () => null });

/** A pipeline under test: gives as many engines of it as are wanted, each from a plan of its own. */
export interface Subject {
  readonly name: string;
  readonly text: string;
  readonly plan: Plan;
  engine(options?: EngineOptions): Engine;
}

export function subjectOf(name: string, text: string, registry: Registry = REGISTRY): Subject {
  const doc = readText(text, registry);
  const planned = (): Plan => {
    const { plan, diagnostics } = compile(doc, registry, { observe: 'all' });
    if (plan !== null) return plan;
    const said = diagnostics.filter((d) => d.severity === 'error');
    throw new TypeError(`${name} does not compile: ${said.map((d) => `${d.code} ${d.message}`).join('; ')}\n${text}`);
  };
  return { name, text, plan: planned(), engine: (options = {}) => new Engine(planned(), { hash: 'all', ...options }) };
}

const SOURCE: Readonly<Record<string, string>> = {
  trades: 'schema: trade', quotes: 'schema: quote', bars: 'schema: bar\n    stamp: close',
  ticks: 'schema: { ts: time, symbol: text, px: f64, qty: i64, venue: text, auction: bool, tier: low < mid < top }',
};

const indented = (text: string, by: number): string => text.replace(/^(?=.)/gm, ' '.repeat(by));

/** A whole pipeline around `nodes:` entries, with those of the sources trades, quotes, bars and ticks that are named in `sources`. */
export function pipelineOf(nodes: string, sources: readonly string[], top = ''): string {
  const declared = sources.map((id) => `  ${id}:\n    synthetic: { symbols: [KO] }\n    ${SOURCE[id]}\n`).join('');
  return `apiVersion: 1\npipeline: under-test\n${top}sources:\n${declared}nodes:\n${indented(nodes.trimEnd(), 2)}\n`;
}

/** The sources that nodes written as they stand in an example read. */
export function sourcesOf(nodes: string): string[] {
  const named = [...nodes.matchAll(/^ {2}from: (.*)$/gm)].flatMap((m) => m[1].match(/\w+/g) ?? []);
  const read = [...nodes.matchAll(/\b(\w+)\.\w+/g)].map((m) => m[1]);
  return Object.keys(SOURCE).filter((id) => named.includes(id) || read.includes(id));
}
