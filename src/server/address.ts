import { Refusal } from '../core/diagnostic.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
  /** The port was not asked for: the next ones are tried where it is taken. */
  readonly anyOf?: number;
}

export const DEFAULT_PORT = 9464;
/** Ports from the default on that are tried before giving up: some runs on one machine. */
const TRIED = 32;

export const DEFAULT_ADDRESS: Address = Object.freeze({ host: '127.0.0.1', port: DEFAULT_PORT, anyOf: TRIED });

/** Reads `port`, `host:port`, `[v6]:port`, `on` or `off`; null is off. */
export function parseAddress(text: string): Address | null {
  const given = text.trim();
  if (given === 'off') return null;
  if (given === 'on') return DEFAULT_ADDRESS;
  const m = /^(?:(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):)?(\d{1,5})$/.exec(given);
  const port = m === null ? NaN : Number(m[3]);
  if (m === null || !(port <= 65_535)) {
    throw new Refusal('E790', `\`${text}\` is no address to listen on`, {
      exit: 2, help: ['a port (9464), a host and a port (127.0.0.1:9464, [::1]:9464), on or off; port 0 is any free one'],
    });
  }
  return { host: m[1] ?? m[2] ?? '127.0.0.1', port };
}

/** True for an address that only this machine can reach. A name is not trusted to stay on it, but for `localhost`. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  const v4 = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/i.exec(host);
  return v4 !== null && v4[1] === '127' && v4.slice(2).every((b) => Number(b) <= 255);
}
