/** What the connectors need of a bus; `Bus` in src/bus has it. Named here so that neither folder imports the other. */
export interface BusPort {
  /** A bus within the process may leave the headers out: whoever reads there knows what was agreed. */
  publish(subject: string, payload: Uint8Array | string, headers?: BusHeaders): Promise<void> | undefined;
  subscribe(pattern: string, options?: { readonly capacity?: number; readonly whenFull?: 'drop' | 'wait' }): BusSubscription;
  /** Resolves when what was published and subscribed until now has reached the bus. */
  flush(): Promise<void>;
  template(text: string, role: 'source' | 'output'): BusTemplate;
}

export type BusHeaders = readonly (readonly [name: string, value: string])[];

export interface BusMessage {
  readonly subject: string;
  readonly payload: Uint8Array | string;
  /** A header's value, or the empty text; absent where messages carry none. */
  readonly header?: (name: string) => string;
}

export interface BusSubscription {
  readonly dropped: number;
  readonly gaps: number;
  readonly pending: number;
  take(): BusMessage | null;
  ready(): Promise<boolean>;
  close(): void;
}

export interface BusTemplate {
  readonly holes: readonly string[];
  readonly pattern: string;
  fill(valueOf: (hole: string) => string): string;
  capture(subject: string): Readonly<Record<string, string>> | null;
}
