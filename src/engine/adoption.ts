import { formatDuration } from '../core/time.ts';
import type { Adoption, Begun, Carried } from '../graph/adopt.ts';

const KIB = 1024;

const sizeText = (bytes: number): string => {
  if (bytes < KIB) return `${bytes} B`;
  return bytes < KIB * KIB ? `${(bytes / KIB).toFixed(1)} KiB` : `${(bytes / KIB / KIB).toFixed(1)} MiB`;
};

const keysText = (n: number): string => (n === 1 ? '1 key' : `${n} keys`);
const carried = (verb: string, c: Carried): string => `${verb} ${c.what} (${keysText(c.keys)}, ${sizeText(c.bytes)})`;

function begun(f: Begun): string {
  const rows = f.warmupRows === 1 ? '1 row' : `${f.warmupRows} rows`;
  const warm = f.warmupRows === null ? 'begins with the next rows'
    : f.warmupMicros === null ? `warm after ${rows}` : `warm after ${rows}, whole after ${formatDuration(f.warmupMicros)}`;
  return `fresh ${f.what} (${warm})`;
}

/** One line for every piece of state that an upgrade kept, dropped or began. */
export const adoptionLines = (a: Adoption): string[] =>
  [...a.kept.map((c) => carried('kept', c)), ...a.dropped.map((c) => carried('dropped', c)), ...a.fresh.map(begun)];
