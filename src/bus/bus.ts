import type { SubjectTemplate } from './subject.ts';

/** What a message carries: bytes as on a wire, or text where both ends are in this process. Bytes belong to the bus once published. */
export type Payload = Uint8Array | string;

export type Headers = readonly (readonly [name: string, value: string])[];

export interface Message {
  readonly subject: string;
  readonly payload: Payload;
  /** A header's value, or the empty text. */
  header(name: string): string;
}

export interface SubscribeOptions {
  /** Messages held for a subscriber that has not taken them yet. */
  readonly capacity?: number;
  /**
   * `drop` loses the newest and counts it; `wait` holds the publisher's promise back until there is room. Publishers on a server cannot be
   * held: there `wait` is `drop`.
   */
  readonly whenFull?: 'drop' | 'wait';
}

/** One subscriber's queue, in order of publishing. */
export interface Subscription {
  readonly pattern: string;
  /** Messages lost because the queue was full. */
  readonly dropped: number;
  /** Times that messages may have been lost in a number nobody knows: the link was cut, or the server gave up on a slow subscriber. */
  readonly gaps: number;
  readonly pending: number;
  /** The oldest message, or null when there is none now. */
  take(): Message | null;
  /**
   * Resolves to true when there is a message to take, to false when the subscription has ended and is empty. Rejects with a `Refusal`
   * when the server has refused the subscription.
   */
  ready(): Promise<boolean>;
  close(): void;
}

/** What a bus has done so far, for the status line and the metrics. */
export interface BusStats {
  readonly connected: boolean;
  readonly published: number;
  readonly publishedBytes: number;
  /** Outgoing messages left out: too large, their subject too long or reserved, or forbidden to the user. */
  readonly refused: number;
  /** Outgoing messages lost because too many waited for a connection or a slow server. */
  readonly unsent: number;
  /** Outgoing messages under way when a connection broke: they may have arrived or not. */
  readonly uncertain: number;
  /** Bytes and messages that wait for the server. */
  readonly pendingBytes: number;
  readonly queued: number;
  readonly received: number;
  /** Incoming messages lost because a subscriber's queue was full. */
  readonly dropped: number;
  /** Times that a subscription may have lost an unknown number of messages. */
  readonly gaps: number;
  readonly disconnects: number;
  readonly reconnects: number;
  readonly errors: number;
  readonly slow: number;
  readonly ldm: number;
}

/** Publish and subscribe by subject: embedded in the process, or a server's client. */
export interface Bus {
  /** Where the messages go: `embedded`, or the address of a server. */
  readonly where: string;
  /**
   * Hands a message to every subscription that matches. The promise, if any, resolves when there is room for more; it rejects with a
   * `Refusal` where the user may not publish to the subject.
   */
  publish(subject: string, payload: Payload, headers?: Headers): Promise<void> | undefined;
  subscribe(pattern: string, options?: SubscribeOptions): Subscription;
  /** Resolves when what was published and subscribed until now has reached the bus; what it refused is told where it was asked for. */
  flush(): Promise<void>;
  /** Reads a subject with holes such as `md.trades.{symbol}`. */
  template(text: string, role: 'source' | 'output'): SubjectTemplate;
  stats(): BusStats;
  /** Ends every subscription; what they hold can still be taken. Resolves when what was published has left. */
  close(): Promise<void>;
}
