import { readRegistry } from './registry.ts';
import { readPipeline } from '../src/language/check.ts';
import { compile } from '../src/plan/compile.ts';
import type { Plan } from '../src/plan/ir.ts';

/** Compiles the text of a pipeline as the command line does; throws on the first fault, as a bench has none. */
export function planOf(text: string, observe: readonly string[] = []): Plan {
  const registry = readRegistry();
  const doc = readPipeline(text, { file: 'bench.yaml', base: '.', registry, env: {}, params: {}, readFile: () => null });
  const { plan, diagnostics } = compile(doc, registry, { observe: new Set(observe) });
  if (plan === null) throw new TypeError(diagnostics.map((d) => `${d.code} ${d.message}`).join('; '));
  return plan;
}
