import { createHash } from 'node:crypto';
import { identify, type Identities } from '../plan/identity.ts';
import type { Plan } from '../plan/ir.ts';

const LENGTH = 32;
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, LENGTH);

/** Plans do not change, and their identities cost a hash per value. */
const known = new WeakMap<Plan, Map<string, Identities>>();

export function identitiesOf(plan: Plan, universe: readonly string[] | null = null): Identities {
  let made = known.get(plan);
  if (made === undefined) known.set(plan, (made = new Map()));
  const key = universe === null ? '*' : `:${[...universe].sort().join()}`;
  let found = made.get(key);
  if (found === undefined) made.set(key, (found = identify(plan, sha256, universe)));
  return found;
}

/** 32 hexadecimal digits (of SHA-256): the same for plans that make the same rows of the same sources, see `identify`. */
export const planHash = (plan: Plan, universe: readonly string[] | null = null): string => identitiesOf(plan, universe).plan;
