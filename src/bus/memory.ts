import type { Bus, BusStats, Headers, Payload, SubscribeOptions, Subscription } from './bus.ts';
import { OwnMessage, Queue } from './queue.ts';
import { parseTemplate, tokensOf } from './subject.ts';
import type { SubjectTemplate } from './subject.ts';

/** Subjects whose subscribers are remembered; a market has some thousand. */
const CACHED = 16_384;

interface Branch {
  readonly next: Map<string, Branch>;
  /** Subscriptions that end here. */
  readonly here: Set<Queue>;
  /** Subscriptions that end here with `>`. */
  readonly rest: Set<Queue>;
}

const branch = (): Branch => ({ next: new Map(), here: new Set(), rest: new Set() });

function collect(at: Branch, tokens: readonly string[], i: number, found: Set<Queue>): void {
  if (i === tokens.length) {
    for (const queue of at.here) found.add(queue);
    return;
  }
  for (const queue of at.rest) found.add(queue);
  const exact = at.next.get(tokens[i]);
  if (exact !== undefined) collect(exact, tokens, i + 1, found);
  const any = at.next.get('*');
  if (any !== undefined) collect(any, tokens, i + 1, found);
}

/** The embedded bus: a trie of tokens, one bounded queue per subscription, nothing kept for those who come later. */
export class MemoryBus implements Bus {
  readonly where = 'embedded';
  private readonly root = branch();
  private readonly queues = new Set<Queue>();
  private readonly cache = new Map<string, readonly Queue[]>();
  private published = 0;
  private publishedBytes = 0;
  /** Counts of subscriptions that have ended. */
  private readonly past = { received: 0, dropped: 0 };

  publish(subject: string, payload: Payload, headers?: Headers): Promise<void> | undefined {
    this.published++;
    this.publishedBytes += payload.length;
    let queues = this.cache.get(subject);
    if (queues === undefined) {
      const found = new Set<Queue>();
      collect(this.root, tokensOf(subject, false), 0, found);
      queues = [...found];
      if (this.cache.size >= CACHED) this.cache.clear();
      this.cache.set(subject, queues);
    }
    if (queues.length === 0) return undefined;
    const message = new OwnMessage(subject, payload, headers);
    let full: Promise<void>[] | null = null;
    for (const queue of queues) {
      const wait = queue.push(message);
      if (wait !== undefined) (full ??= []).push(wait);
    }
    return full === null ? undefined : Promise.all(full).then(() => undefined);
  }

  subscribe(pattern: string, options: SubscribeOptions = {}): Subscription {
    const tokens = tokensOf(pattern, true);
    const rest = tokens.at(-1) === '>';
    let at = this.root;
    for (const token of rest ? tokens.slice(0, -1) : tokens) {
      let next = at.next.get(token);
      if (next === undefined) {
        next = branch();
        at.next.set(token, next);
      }
      at = next;
    }
    const set = rest ? at.rest : at.here;
    const queue = new Queue(pattern, options, (q) => {
      set.delete(q);
      this.queues.delete(q);
      this.cache.clear();
      this.past.received += q.received;
      this.past.dropped += q.dropped;
    });
    set.add(queue);
    this.queues.add(queue);
    this.cache.clear();
    return queue;
  }

  template(text: string, role: 'source' | 'output'): SubjectTemplate {
    return parseTemplate(text, role);
  }

  async flush(): Promise<void> {
    // What is published is in its queues already.
  }

  stats(): BusStats {
    let { received, dropped } = this.past;
    for (const queue of this.queues) {
      received += queue.received;
      dropped += queue.dropped;
    }
    return {
      connected: true, published: this.published, publishedBytes: this.publishedBytes, refused: 0, unsent: 0, uncertain: 0,
      pendingBytes: 0, queued: 0, received, dropped, gaps: 0, disconnects: 0, reconnects: 0, errors: 0, slow: 0, ldm: 0,
    };
  }

  async close(): Promise<void> {
    for (const queue of [...this.queues]) queue.close();
  }
}
