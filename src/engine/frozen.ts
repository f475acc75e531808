import { Deserializer, Serializer } from 'node:v8';
import { Refusal } from '../core/diagnostic.ts';

type Maker = new (buffer: ArrayBuffer) => ArrayBufferView;

/** The typed arrays that state may hold; their place here is in the bytes. */
const KINDS: readonly Maker[] = Object.freeze([
  Float64Array, Int32Array, Uint8Array, Uint32Array, Float32Array, Int16Array, Uint16Array, Int8Array, Uint8ClampedArray, BigInt64Array,
  BigUint64Array,
]);

/** In Node's documentation, not in its types. */
interface ViewsAsHosts {
  _setTreatArrayBufferViewsAsHostObjects(flag: boolean): void;
}

/**
 * Writes plain data to bytes, and no more of a typed array's buffer than the array shows. V8's own readers give arrays that share one
 * buffer with the bytes they were read from, or a pool; these are given buffers of their own.
 */
class Writer extends Serializer {
  constructor() {
    super();
    (this as unknown as ViewsAsHosts)._setTreatArrayBufferViewsAsHostObjects(true);
  }

  _writeHostObject(x: ArrayBufferView): void {
    const kind = KINDS.findIndex((k) => x instanceof k);
    if (kind < 0) throw new TypeError(`state holds a ${x.constructor.name}, which a snapshot cannot`);
    this.writeUint32(kind);
    this.writeUint32(x.byteLength);
    this.writeRawBytes(new Uint8Array(x.buffer, x.byteOffset, x.byteLength));
  }
}

class Reader extends Deserializer {
  _readHostObject(): ArrayBufferView {
    const Kind = KINDS[this.readUint32()];
    const bytes = this.readRawBytes(this.readUint32());
    const own = new Uint8Array(bytes.byteLength);
    own.set(bytes);
    return new Kind(own.buffer);
  }
}

/** Numbers, text, undefined, null, arrays, objects, Map, Set and typed arrays, to the bit; things that are one stay one. */
export function freeze(x: unknown): Uint8Array {
  const to = new Writer();
  to.writeHeader();
  to.writeValue(x);
  return to.releaseBuffer();
}

export function thaw(bytes: Uint8Array): unknown {
  try {
    const from = new Reader(bytes);
    from.readHeader();
    return from.readValue();
  } catch (cause) {
    throw unreadable(bytes, cause);
  }
}

export const unreadable = (bytes: Uint8Array, cause?: unknown): Refusal => new Refusal('E822', `${bytes.length} bytes are no snapshot`, {
  cause, help: ['a checkpoint that was cut short or changed cannot be read: take an older one'],
});
