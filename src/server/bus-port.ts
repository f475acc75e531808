/** What status and taps need of a bus; `Bus` in src/bus has it. Named here so that neither folder imports the other. */
export interface BusPort {
  publish(subject: string, payload: Uint8Array | string): Promise<void> | undefined;
  subscribe(pattern: string, options?: { readonly capacity?: number; readonly whenFull?: 'drop' | 'wait' }): BusSubscription;
}

export interface BusSubscription {
  take(): { readonly subject: string; readonly payload: Uint8Array | string } | null;
  ready(): Promise<boolean>;
  close(): void;
}

/** The JSON object in a message; null for anything else. What comes over a bus was written by anybody. */
export function objectIn(payload: Uint8Array | string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(typeof payload === 'string' ? payload : Buffer.from(payload).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : null;
  } catch {
    return null;
  }
}

/** Hands every message of a subscription over until it ends. */
export async function eachMessage(
  subscription: BusSubscription, take: (message: { readonly subject: string; readonly payload: Uint8Array | string }) => void,
): Promise<void> {
  while (await subscription.ready()) {
    for (let message = subscription.take(); message !== null; message = subscription.take()) take(message);
  }
}

/** Publishes what may be lost: a bus that is slow or gone does not hold the publisher up. */
export function publishLossy(bus: BusPort, subject: string, value: unknown): void {
  bus.publish(subject, JSON.stringify(value))?.catch(() => undefined);
}
