import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Transform } from 'node:stream';
import { NatsBus } from '../../src/bus/nats-bus.ts';
import type { BusNotice, NatsBusOptions } from '../../src/bus/nats-bus.ts';
import { connectNats } from '../../src/bus/nats-connect.ts';
import type { ConnectionNotice } from '../../src/bus/nats-watch.ts';
import type { Subscription } from '../../src/bus/bus.ts';

export interface Opened {
  readonly bus: NatsBus;
  readonly lost: BusNotice[];
  readonly link: ConnectionNotice[];
}

export async function openAt(url: string, options: NatsBusOptions = {}): Promise<Opened> {
  const lost: BusNotice[] = [];
  const link: ConnectionNotice[] = [];
  const connection = await connectNats({ servers: [url], pipeline: 'fault', onNotice: (n) => link.push(n) });
  return { bus: new NatsBus(connection, { ...options, onNotice: (n) => lost.push(n) }), lost, link };
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits for something to become true; a test fails by its own timeout, not by a clock here. */
export async function until(what: () => boolean): Promise<void> {
  while (!what()) await pause(10);
}

export const drain = (s: Subscription): string[] => {
  const out: string[] = [];
  for (let m = s.take(); m !== null; m = s.take()) out.push(Buffer.from(m.payload as Uint8Array).toString('utf8'));
  return out;
};

const slowed = (bytesPerSecond: number): Transform => new Transform({
  transform: (chunk: Buffer, _, next) => void setTimeout(() => next(null, chunk), (chunk.length / bytesPerSecond) * 1000),
});

/** A wire between a client and a server that can be cut without a word, so that neither end is told. */
export class Wire {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private cut = false;

  private constructor(server: Server) {
    this.server = server;
  }

  /** `bytesPerSecond` slows what the server sends. */
  static async to(port: number, bytesPerSecond = Infinity): Promise<Wire> {
    const server = createServer({ pauseOnConnect: true });
    const wire = new Wire(server);
    server.on('connection', (near) => {
      wire.sockets.add(near.on('error', () => undefined));
      if (wire.cut) return;
      const far = connect(port, '127.0.0.1').on('error', () => undefined);
      wire.sockets.add(far);
      near.pipe(far);
      if (bytesPerSecond === Infinity) far.pipe(near);
      else far.pipe(slowed(bytesPerSecond)).pipe(near);
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    return wire;
  }

  get url(): string {
    return `nats://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Nothing gets through any more, and connections stay open. */
  silence(): void {
    this.cut = true;
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  mend(): void {
    this.cut = false;
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  close(): void {
    this.mend();
    this.server.close();
  }
}
