import { AuthorizationError, PermissionViolationError, UserAuthenticationExpiredError } from '@nats-io/transport-node';
import type { NatsConnection, Status } from '@nats-io/transport-node';
import { Refusal } from '../core/diagnostic.ts';
import { Pulse } from './nats-pulse.ts';

/** What happened to a connection, as a line for the log; `refusal` where a user has to mend something. */
export interface ConnectionNotice {
  readonly kind: 'disconnect' | 'reconnect' | 'stale' | 'error' | 'refused' | 'slow' | 'ldm' | 'closed' | 'waiting';
  readonly text: string;
  readonly refusal?: Refusal;
}

export interface ConnectionCounts {
  disconnects: number;
  reconnects: number;
  /** Errors that the server sent. */
  errors: number;
  /** Publishes and subscriptions that the server refused. */
  refused: number;
  slow: number;
  /** Times the server said that it is about to leave (lame duck mode). */
  ldm: number;
}

/** A line of the same text is written at most this often; permission violations come one for every message. */
const REPEAT_MS = 10_000;
const REMEMBERED = 64;

/** A fault that the server reported as what a user can mend. */
export function refusalOf(error: unknown, who: string): Refusal | null {
  if (error instanceof PermissionViolationError) {
    const verb = error.operation === 'publish' ? 'publish to' : 'subscribe to';
    const list = error.operation === 'publish' ? 'publish' : 'subscribe';
    return new Refusal('E767', `${who} may not ${verb} \`${error.subject}\``, {
      exit: 6, cause: error, help: [
        `give the user the right in the server's configuration: permissions { ${list}: { allow: ["${error.subject}"] } }`,
        'config/nats-server.conf shows the rights that each part needs',
      ],
    });
  }
  if (error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError) {
    const expired = error instanceof UserAuthenticationExpiredError || /expired/i.test(error.message);
    return new Refusal('E767', expired ? 'the credentials have expired' : 'the server does not accept the credentials, or wants some', {
      exit: 6, cause: error, help: ['--creds FILE, --nkey FILE, NATS_TOKEN or NATS_TOKEN_FILE say who you are',
        'the server must know that user: see `authorization` in its configuration'],
    });
  }
  return null;
}

type Listener = (event: 'down' | 'up' | 'refused', refusal: Refusal | null, error: Error | null) => void;

/** Follows a connection: counts, one line for each thing worth saying, and the moments it goes down and comes up. */
export class ConnectionWatch {
  readonly counts: ConnectionCounts = { disconnects: 0, reconnects: 0, errors: 0, refused: 0, slow: 0, ldm: 0 };
  private readonly nc: NatsConnection;
  private readonly who: string;
  private readonly say: (notice: ConnectionNotice) => void;
  private readonly listeners = new Set<Listener>();
  private readonly said = new Map<string, number>();
  private readonly pulse: Pulse;
  private up = true;

  constructor(nc: NatsConnection, who: string, say: (notice: ConnectionNotice) => void) {
    this.nc = nc;
    this.who = who;
    this.say = say;
    this.pulse = new Pulse(nc, (seconds) => this.tell('stale', `nothing came from the server for ${seconds.toFixed(1)} s`));
    void this.follow();
  }

  get connected(): boolean {
    return this.up;
  }

  on(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private async follow(): Promise<void> {
    for await (const status of this.nc.status()) this.take(status);
  }

  private take(status: Status): void {
    switch (status.type) {
      case 'disconnect':
        if (this.up) this.counts.disconnects++;
        this.change('down');
        this.tell('disconnect', `lost the connection to ${status.server}`);
        break;
      case 'reconnect':
        this.counts.reconnects++;
        this.change('up');
        this.tell('reconnect', `connected to ${status.server} again`);
        break;
      case 'error': return this.fault(status.error);
      case 'slowConsumer':
        this.counts.slow++;
        this.tell('slow', `${status.pending} messages of ${status.sub.getSubject()} wait to be taken`);
        break;
      case 'ldm':
        this.counts.ldm++;
        this.tell('ldm', `${status.server} is about to leave; the client moves to another server of the cluster`);
        break;
      case 'close':
        this.pulse.stop();
        this.change('down');
        break;
      default:
    }
  }

  private fault(error: Error): void {
    this.counts.errors++;
    const refusal = refusalOf(error, this.who);
    if (refusal !== null) this.counts.refused++;
    for (const listener of this.listeners) listener('refused', refusal, error);
    this.tell(refusal === null ? 'error' : 'refused', refusal?.message ?? `the server says: ${error.message}`, refusal);
  }

  private change(to: 'up' | 'down'): void {
    this.up = to === 'up';
    if (this.nc.isClosed()) this.pulse.stop();
    else this.pulse.restart();
    for (const listener of this.listeners) listener(to, null, null);
  }

  private tell(kind: ConnectionNotice['kind'], text: string, refusal: Refusal | null = null): void {
    const now = performance.now();
    const repeats = kind === 'error' || kind === 'refused' || kind === 'slow';
    if (repeats && now - (this.said.get(text) ?? -Infinity) < REPEAT_MS) return;
    if (this.said.size >= REMEMBERED) this.said.clear();
    this.said.set(text, now);
    this.say({ kind, text, ...(refusal === null ? {} : { refusal }) });
  }
}

const watches = new WeakMap<NatsConnection, ConnectionWatch>();

/** The watch of a connection; one that was made elsewhere gets a silent one. */
export function watchOf(nc: NatsConnection, who = 'the user', say: (notice: ConnectionNotice) => void = () => undefined): ConnectionWatch {
  let watch = watches.get(nc);
  if (watch === undefined) {
    watch = new ConnectionWatch(nc, who, say);
    watches.set(nc, watch);
  }
  return watch;
}
