import type { NatsConnection } from '@nats-io/transport-node';

/** The socket of a client, reached around its interface: see `Pulse`. */
interface Inner {
  readonly protocol?: {
    readonly connected?: boolean;
    readonly transport?: { readonly socket?: { readonly bytesRead?: number; destroy?(): void } };
  };
}

const TICK_MS = 250;
const PING_MS = 1000;
/** Silence after which a connection counts as dead. */
const DEAD_MS = 2500;
/** A tick that comes this late says that this process was busy: what the server sent may lie in the socket still. */
const LATE_MS = 750;

/**
 * Notices a link that is dead but looks open. The client's own pings do not do: an answer comes behind whatever is on its way to a
 * subscriber, so that a busy link is taken for a dead one, and is cut, in the moment when most would be lost. Here anything that arrives
 * is a sign of life, and a ping is sent so that something does. Nor does the client's own way to give a connection up: it waits until its
 * last write has left, which, where the peer hangs and the socket is full, takes until the kernel's timeout. Destroying the socket ends it.
 */
export class Pulse {
  private readonly nc: NatsConnection;
  private readonly onDead: (seconds: number) => void;
  private readonly timer: NodeJS.Timeout;
  private seen = performance.now();
  private ticked = performance.now();
  private pinged = 0;
  private waiting = false;
  private read = -1;

  constructor(nc: NatsConnection, onDead: (seconds: number) => void) {
    this.nc = nc;
    this.onDead = onDead;
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.timer.unref();
  }

  /** Another connection: nothing is known of it. */
  restart(): void {
    this.seen = performance.now();
    this.waiting = false;
    this.read = -1;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    const now = performance.now();
    const { protocol } = this.nc as unknown as Inner;
    const read = protocol?.transport?.socket?.bytesRead ?? this.nc.stats().inMsgs;
    if (read !== this.read || now - this.ticked > LATE_MS || protocol?.connected === false || this.nc.isClosed()) this.seen = now;
    this.read = read;
    this.ticked = now;
    if (this.nc.isClosed()) this.stop();
    else if (now - this.seen >= DEAD_MS) this.cut((now - this.seen) / 1000);
    else if (protocol?.connected !== false && !this.waiting && now - this.pinged >= PING_MS) this.ping(now);
  }

  private ping(now: number): void {
    this.pinged = now;
    this.waiting = true;
    const answered = (): void => {
      this.waiting = false;
    };
    this.nc.flush().then(() => {
      this.seen = performance.now();
      answered();
    }, answered);
  }

  private cut(seconds: number): void {
    this.restart();
    this.onDead(seconds);
    const socket = (this.nc as unknown as Inner).protocol?.transport?.socket;
    if (socket?.destroy === undefined) void this.nc.reconnect().catch(() => undefined);
    else socket.destroy();
  }
}
