/**
 * Measures some epochs of a graph, which has no clock of its own. While `on` is false a stage pays for reading that flag and nothing more.
 */
export interface Probe {
  /** True while the current epoch is measured. */
  on: boolean;
  /** A clock that only rises, in milliseconds. */
  now(): number;
  /** Called as an epoch begins: the moment to turn `on`. */
  begin(): void;
  /** What one stage of the plan, by index, took of a measured epoch. */
  took(stage: number, ms: number): void;
}
