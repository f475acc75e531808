import { AsyncByteQueue, Message, MessageReader, RecordBatchFileWriter } from 'apache-arrow';
import type { RecordBatch, Schema as ArrowSchema } from 'apache-arrow';

/** Keeps what the Arrow writer makes as it is; the bytes are written before the arrays behind them are filled again. */
class Parts extends AsyncByteQueue {
  list: Uint8Array[] = [];

  override write(value: ArrayBufferLike | ArrayBufferView | string): void {
    if (typeof value === 'string') this.list.push(Buffer.from(value));
    else if (ArrayBuffer.isView(value)) this.list.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    else this.list.push(new Uint8Array(value));
  }
}

/** Place of a message in a file, as the footer lists it. */
export interface Block {
  readonly offset: number;
  readonly metaDataLength: number;
  readonly bodyLength: number;
}

export interface Bytes {
  readonly parts: readonly Uint8Array[];
  readonly offset: number;
  readonly length: number;
  /** Bytes of the message's metadata, where it is one message. */
  readonly metaLength: number;
}

/**
 * An Arrow IPC file made piece by piece: head, record batches, footer. Unlike the library's own writer it writes the schema at the
 * beginning as well (the format asks for it, and a file without a footer stays readable as a stream), puts the dictionaries there, and
 * can go on where a file without a footer ends.
 */
export class IpcWriter extends RecordBatchFileWriter {
  private readonly collected = new Parts();

  /** Magic, schema, dictionaries: everything before the first rows. `empty` is a batch without rows. */
  head(schema: ArrowSchema, empty: RecordBatch): Bytes {
    this.reset(this.collected as never, schema as never);
    this._writeDictionaries(empty as never);
    return this.take();
  }

  rows(batch: RecordBatch): Bytes {
    this._writeRecordBatch(batch as never);
    return this.take();
  }

  foot(): Bytes {
    const offset = this._position;
    this.finish();
    return { ...this.take(), offset, metaLength: 0 };
  }

  /** Goes on at the end of a file of which the head and the blocks of its batches are known. */
  resume(head: Head, batches: readonly Block[], end: number): void {
    this.reset(this.collected as never, head.schema as never);
    this.collected.list = [];
    this._position = end;
    this._dictionaryBlocks = [...head.dictionaries] as never;
    this._recordBatchBlocks = [...batches] as never;
  }

  protected override _writeSchema(schema: ArrowSchema): this {
    super._writeSchema(schema as never);
    return this._writeMessage(Message.from(schema)) as this;
  }

  private take(): Bytes {
    const parts = this.collected.list;
    this.collected.list = [];
    const length = parts.reduce((sum, p) => sum + p.byteLength, 0);
    const block = this._recordBatchBlocks.at(-1);
    return { parts, length, offset: this._position - length, metaLength: block?.metaDataLength ?? 0 };
  }
}

export interface Head {
  readonly schema: ArrowSchema;
  readonly dictionaries: readonly Block[];
}

const MAGIC_BYTES = 8;

/** Reads the head of a file; null where it is none. */
export function readHead(bytes: Buffer): Head | null {
  try {
    const dictionaries: Block[] = [];
    let schema: ArrowSchema | null = null;
    const reader = new MessageReader(bytes.subarray(MAGIC_BYTES));
    let at = MAGIC_BYTES;
    for (let message = reader.readMessage(); message !== null && at < bytes.length; message = reader.readMessage()) {
      const metaDataLength = bytes.readInt32LE(at + 4) + 8;
      if (message.isSchema()) schema = message.header() as ArrowSchema;
      else if (message.isDictionaryBatch()) dictionaries.push({ offset: at, metaDataLength, bodyLength: message.bodyLength });
      if (message.bodyLength > 0) reader.readMessageBody(message.bodyLength);
      at += metaDataLength + message.bodyLength;
    }
    return schema === null ? null : { schema, dictionaries };
  } catch {
    return null;
  }
}
