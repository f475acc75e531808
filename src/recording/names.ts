import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** `trades.000001.arrow`: files of a stream in the order in which they were written. */
export const dataName = (stream: string, number: number): string => `${stream}.${String(number).padStart(6, '0')}.arrow`;

/** The sidecar of a data file. */
export const sumsPath = (dataPath: string): string => dataPath.replace(/\.arrow$/, '.sums');

export interface NumberedFile {
  readonly path: string;
  readonly file: string;
  readonly number: number;
}

/** The data files of a stream that are in the folder, in order. */
export function filesOf(folder: string, stream: string): NumberedFile[] {
  const found: NumberedFile[] = [];
  for (const file of readdirSync(folder)) {
    const number = file.startsWith(`${stream}.`) ? /^(\d{6,})\.(arrow|sums)$/.exec(file.slice(stream.length + 1)) : null;
    if (number === null || number[2] !== 'arrow') continue;
    found.push({ path: join(folder, file), file, number: Number(number[1]) });
  }
  return found.sort((a, b) => a.number - b.number);
}
