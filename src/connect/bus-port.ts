/** What the connectors need of a bus; `Bus` in src/bus has it. Named here so that neither folder imports the other. */
export interface BusPort {
  publish(subject: string, payload: Uint8Array | string): Promise<void> | undefined;
  subscribe(pattern: string, options?: { readonly capacity?: number; readonly whenFull?: 'drop' | 'wait' }): BusSubscription;
  template(text: string, role: 'source' | 'output'): BusTemplate;
}

export interface BusSubscription {
  readonly dropped: number;
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
