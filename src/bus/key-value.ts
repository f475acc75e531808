/** A key as it is stored: `value` is null after it was removed; `revision` rises with every write to the store. */
export interface KeyEntry {
  readonly key: string;
  readonly value: string | null;
  readonly revision: number;
}

/** The store did not answer, or cannot now: what was asked for may have been done or not, and may be tried again. */
export class NoAnswer extends Error {
  constructor(cause: unknown) {
    super(`no answer: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'NoAnswer';
  }
}

/** What is needed of a key-value store to agree on something: compare-and-set by revision. NATS KV is one, a model in the tests another. */
export interface KeyValue {
  /** Null where the key never was. Rejects with `NoAnswer` when there is none, as all of these do. */
  get(key: string): Promise<KeyEntry | null>;
  /**
   * Writes where the key's revision is still `revision` (0: it never was); resolves with the new one, or with null when somebody else was
   * first. After a rejection nobody knows whether it was written.
   */
  swap(key: string, value: string, revision: number): Promise<number | null>;
  /** Writes whatever is there. Only for keys with one writer. */
  put(key: string, value: string): Promise<number>;
  /** Removes a key without a trace. Only for keys that nobody swaps any more. */
  remove(key: string): Promise<void>;
  /** The revision given last, over all keys. */
  last(): Promise<number>;
  /** Calls `changed` with every key below `prefix`, then with every write to them, until the function that is returned is called. */
  watch(prefix: string, changed: (entry: KeyEntry) => void): () => void;
}

/** A name as one token of a key: what a key may not hold, and the dot, becomes `=` and two hexadecimal digits a byte. */
export const keyToken = (name: string): string =>
  [...new TextEncoder().encode(name)].map((b) => {
    const c = String.fromCharCode(b);
    return /[-\w]/.test(c) ? c : `=${b.toString(16).padStart(2, '0')}`;
  }).join('');

/** The object a JSON text holds; null for any other text. */
export function parseObject(text: string | null): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = text === null ? null : JSON.parse(text);
    return typeof value === 'object' && !Array.isArray(value) ? value as Readonly<Record<string, unknown>> | null : null;
  } catch {
    return null;
  }
}
