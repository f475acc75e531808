import { KERNELS } from '../operators/kernels.ts';
import { OPERATORS } from '../operators/operators.ts';
import { OUTPUTS, SOURCES } from '../src/connect/catalogue.ts';
import type { Registry } from '../src/core/registry.ts';

const byName = <T extends { readonly name: string }>(list: readonly T[]): ReadonlyMap<string, T> => new Map(list.map((x) => [x.name, x]));

export const readRegistry = (): Registry => ({
  kernels: byName(KERNELS), operators: byName(OPERATORS), sources: byName(SOURCES), outputs: byName(OUTPUTS), custom: new Set(),
});
