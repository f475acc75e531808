import type { Connector } from '../core/connector.ts';
import { arrowOutput, arrowSource } from './arrow.ts';
import { csvOutput, csvSource } from './csv.ts';
import { jsonlOutput, jsonlSource } from './jsonl.ts';
import { natsOutput, natsSource } from './nats.ts';
import { RESERVED_OUTPUTS, RESERVED_SOURCES } from './reserved.ts';
import { stdoutOutput } from './stdout.ts';
import { syntheticSource } from './synthetic.ts';

/** What may stand under a source beside `schema`, in the order of the reference page. */
export const SOURCES: readonly Connector[] = Object.freeze([
  csvSource, jsonlSource, arrowSource, syntheticSource, natsSource, ...RESERVED_SOURCES,
]);

/** What may stand under an output beside `from`. */
export const OUTPUTS: readonly Connector[] = Object.freeze([
  stdoutOutput, csvOutput, jsonlOutput, arrowOutput, natsOutput, ...RESERVED_OUTPUTS,
]);
