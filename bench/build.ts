import { readRegistry } from './registry.ts';
import { readPipeline } from '../src/language/check.ts';
import type { Document } from '../src/language/document.ts';
import { compile } from '../src/plan/compile.ts';
import type { Plan } from '../src/plan/ir.ts';

/** Reads and compiles the text of a pipeline as the command line does; throws on the first fault, as a bench has none. */
export function pipelineOf(text: string, observe: readonly string[] = []): { readonly doc: Document; readonly plan: Plan } {
  const registry = readRegistry();
  const doc = readPipeline(text, { file: 'bench.yaml', base: '.', registry, env: {}, params: {}, readFile: () => null });
  const { plan, diagnostics } = compile(doc, registry, { observe: new Set(observe) });
  if (plan === null) throw new TypeError(diagnostics.map((d) => `${d.code} ${d.message}`).join('; '));
  return { doc, plan };
}

export const planOf = (text: string, observe: readonly string[] = []): Plan => pipelineOf(text, observe).plan;
