import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { generated } from '../src/cli/generate.ts';
import { ROOT } from './shipped.ts';

const textOf = (path: string): string => {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch {
    return '';
  }
};

it('the generated reference and schema are those of the code; `npm run docs` makes them', { timeout: 60_000 }, async () => {
  const files = await generated();
  expect(files.size).toBe(8);
  for (const [path, text] of files) expect(textOf(path) === text, `${path} is stale`).toBe(true);
});
