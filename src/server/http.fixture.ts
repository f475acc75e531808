import { connect } from 'node:net';

export interface Reply {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Writes bytes to a port and reads until the other end has had enough; null when it hung up without a word. */
export function raw(port: number, bytes: string | Buffer, { endAfter = true } = {}): Promise<Reply | null> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const parts: Buffer[] = [];
    socket.on('data', (d: Buffer) => parts.push(d));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(parse(Buffer.concat(parts).toString('latin1'))));
    socket.on('connect', () => {
      socket.write(bytes);
      if (endAfter) socket.end();
    });
  });
}

export function get(port: number, path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Reply> {
  const all = { Host: `127.0.0.1:${port}`, Connection: 'close', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return raw(port, `${method} ${path} HTTP/1.1\r\n${lines}\r\n`) as Promise<Reply>;
}

function parse(text: string): Reply | null {
  const m = /^HTTP\/1\.1 (\d{3})[^\r]*\r\n([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(text);
  if (m === null) return null;
  const headers = new Map(m[2].split('\r\n').map((l) => [l.slice(0, l.indexOf(':')).toLowerCase(), l.slice(l.indexOf(':') + 1).trim()]));
  return { status: Number(m[1]), headers, body: m[3] };
}
