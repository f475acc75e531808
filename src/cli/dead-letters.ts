import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineOptions } from '../engine/engine.ts';
import { formatTime } from '../core/time.ts';

/**
 * Keeps rows that an operator of the user's own failed on, under `on_error: dead_letter`: one JSON object a line in
 * `<pipeline>.dead-letter.jsonl`, added to what is there. The file is made with the first such row.
 */
export function deadLetters(pipeline: string, folder: string): {
  readonly path: string; readonly onDeadLetter: NonNullable<EngineOptions['onDeadLetter']>; count(): number; close(): void;
} {
  const path = join(folder, `${pipeline}.dead-letter.jsonl`);
  let file: number | null = null;
  let count = 0;
  return {
    path,
    onDeadLetter({ node, seq, ts, symbol, values, error }) {
      file ??= openSync(path, 'a');
      count += 1;
      const what = error instanceof Error ? error.message : String(error);
      writeSync(file, `${JSON.stringify({ ts: formatTime(ts), symbol, seq, node, error: what, row: values })}\n`);
    },
    count: () => count,
    close() {
      if (file !== null) closeSync(file);
      file = null;
    },
  };
}
