import type { Command } from 'commander';
import type { Bus } from '../bus/bus.ts';
import { busAddress, openBus } from '../bus/open-bus.ts';
import { withDotEnv } from './project.ts';
import type { Call } from './verb.ts';
import type { Prepared } from './wire.ts';

/** Flags of every verb that may meet a NATS server; secrets are named by their file. */
export interface BusFlags {
  readonly bus?: string;
  readonly creds?: string;
  readonly nkey?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsFirst?: boolean;
}

export const busFlags = (c: Command): Command => credentialFlags(c
  .option('--bus <bus>', 'embedded, or nats://host:port (default: MILLRACE_BUS, NATS_URL, or embedded)'));

export const credentialFlags = (c: Command): Command => c
  .option('--creds <file>', 'NATS credentials (NATS_CREDS)')
  .option('--nkey <file>', 'NATS nkey seed (NATS_NKEY_FILE)')
  .option('--tls-ca <file>', 'authority of the server\'s certificate (NATS_CA)')
  .option('--tls-cert <file>', 'certificate of this client (NATS_CERT)')
  .option('--tls-key <file>', 'its key (NATS_KEY)')
  .option('--tls-first', 'TLS before the protocol (NATS_TLS_FIRST)');

/** Opens the bus that flags and environment name; what happens to its connection goes to the terminal. */
export function busOf(flags: BusFlags, p: Pick<Prepared, 'doc' | 'env' | 'plan'>, call: Call): Promise<Bus> {
  const address = busAddress(flags.bus, p.env);
  return openBus(address, { env: p.env, pipeline: p.plan.name, flags, say: (line) => call.terminal.warn(`bus: ${line}`) });
}

/** The same for a verb without a pipeline; `who` is its name for the server's monitoring. */
export function openBusFor(flags: BusFlags, call: Call, who: string): Promise<Bus> {
  const env = withDotEnv(call.cwd, call.env);
  return openBus(busAddress(flags.bus, env), { env, pipeline: who, flags, say: (line) => call.terminal.warn(`bus: ${line}`) });
}

const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** What a run lost on its bus, as one line; null when that is nothing. */
export function lostOn(bus: Bus): string | null {
  const { dropped, gaps, refused, unsent, uncertain } = bus.stats();
  const parts = [
    dropped > 0 ? `${plural(dropped, 'message')} dropped because they came faster than they were taken` : '',
    gaps > 0 ? `${plural(gaps, 'gap')} of unknown size in the sources` : '',
    refused > 0 ? `${plural(refused, 'message')} the server would not take` : '',
    unsent > 0 ? `${plural(unsent, 'message')} not sent` : '',
    uncertain > 0 ? `${plural(uncertain, 'message')} under way when a link broke` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? null : `on the bus: ${parts.join(', ')}`;
}
