import { BATCHES, MEMORY } from './memory.ts';
import { PIPELINES } from './pipelines.ts';
import type { Planted } from './planted.ts';
import { ROWS } from './rows.ts';
import { TIMED } from './timed.ts';

/** Every operator and pipeline that looks ahead on purpose. */
export const LEAKS: readonly Planted[] = [...ROWS, ...TIMED, ...MEMORY, ...BATCHES, ...PIPELINES];
