import { FORMULA_ENTRIES } from './codes-formula.ts';
import { SHAPE_ENTRIES } from './codes-shape.ts';
import { YAML_ENTRIES } from './codes-yaml.ts';

/** What `millrace docs E301` prints: meaning of a code, one text that causes it and the same text mended. */
export interface CodeEntry {
  readonly title: string;
  readonly explanation: string;
  readonly wrong: string;
  readonly right: string;
}

/** Every code that reading a pipeline can give, in order. Codes of connectors and of a run are kept beside what raises them. */
export const CODES: Readonly<Record<string, CodeEntry>> = Object.freeze(
  Object.fromEntries(Object.entries({ ...YAML_ENTRIES, ...SHAPE_ENTRIES, ...FORMULA_ENTRIES }).sort(([a], [b]) => (a < b ? -1 : 1))),
);
