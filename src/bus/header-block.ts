import type { MsgHdrs } from '@nats-io/transport-node';
import { Refusal } from '../core/diagnostic.ts';
import type { MessageHeaders, OutputMessage } from '../core/log.ts';
import { tokensOf } from './subject.ts';
import type { Expect } from './wire.ts';

const CHUNK = 64 * 1024;
/** Subjects that are known to be well formed. */
const CHECKED = 16_384;
const LINES = /[\r\n\u0000]/;
/** Bytes that an expectation can add: names and digits, but for the id it names. */
export const EXPECT_BYTES = 200;

/**
 * Header blocks as bytes, one after the other in a chunk that the client reads before it is full and the collector frees as a whole. A
 * `MsgHdrs` is a map of arrays for every message; the client only ever calls `encode`.
 */
export class HeaderBlocks {
  private chunk = Buffer.allocUnsafe(CHUNK);
  private used = 0;
  private bytes: Uint8Array = this.chunk;
  private lastHeaders: OutputMessage['headers'] | null = null;
  private prefix = 'NATS/1.0\r\n';
  private readonly subjects = new Set<string>();
  private readonly encodable = { encode: (): Uint8Array => this.bytes };

  /** The value to give to `publish` as headers. */
  get headers(): MsgHdrs {
    return this.encodable as unknown as MsgHdrs;
  }

  /** Bytes of a message's block but for what it expects. What would break the block is refused here, when it is appended. */
  sizeOf(message: OutputMessage): number {
    const { id, subject, own } = message;
    if (LINES.test(id)) throw brokenLine(message, 'id');
    if (!this.subjects.has(subject)) this.checkSubject(subject);
    const size = this.prefixOf(message).length + id.length * 2;
    return own === undefined ? size : size + checked(message, own);
  }

  /** Headers that are the same for many messages are put together once. */
  private prefixOf(message: OutputMessage): string {
    const { headers } = message;
    if (headers !== this.lastHeaders) {
      checked(message, headers);
      this.prefix = linesOf(headers, 'NATS/1.0\r\n');
      this.lastHeaders = headers;
    }
    return this.prefix;
  }

  private checkSubject(subject: string): void {
    tokensOf(subject, false);
    if (this.subjects.size >= CHECKED) this.subjects.clear();
    this.subjects.add(subject);
  }

  write(message: OutputMessage, expect: Expect, batch: string): void {
    const { own } = message;
    let text = own === undefined ? this.prefixOf(message) : linesOf(own, this.prefixOf(message));
    text += `Nats-Msg-Id: ${message.id}\r\n`;
    if (expect.lastSeq >= 0) text += `Nats-Expected-Last-Sequence: ${expect.lastSeq}\r\n`;
    if (expect.lastId !== '') text += `Nats-Expected-Last-Msg-Id: ${expect.lastId}\r\n`;
    if (expect.subjectSeq >= 0) text += `Nats-Expected-Last-Subject-Sequence: ${expect.subjectSeq}\r\n`;
    if (batch !== '') text += `Nats-Batch-Id: ${batch}\r\nNats-Batch-Sequence: ${expect.batchSeq}\r\n`;
    if (batch !== '' && expect.commit) text += 'Nats-Batch-Commit: 1\r\n';
    text += '\r\n';
    this.bytes = this.put(text);
  }

  /** The payload as bytes; text goes into the chunk as well, for which the client would make a buffer each. */
  bodyOf({ payload }: OutputMessage): Uint8Array {
    return typeof payload === 'string' ? this.put(payload) : payload;
  }

  private put(text: string): Uint8Array {
    // A character is three bytes at most.
    const most = text.length * 3;
    if (most > CHUNK) return Buffer.from(text);
    if (this.used + most > CHUNK) {
      this.chunk = Buffer.allocUnsafe(CHUNK);
      this.used = 0;
    }
    const n = this.chunk.write(text, this.used);
    const bytes = this.chunk.subarray(this.used, this.used + n);
    this.used += n;
    return bytes;
  }
}

/** Bytes of the lines of headers, each known to be one line. */
function checked(message: OutputMessage, headers: MessageHeaders): number {
  let size = 0;
  for (let i = 0; i < headers.length; i++) {
    const [name, value] = headers[i];
    if (LINES.test(name) || LINES.test(value) || name.includes(':')) throw brokenLine(message, `header ${JSON.stringify(name)}`);
    size += name.length + value.length + 4;
  }
  return size;
}

function linesOf(headers: MessageHeaders, before: string): string {
  let text = before;
  for (let i = 0; i < headers.length; i++) text += `${headers[i][0]}: ${headers[i][1]}\r\n`;
  return text;
}

const brokenLine = (message: OutputMessage, what: string): Refusal =>
  new Refusal('E769', `the ${what} of a message to ${message.subject} holds a line break or a colon`, {
    exit: 6, help: ['headers are lines of text'],
  });
