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
/** `$JS.` */
const MARK = [36, 74, 83, 46];
const NONE = new Uint8Array(0);

/**
 * Where the client keeps the reply subject as it came. Its interface has it as text only, which costs as much again as all that is done
 * here.
 */
interface Raw {
  readonly _msg?: { readonly reply?: Uint8Array };
}

export function replyBytes(m: Msg): Uint8Array {
  const { _msg } = m as unknown as Raw;
  if (_msg !== undefined) return _msg.reply ?? NONE;
  return m.reply === undefined ? NONE : Buffer.from(m.reply, 'latin1');
}

/**
 * What the reply subject of a delivered message says:
 * `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time in ns>.<pending>[.<token>]`. It is read
 * from its end, because the form with a domain, which ends in a random token, has two more tokens at its front.
 */
export class AckSubject {
  streamSeq = 0;
  consumerSeq = 0;
  /** Microseconds: the nanoseconds of today are beyond what a number holds exactly. */
  time = 0;
  private at = 0;
  private form: 'unknown' | 'old' | 'new' = 'unknown';

  /** False where it is no such subject. */
  read(reply: Uint8Array): boolean {
    for (let i = 0; i < MARK.length; i++) if (reply[i] !== MARK[i]) return false;
    if (this.form === 'unknown') {
      let dots = 0;
      for (let i = 0; i < reply.length; i++) if (reply[i] === DOT) dots++;
      this.form = dots >= 11 ? 'new' : 'old';
    }
    this.at = reply.length - 1;
    if (this.form === 'new') this.skip(reply);
    this.skip(reply);
    this.at -= 3;
    this.time = this.number(reply);
    this.consumerSeq = this.number(reply);
    this.streamSeq = this.number(reply);
    return true;
  }

  private skip(reply: Uint8Array): void {
    while (this.at > 0 && reply[this.at] !== DOT) this.at--;
    this.at--;
  }

  /** The digits that end here, and the dot before them. */
  private number(reply: Uint8Array): number {
    let { at } = this;
    let value = 0;
    for (let unit = 1; at >= 0 && reply[at] !== DOT; at--, unit *= 10) value += (reply[at] - ZERO) * unit;
    this.at = at - 1;
    return value;
  }
}
