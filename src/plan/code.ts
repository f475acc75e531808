import type { Registry } from '../core/registry.ts';

/**
 * Text that tells two versions of an operator or a function of the user's own apart: that of its file where it came from one, because its
 * functions call others there; else that of its own functions, which is all there is to see.
 */
export function codeOf(registry: Registry, name: string): string {
  const file = registry.code?.get(name);
  if (file !== undefined) return file;
  return [registry.kernels.get(name)?.code(), functionsOf(registry.operators.get(name) ?? {})].join('\n');
}

const functionsOf = (operator: object): string =>
  Object.entries(operator).flatMap(([key, value]) => (typeof value === 'function' ? [`${key}: ${String(value)}`] : [])).join('\n');
