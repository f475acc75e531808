import type { BadRow } from '../core/connector.ts';
import type { Schema } from '../core/types.ts';
import { BadRows } from './bad-rows.ts';
import { ByteTable } from './byte-table.ts';
import { ChunkBuffer } from './chunk-buffer.ts';

/** Most rows that one message may hold: a bound for memory, far above what a message of the usual size carries. */
export const MESSAGE_ROWS = 65_536;

/** Bad rows, and the first fault of the message that is being read. */
export class MessageFaults extends BadRows {
  code = '';
  message = '';

  begin(): void {
    this.code = '';
  }

  override add(at: number, code: string, message: string, raw: string): void {
    if (this.code === '') {
      this.code = code;
      this.message = message;
    }
    super.add(at, code, message, raw);
  }
}

/** What the codecs of one source fill: rows whose keys are numbers of `table` until the message is complete, and what was wrong. */
export class MessageSink {
  readonly out: ChunkBuffer;
  readonly table = new ByteTable();
  readonly faults = new MessageFaults();
  /** Sequence of the message that is being read. */
  at = 0;
  /** Rows before this message. */
  start = 0;
  private payload: Uint8Array = new Uint8Array(0);

  constructor(schema: Schema) {
    this.out = new ChunkBuffer(schema, 1024);
  }

  get bad(): { count: number; readonly first: BadRow[] } {
    return this.faults;
  }

  begin(at: number, payload: Uint8Array): void {
    this.at = at;
    this.start = this.out.n;
    this.payload = payload;
    this.faults.begin();
  }

  /** Counts the message, or a row of it, as bad. */
  refuse(code: string, message: string, row = -1): void {
    const place = row < 0 ? '' : `row ${row}: `;
    this.faults.add(this.at, code, place + message, this.faults.keeps ? preview(this.payload) : '');
  }
}

/** The beginning of a payload as text, or as hexadecimal digits where it is none. */
function preview(payload: Uint8Array): string {
  const head = Buffer.from(payload.buffer, payload.byteOffset, Math.min(payload.length, 160));
  for (const byte of head) if (byte < 32 && byte !== 10 && byte !== 13 && byte !== 9) return head.toString('hex');
  return head.toString('utf8');
}

/** One codec of a source. Adds rows to the sink, or refuses; where it throws, the message counts as bad and its rows are taken back. */
export interface PayloadDecoder {
  /** `symbol` is what the subject names, or empty; `id` its number in the sink's table, -1 without. */
  decode(payload: Uint8Array, symbol: string, id: number): void;
}
