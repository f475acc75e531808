/**
 * Interns keys (symbols, or symbol and more under `by:`) to small integers, so that state is an array row and not a map entry.
 * Ids are given in order of first appearance in the stream, hence the same for every cut of it.
 */
export class KeyTable {
  private readonly ids = new Map<string, number>();
  /** Key text by id. */
  readonly names: string[] = [];
  /** Symbol by id; differs from the name where `by:` adds columns to the key. */
  readonly symbols: string[] = [];

  get size(): number {
    return this.names.length;
  }

  intern(name: string, symbol: string = name): number {
    let id = this.ids.get(name);
    if (id === undefined) {
      id = this.names.length;
      this.ids.set(name, id);
      this.names.push(name);
      this.symbols.push(symbol);
    }
    return id;
  }

  /** The id of a key, or -1 when it has not been seen. */
  find(name: string): number {
    return this.ids.get(name) ?? -1;
  }

  save(): readonly [names: string[], symbols: string[]] {
    return [this.names.slice(), this.symbols.slice()];
  }

  load(saved: readonly [names: string[], symbols: string[]]): void {
    this.ids.clear();
    this.names.length = 0;
    this.symbols.length = 0;
    saved[0].forEach((name, i) => this.intern(name, saved[1][i]));
  }
}
