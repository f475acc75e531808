import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../shipped.ts';

/** Folder of the results that other engines published, or null where it is not there: what needs it is skipped. */
export function reference(engine: string): string | null {
  const folder = join(ROOT, '..', 'shared', 'reference', 'trading', engine);
  return existsSync(folder) ? folder : null;
}
