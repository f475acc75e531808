import type { Bus } from './bus.ts';
import { MemoryBus } from './memory.ts';
import { natsSettings } from './nats-settings.ts';
import type { NatsFlags } from './nats-settings.ts';

export interface OpenBusOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pipeline: string;
  readonly flags?: NatsFlags;
  /** Lines worth a person's attention: lost links, lost messages. */
  readonly say?: (line: string) => void;
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/** Which bus is meant: a flag, then MILLRACE_BUS, then NATS_URL, then the one inside the process. */
export const busAddress = (flag: string | undefined, env: OpenBusOptions['env']): string =>
  [flag, env.MILLRACE_BUS, env.NATS_URL].find((x) => x !== undefined && x !== '') ?? 'embedded';

/** Opens the bus at an address: `embedded`, or one or more addresses of a NATS server, whose client is loaded only then. */
export async function openBus(address: string, options: OpenBusOptions): Promise<Bus> {
  if (address === 'embedded') return new MemoryBus();
  const settings = natsSettings(address, options.env, options.flags ?? {});
  const [{ connectNats }, { NatsBus }] = await Promise.all([import('./nats-connect.ts'), import('./nats-bus.ts')]);
  const say = options.say ?? ((): void => undefined);
  const connection = await connectNats({
    ...settings, pipeline: options.pipeline, onNotice: ({ text }) => say(text),
    ...(options.waitMs === undefined ? {} : { waitMs: options.waitMs }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return new NatsBus(connection, { onNotice: ({ code, text }) => say(`${code}: ${text}`) });
}
