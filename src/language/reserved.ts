import type { FieldsSpec } from '../core/field.ts';
import { text, texts } from '../core/field.ts';

/** Operators of the language that this version does not have, and what to do until then. A registry that has one of them wins. */
export const RESERVED_OPERATORS: Readonly<Record<string, string>> = Object.freeze({
  predict: 'inference comes with a later version; until then write the rule as a formula in `signal`',
  anomaly: 'detectors come with a later version; until then build a score in `compute`, such as `zscore(volume, 120)`',
});

/** Connectors of the language that this version does not have. */
export const RESERVED_CONNECTORS: Readonly<Record<'source' | 'output', readonly string[]>> = Object.freeze({
  source: ['websocket', 'parquet', 'sqlite', 'file'],
  output: ['websocket', 'parquet', 'sqlite', 'webhook'],
});

/** Top-level keys that are read and not run. */
export const RESERVED_SECTIONS: Readonly<Record<string, string>> = Object.freeze({
  alerts: 'alert delivery comes with a later version; until then send the rows to an output',
});

/**
 * Subjects of a bus, for a registry that brings no `nats` of its own: the embedded bus carries them, so a pipeline written for NATS runs
 * as it stands.
 */
export const SUBJECT_FIELDS: FieldsSpec = Object.freeze({
  subject: text({ doc: 'Subject; `{symbol}` stands for one token.' }),
  stream: text({ doc: 'JetStream stream.', optional: true }),
  replay: text({ doc: 'How much of the stream to read again at the start, such as `last_2h`.', optional: true }),
  queue: text({ doc: 'Queue group.', optional: true }),
  url: text({ doc: 'Address of the server.', optional: true }),
  servers: texts({ doc: 'Addresses of the servers.', optional: true }),
  credentials: text({ doc: 'Path of a credentials file.', optional: true }),
});
