import type { NatsConnection } from '@nats-io/transport-node';
import { watchOf } from './nats-watch.ts';

export type LinkEvent = 'down' | 'up' | 'closed' | 'refused';
type Listener = (event: LinkEvent, error: Error | null) => void;

/** Whether a connection is up, for all logs that are open over it. */
export class Link {
  up: boolean;
  private readonly nc: NatsConnection;
  private readonly listeners = new Set<Listener>();
  private waiting: (() => void)[] = [];

  constructor(nc: NatsConnection) {
    const watch = watchOf(nc);
    this.nc = nc;
    this.up = watch.connected && !this.closed;
    watch.on((event, _refusal, error) => {
      if (event !== 'refused') this.up = event === 'up';
      this.tell(event, error);
    });
    void nc.closed().then(() => {
      this.up = false;
      this.tell('closed', null);
    });
  }

  /** True when nothing can be sent over it again. */
  get closed(): boolean {
    return this.nc.isClosed() || this.nc.isDraining();
  }

  on(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Resolves when the connection is up, or closed for good. */
  ready(): Promise<void> {
    return this.up || this.closed ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }

  private tell(event: LinkEvent, error: Error | null): void {
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
