import type { Bus } from '../bus/bus.ts';
import { usage } from './fail.ts';

/** Opens the bus that a running engine is on. How is the bus's business; `top` and `tap` only publish and subscribe. */
export type OpenBus = (url: string, env: Readonly<Record<string, string | undefined>>) => Promise<Bus>;

export const openBus: OpenBus = async (url) => {
  throw usage(`\`${url}\` needs a client for a bus server, which this version does not have`);
};
