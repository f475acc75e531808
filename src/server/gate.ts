import type { IncomingMessage } from 'node:http';
import type { Token } from './token.ts';

export interface Denial {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Gate {
  readonly loopback: boolean;
  readonly host: string;
  readonly token: Token | null;
}

/** Headers of which a second one could mean something else to whoever stands in between. */
const ONCE = new Set(['host', 'authorization', 'origin', 'content-length', 'transfer-encoding']);

const denied = (status: number, message: string, headers?: Denial['headers']): Denial =>
  ({ status, message, ...(headers === undefined ? {} : { headers }) });

/** Whether a request may be answered at all, before anybody looks at its path. Null lets it through. */
export function judge(req: IncomingMessage, gate: Gate): Denial | null {
  if (req.method !== 'GET' && req.method !== 'HEAD') return denied(405, 'only GET and HEAD', { Allow: 'GET, HEAD' });
  const seen = new Set<string>();
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    const name = req.rawHeaders[i].toLowerCase();
    if (ONCE.has(name) && seen.has(name)) return denied(400, `${name} is there twice`);
    seen.add(name);
  }
  const { headers } = req;
  const length = headers['content-length'];
  if (headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')) return denied(413, 'no body is taken here');
  if (!/^\/[\x21-\x7e]*$/.test(req.url ?? '')) return denied(400, 'the target is no path');
  // A page in a browser has no business here, and one whose name was pointed at this machine shows by the name it asks for.
  if (headers.origin !== undefined) return denied(403, 'no requests from web pages');
  if (gate.loopback && !knownHost(headers.host, gate)) return denied(403, 'unknown host');
  if (gate.token !== null && !gate.token.accepts(headers.authorization)) {
    return denied(401, 'a token is needed: Authorization: Bearer <token>', { 'WWW-Authenticate': 'Bearer realm="millrace"' });
  }
  return null;
}

/** The port does not matter: a tunnel may have another one at its near end. */
function knownHost(host: string | undefined, gate: Gate): boolean {
  const m = /^(\[[0-9a-fA-F:.]+\]|[^:]+)(?::\d{1,5})?$/.exec(host ?? '');
  if (m === null) return false;
  const name = m[1].toLowerCase().replace(/^\[|\]$/g, '');
  return name === 'localhost' || name === '127.0.0.1' || name === '::1' || name === gate.host.toLowerCase();
}
