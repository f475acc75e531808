import type { Kernel } from '../core/kernel.ts';
import type { Operator } from '../core/operator.ts';
import type { Registry } from '../core/registry.ts';

/**
 * Text that tells two versions of an operator or a function of the user's own apart: that of its file where it came from one, because its
 * functions call others there; else that of its own functions, which is all there is to see.
 */
export function codeOf(registry: Registry, name: string): string {
  const file = registry.code?.get(name);
  if (file !== undefined) return file;
  const found: Kernel | Operator | undefined = registry.kernels.get(name) ?? registry.operators.get(name);
  if (found === undefined) return '';
  if (found.kind === 'kernel') return found.code();
  return Object.entries(found).flatMap(([key, value]) => (typeof value === 'function' ? [`${key}: ${String(value)}`] : [])).join('\n');
}
