/** What the connectors need of a bus; `Bus` in src/bus has it. Named here so that neither folder imports the other. */
export interface BusPort {
  publish(subject: string, payload: Uint8Array | string, headers?: BusHeaders): Promise<void> | undefined;
  subscribe(pattern: string, options?: { readonly capacity?: number; readonly whenFull?: 'drop' | 'wait' }): BusSubscription;
  /** Resolves when what was published and subscribed until now has reached the bus. */
  flush(): Promise<void>;
  template(text: string, role: 'source' | 'output'): BusTemplate;
}

export type BusHeaders = readonly (readonly [name: string, value: string])[];

export interface BusSubscription {
  readonly dropped: number;
  readonly gaps: number;
  readonly pending: number;
  take(): { readonly subject: string; readonly payload: Uint8Array | string } | null;
  ready(): Promise<boolean>;
  close(): void;
}

export interface BusTemplate {
  readonly holes: readonly string[];
  readonly pattern: string;
  fill(valueOf: (hole: string) => string): string;
  capture(subject: string): Readonly<Record<string, string>> | null;
}
