import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Refusal } from '../core/diagnostic.ts';
import { isLoopback, type Address } from './address.ts';
import { judge } from './gate.ts';
import type { Token } from './token.ts';

/** What a path answers. `status` other than 200 is an answer too: 503 of a check that fails. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export type Routes = Readonly<Record<string, () => Answer | Promise<Answer>>>;

export interface HttpOptions {
  readonly address: Address;
  readonly token: Token | null;
  readonly routes: Routes;
  /** Told of faults inside a route; the client only learns that there was one. */
  readonly onFault?: (path: string, error: unknown) => void;
}

/** Bounds of what a client may ask of the process; each keeps a hostile or broken one from costing more than its own connection. */
const LIMITS = Object.freeze({
  headersMs: 5_000, requestMs: 10_000, idleMs: 5_000, headers: 64, headerBytes: 8_192, connections: 64, requestsPerConnection: 1_000,
});

/** A small HTTP server for the operator of a run: a few paths that are read, nothing that is written, no file behind any of them. */
export class HttpServer {
  private readonly options: HttpOptions;
  private readonly server: Server;
  private readonly loopback: boolean;
  /** Node forgets a connection that was upgraded, and would wait for it for ever. */
  private readonly sockets = new Set<Socket>();
  private bound: AddressInfo | null = null;

  constructor(options: HttpOptions) {
    this.options = options;
    const { address, token } = options;
    this.loopback = isLoopback(address.host);
    if (!this.loopback && token === null) {
      throw new Refusal('E792', `${address.host} can be reached from the network, and there is no token`, {
        exit: 2, help: [`--metrics 127.0.0.1:${address.port} keeps it on this machine`,
          'MILLRACE_METRICS_TOKEN or --metrics-token-file gives it a token'],
      });
    }
    this.server = createServer({
      headersTimeout: LIMITS.headersMs, requestTimeout: LIMITS.requestMs, keepAliveTimeout: LIMITS.idleMs,
      connectionsCheckingInterval: 1_000, maxHeaderSize: LIMITS.headerBytes,
    });
    this.server.maxHeadersCount = LIMITS.headers;
    this.server.maxConnections = LIMITS.connections;
    this.server.maxRequestsPerSocket = LIMITS.requestsPerConnection;
    // A client that takes no bytes of its answer for this long is cut off.
    this.server.timeout = LIMITS.requestMs;
    this.server.on('request', (req, res) => void this.serve(req, res));
    this.server.on('checkContinue', (_req: IncomingMessage, res: ServerResponse) => this.refuse(res, 413, 'no body is taken here'));
    this.server.on('connect', (_req: IncomingMessage, socket: Duplex) => hangUp(socket, 405));
    this.server.on('upgrade', (_req: IncomingMessage, socket: Duplex) => hangUp(socket, 400));
    this.server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
      if (socket.writable) hangUp(socket, BROKEN[error.code ?? ''] ?? 400);
      else socket.destroy();
    });
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  /** Listens; refuses an address that is taken, unless the next ones may be tried. */
  async start(): Promise<void> {
    const { host, port, anyOf = 1 } = this.options.address;
    for (let tried = 0; ; tried++) {
      try {
        await this.listen(host, port + tried);
        break;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EADDRINUSE' && tried + 1 < anyOf) continue;
        throw cannotListen(host, port, error as NodeJS.ErrnoException);
      }
    }
    this.bound = this.server.address() as AddressInfo;
    // Answering is no reason for the process to stay.
    this.server.unref();
  }

  async stop(): Promise<void> {
    if (this.bound === null) return;
    this.bound = null;
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      for (const socket of this.sockets) socket.destroy();
    });
  }

  get port(): number {
    return this.bound?.port ?? 0;
  }

  get url(): string {
    const { host } = this.options.address;
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.port}`;
  }

  private listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ host, port, exclusive: true }, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  private async serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    res.on('error', () => undefined);
    req.on('error', () => undefined);
    const { token, routes, onFault } = this.options;
    const fault = judge(req, { loopback: this.loopback, host: this.options.address.host, token });
    if (fault !== null) return this.refuse(res, fault.status, fault.message, fault.headers);
    const path = (req.url as string).split('?', 1)[0];
    if (!Object.hasOwn(routes, path)) return this.refuse(res, 404, `there are ${Object.keys(routes).join(', ')}`);
    try {
      const { status, type, body } = await routes[path]();
      this.send(req, res, status, type, body);
    } catch (error) {
      onFault?.(path, error);
      this.refuse(res, 500, 'a fault inside; the log of the run has it');
    }
  }

  private send(req: IncomingMessage, res: ServerResponse, status: number, type: string, body: string): void {
    if (res.destroyed) return;
    const bytes = Buffer.from(body, 'utf8');
    res.writeHead(status, { ...PLAIN, 'Content-Type': type, 'Content-Length': bytes.length });
    res.end(req.method === 'HEAD' ? undefined : bytes);
  }

  /** A refusal ends the connection: what else may come on it is not worth reading. */
  private refuse(res: ServerResponse, status: number, message: string, headers: Readonly<Record<string, string>> = {}): void {
    if (res.destroyed || res.headersSent) return;
    const body = `${JSON.stringify({ status, error: message })}\n`;
    res.writeHead(status, {
      ...PLAIN, ...headers, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), Connection: 'close',
    });
    res.end(body);
  }
}

const PLAIN = Object.freeze({
  'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'Content-Security-Policy': "default-src 'none'",
});

/** Status by what Node says of a request that it could not read. */
const BROKEN: Readonly<Record<string, number>> = Object.freeze({ HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 });

const raw = (status: number): string =>
  `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;

const LINGER_MS = 1_000;

/** Answers and leaves the other end a moment to read it, since a connection cut with something unread may take the answer with it. */
function hangUp(socket: Duplex, status: number): void {
  socket.on('error', () => undefined);
  socket.end(raw(status));
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): Refusal {
  const what = error.code === 'EADDRINUSE' ? 'another process listens there'
    : error.code === 'EACCES' ? 'the process may not use that port'
    : error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND' ? 'this machine has no such address' : error.message;
  return new Refusal('E791', `cannot listen on ${host}:${port}: ${what}`, {
    exit: 6, cause: error, help: ['--metrics 0 takes any free port of 127.0.0.1 and says which; --metrics off does without'],
  });
}
