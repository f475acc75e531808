import type { Msg } from '@nats-io/transport-node';
import type { LogMessage } from '../core/log.ts';

/** Where the client keeps a message as it came. Its interface has it as text only, which costs more than all that is done here. */
interface Raw {
  readonly _msg?: { readonly reply?: Uint8Array; readonly subject: Uint8Array; readonly hdr: number };
  readonly _rdata?: Uint8Array;
}

/** `\r\nName:` as bytes, by name: there are a handful. */
const PATTERNS = new Map<string, Buffer>();

function patternOf(name: string): Buffer {
  let found = PATTERNS.get(name);
  if (found === undefined) PATTERNS.set(name, (found = Buffer.from(`\r\n${name}:`, 'latin1')));
  return found;
}

const { utf8Slice } = Buffer.prototype as Buffer & { utf8Slice(from: number, to: number): string };
const find = (bytes: Uint8Array, what: Buffer | string, from: number): number => Buffer.prototype.indexOf.call(bytes, what, from, 'latin1');

/**
 * A message as the client handed it over; subject, payload and headers are decoded when somebody asks. Headers are looked for in their
 * bytes: having the client parse them costs ten times as much as the rest of a small message.
 */
export class Delivery implements LogMessage {
  readonly seq: number;
  readonly time: number;
  private readonly message: Msg;
  private text: string | null = null;
  private data: Uint8Array | null = null;

  constructor(seq: number, time: number, message: Msg) {
    this.seq = seq;
    this.time = time;
    this.message = message;
  }

  get subject(): string {
    if (this.text !== null) return this.text;
    const bytes = (this.message as unknown as Raw)._msg?.subject;
    return (this.text = bytes === undefined ? this.message.subject : utf8Slice.call(bytes as Buffer, 0, bytes.length));
  }

  get payload(): Uint8Array {
    return (this.data ??= this.message.data);
  }

  header(name: string): string {
    const { _msg, _rdata } = this.message as unknown as Raw;
    if (_msg === undefined || _rdata === undefined) return this.message.headers?.get(name) ?? '';
    if (_msg.hdr <= 0) return '';
    const pattern = patternOf(name);
    const at = find(_rdata, pattern, 0);
    if (at < 0 || at >= _msg.hdr) return '';
    const from = at + pattern.length;
    const to = find(_rdata, '\r\n', from);
    return to < 0 ? '' : utf8Slice.call(_rdata as Buffer, from, to).trim();
  }
}

const DOT = 46;
const ZERO = 48;
/** `$JS.` */
const MARK = [36, 74, 83, 46];
const NONE = new Uint8Array(0);

/** The number that the subject of a message ends with. */
export function numberAtEnd(m: Msg): number {
  const subject = (m as unknown as Raw)._msg?.subject ?? Buffer.from(m.subject, 'latin1');
  let value = 0;
  for (let at = subject.length - 1, unit = 1; at >= 0 && subject[at] !== DOT; at--, unit *= 10) value += (subject[at] - ZERO) * unit;
  return value;
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
