import type { NatsConnection, Status } from '@nats-io/transport-node';

export type LinkEvent = 'down' | 'up' | 'closed' | 'error';
type Listener = (event: LinkEvent, error?: Error) => void;

/** Whether a connection is up, for all who use it: one watcher of its status, however many logs are open over it. */
export class Link {
  up = true;
  closed = false;
  private readonly listeners = new Set<Listener>();
  private waiting: (() => void)[] = [];

  constructor(nc: NatsConnection) {
    this.closed = nc.isClosed();
    void this.watch(nc);
  }

  on(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Resolves when the connection is up, or closed for good. */
  ready(): Promise<void> {
    return this.up || this.closed ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }

  private async watch(nc: NatsConnection): Promise<void> {
    for await (const status of nc.status()) this.take(status);
    this.closed = true;
    this.tell('closed');
  }

  private take(status: Status): void {
    if (status.type === 'disconnect') {
      this.up = false;
      this.tell('down');
    } else if (status.type === 'reconnect') {
      this.up = true;
      this.tell('up');
    } else if (status.type === 'close') {
      this.closed = true;
      this.tell('closed');
    } else if (status.type === 'error') {
      this.tell('error', status.error);
    }
  }

  private tell(event: LinkEvent, error?: Error): void {
    if (this.up || this.closed) {
      const { waiting } = this;
      this.waiting = [];
      for (const go of waiting) go();
    }
    for (const listener of [...this.listeners]) listener(event, error);
  }
}

const LINKS = new WeakMap<NatsConnection, Link>();

export function linkOf(nc: NatsConnection): Link {
  let link = LINKS.get(nc);
  if (link === undefined) LINKS.set(nc, (link = new Link(nc)));
  return link;
}
