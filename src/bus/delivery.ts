import type { Msg } from '@nats-io/transport-node';
import type { LogMessage } from '../core/log.ts';

/** A message as the client handed it over; subject, payload and headers are decoded when somebody asks. */
export class Delivery implements LogMessage {
  readonly seq: number;
  readonly time: number;
  private readonly message: Msg;

  constructor(seq: number, time: number, message: Msg) {
    this.seq = seq;
    this.time = time;
    this.message = message;
  }

  get subject(): string {
    return this.message.subject;
  }

  get payload(): Uint8Array {
    return this.message.data;
  }

  header(name: string): string {
    return this.message.headers?.get(name) ?? '';
  }
}

const DOT = 46;
const ZERO = 48;

/**
 * What the reply subject of a delivered message says. It is read from its end, because more tokens stand at its front on some servers:
 * `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time in ns>.<pending>[.<token>]`.
 */
export class AckSubject {
  streamSeq = 0;
  consumerSeq = 0;
  /** Microseconds: the nanoseconds of today are beyond what a number holds exactly. */
  time = 0;

  /** False where it is no such subject. */
  read(reply: string): boolean {
    if (!reply.startsWith('$JS.ACK.')) return false;
    let dots = 0;
    for (let i = 0; i < reply.length; i++) if (reply.charCodeAt(i) === DOT) dots++;
    if (dots < 8) return false;
    // Nine tokens in the old form; eleven, or twelve with a random one at the end, where domain and account stand in front.
    let at = reply.length;
    if (dots >= 11) at = reply.lastIndexOf('.', at - 1);
    at = reply.lastIndexOf('.', at - 1);
    const time = reply.lastIndexOf('.', at - 1);
    const consumer = reply.lastIndexOf('.', time - 1);
    const stream = reply.lastIndexOf('.', consumer - 1);
    this.time = digits(reply, time + 1, at - 3);
    this.consumerSeq = digits(reply, consumer + 1, time);
    this.streamSeq = digits(reply, stream + 1, consumer);
    return true;
  }
}

function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 10 + text.charCodeAt(i) - ZERO;
  return value;
}
