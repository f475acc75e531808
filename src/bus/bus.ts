import type { SubjectTemplate } from './subject.ts';

/** What a message carries: bytes as on a wire, or text where both ends are in this process. */
export type Payload = Uint8Array | string;

export interface Message {
  readonly subject: string;
  readonly payload: Payload;
}

export interface SubscribeOptions {
  /** Messages held for a subscriber that has not taken them yet. */
  readonly capacity?: number;
  /** `drop` loses the newest and counts it; `wait` holds the publisher's promise back until there is room. */
  readonly whenFull?: 'drop' | 'wait';
}

/** One subscriber's queue, in order of publishing. */
export interface Subscription {
  readonly pattern: string;
  /** Messages lost because the queue was full. */
  readonly dropped: number;
  readonly pending: number;
  /** The oldest message, or null when there is none now. */
  take(): Message | null;
  /** Resolves to true when there is a message to take, to false when the subscription has ended and is empty. */
  ready(): Promise<boolean>;
  close(): void;
}

/** Publish and subscribe by subject: embedded in the process, or a server's client. */
export interface Bus {
  /** Hands a message to every subscription that matches. The promise, if any, resolves when all of them have room again. */
  publish(subject: string, payload: Payload): Promise<void> | undefined;
  subscribe(pattern: string, options?: SubscribeOptions): Subscription;
  /** Reads a subject with holes such as `md.trades.{symbol}`. */
  template(text: string, role: 'source' | 'output'): SubjectTemplate;
  /** Ends every subscription; what they hold can still be taken. */
  close(): void;
}
