import type { LogMessage } from '../core/log.ts';

interface Headers {
  get(name: string): string;
}

/** A header's value in the text of a header block; the empty text where it is not there. Names are compared as they are written. */
export function headerIn(block: string, name: string): string {
  const at = block.indexOf(`\r\n${name}:`);
  if (at < 0) return '';
  const from = at + name.length + 3;
  const end = block.indexOf('\r\n', from);
  return block.slice(from, end < 0 ? undefined : end).trim();
}

/** A message that was read by its sequence: it owns its bytes. */
export class StoredMessage implements LogMessage {
  readonly seq: number;
  readonly time: number;
  readonly subject: string;
  readonly payload: Uint8Array;
  private readonly headers: string | Headers;

  constructor(seq: number, time: number, subject: string, payload: Uint8Array, headers: string | Headers) {
    this.seq = seq;
    this.time = time;
    this.subject = subject;
    this.payload = payload;
    this.headers = headers;
  }

  header(name: string): string {
    return typeof this.headers === 'string' ? headerIn(this.headers, name) : this.headers.get(name);
  }
}
