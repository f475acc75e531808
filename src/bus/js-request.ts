import { NoRespondersError, PermissionViolationError, RequestError } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { Refusal } from '../core/diagnostic.ts';
import { refusalOf } from './nats-watch.ts';

export type Json = Readonly<Record<string, unknown>>;

/** What JetStream answers instead of a result. */
export class JetStreamError extends Error {
  readonly code: number;

  constructor(code: number, description: string) {
    super(description);
    this.name = 'JetStreamError';
    this.code = code;
  }
}

/** JetStream's own numbers of what went wrong. */
export const JS_ERROR = Object.freeze({
  streamNotFound: 10059, noMessage: 10037, notEnabled: 10076, notEnabledForAccount: 10039, nameInUse: 10058,
});

const TIMEOUT_MS = 5000;

/** The cause of a request that failed, where the client wraps it. */
const innermost = (error: unknown): unknown => {
  const { cause } = error as { cause?: unknown };
  return cause === undefined || cause === null ? error : innermost(cause);
};

/**
 * A request to JetStream as it is on the wire. The client's own methods refuse by version what they know a server lacks; here the server
 * is to answer for itself. Null when nobody answers: JetStream is off.
 */
export async function jsRequest(nc: NatsConnection, what: string, body?: unknown): Promise<Json | null> {
  const subject = `$JS.API.${what}`;
  try {
    const message = await nc.request(subject, body === undefined ? '' : JSON.stringify(body), { timeout: TIMEOUT_MS });
    const answer = message.json<Json & { error?: { code?: number; err_code?: number; description?: string } }>();
    if (answer.error === undefined) return answer;
    throw new JetStreamError(answer.error.err_code ?? answer.error.code ?? 0, answer.error.description ?? 'no reason given');
  } catch (error) {
    const cause = innermost(error);
    if (cause instanceof NoRespondersError) return null;
    if (cause instanceof PermissionViolationError) throw refusalOf(cause, 'the user') ?? cause;
    if (error instanceof JetStreamError) throw error;
    if (error instanceof RequestError || (error as Error).name === 'TimeoutError') {
      throw new Refusal('E765', `the server does not answer \`${subject}\``, {
        exit: 6, cause: error, help: ['is JetStream on (`nats-server -js`), and may the user ask it?'],
      });
    }
    throw error;
  }
}
