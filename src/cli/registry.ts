import { KERNELS } from '../../operators/kernels.ts';
import { OPERATORS } from '../../operators/operators.ts';
import { OUTPUTS, SOURCES } from '../connect/catalogue.ts';
import type { Connector } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { Kernel } from '../core/kernel.ts';
import type { Operator } from '../core/operator.ts';
import type { Registry } from '../core/registry.ts';

const named = <T extends { readonly name: string }>(list: readonly T[]): Map<string, T> => new Map(list.map((x) => [x.name, x]));

/** What ships, and the user's own kernels and operators beside it, with the text of their files by name. */
export function makeRegistry(custom: readonly (Kernel | Operator)[] = [], code: ReadonlyMap<string, string> = new Map()): Registry {
  const kernels = named<Kernel>(KERNELS);
  const operators = named<Operator>(OPERATORS);
  const sources: ReadonlyMap<string, Connector> = named(SOURCES);
  const outputs: ReadonlyMap<string, Connector> = named(OUTPUTS);
  for (const own of custom) {
    const table: Map<string, Kernel | Operator> = own.kind === 'kernel' ? kernels : operators;
    if (table.has(own.name)) {
      throw new Refusal('E804', `\`${own.name}\` exists already`,
        { exit: 3, help: ['give your operator another name: what ships cannot be replaced'] });
    }
    table.set(own.name, own);
  }
  return { kernels, operators, sources, outputs, custom: new Set(custom.map((c) => c.name)), code };
}
