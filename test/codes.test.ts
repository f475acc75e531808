import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { allCodes } from '../src/cli/reference.ts';
import { ROOT } from './shipped.ts';

const files = ['src', 'operators'].flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
  .filter((f) => f.isFile() && f.name.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(f.name) && !/^codes/.test(f.name))
  .map((f) => join(f.parentPath, f.name));

it('every code that the sources can give has its page in `millrace docs`', () => {
  const known = new Set(allCodes());
  const found = files.flatMap((f) => [...readFileSync(f, 'utf8').matchAll(/'([EW]\d{3})'/g)].map((m) => m[1]));
  expect(found.length).toBeGreaterThan(100);
  expect([...new Set(found)].filter((code) => !known.has(code)).sort()).toEqual([]);
});
