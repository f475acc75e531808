/** A request for messages that the server still works on. */
interface Pull {
  readonly id: number;
  messages: number;
  bytes: number;
}

/**
 * How much a reader may have: what is held for it, and what it has asked the server for, stay below its credit together. The server works
 * on requests in the order in which they were sent.
 */
export class Credit {
  readonly messages: number;
  readonly bytes: number;
  heldMessages = 0;
  heldBytes = 0;
  private pulls: Pull[] = [];
  private askedMessages = 0;
  private askedBytes = 0;
  private ids = 0;

  constructor(messages: number, bytes: number) {
    this.messages = messages;
    this.bytes = bytes;
  }

  get asked(): number {
    return this.askedMessages;
  }

  /** The next request to send: none while less than half of the credit is free, so that requests are few and overlap. */
  pull(most = Number.POSITIVE_INFINITY): Pull | null {
    const messages = Math.min(most, this.messages - this.heldMessages - this.askedMessages);
    const bytes = this.bytes - this.heldBytes - this.askedBytes;
    if ((messages < most && messages * 2 < this.messages) || bytes * 2 < this.bytes) return null;
    const pull = { id: ++this.ids, messages, bytes };
    this.add(pull);
    return { ...pull };
  }

  /** A request for one message of any size: the way past one that is larger than the credit. */
  pullOne(): number {
    this.add({ id: ++this.ids, messages: 1, bytes: 0 });
    return this.ids;
  }

  arrived(size: number): void {
    this.heldMessages++;
    this.heldBytes += size;
    const pull = this.pulls[0];
    if (pull === undefined) return;
    const bytes = Math.min(size, pull.bytes);
    pull.bytes -= bytes;
    this.askedBytes -= bytes;
    pull.messages--;
    this.askedMessages--;
    if (pull.messages === 0) this.drop(0);
  }

  taken(messages: number, bytes: number): void {
    this.heldMessages -= messages;
    this.heldBytes -= bytes;
  }

  /** The server has ended a request. */
  ended(id: number): void {
    const at = this.pulls.findIndex((p) => p.id === id);
    if (at >= 0) this.drop(at);
  }

  /** Nothing that was asked for will come. */
  forget(): void {
    this.pulls = [];
    this.askedMessages = 0;
    this.askedBytes = 0;
  }

  private add(pull: Pull): void {
    this.pulls.push(pull);
    this.askedMessages += pull.messages;
    this.askedBytes += pull.bytes;
  }

  private drop(at: number): void {
    const [pull] = this.pulls.splice(at, 1);
    this.askedMessages -= pull.messages;
    this.askedBytes -= pull.bytes;
  }
}
