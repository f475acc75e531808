import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'millrace-pool-'));
const FILES = ['pool.ts', 'pool-thread.ts', 'pool.fixture.ts'].map((f) => join(ROOT, 'src/backtest/research', f));

/** Runs six tasks, of which one throws and one ends its thread, and says what came back. */
const program = (ending: string, at: string): string => `
  const { Pool } = await import(${JSON.stringify(`${at}/pool.${ending}`)});
  const pool = new Pool({ module: new URL(${JSON.stringify(`file://${at}/pool.fixture.${ending}`)}), init: {}, workers: 2 });
  const found = await pool.run([1, 2, 3, 4].map((n) => ({ do: 'square', n })).concat([{ do: 'throw', n: 5 }, { do: 'exit', n: 6 }]));
  console.log(JSON.stringify(found.map((o) => (o.ok ? o.value.value : o.error.message))));
`;
const expected = [1, 4, 9, 16, 'cannot do 5', 'the thread ended (exit code 3)'];

beforeAll(async () => {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
    extends: join(ROOT, 'tsconfig.build.json'), include: [], files: FILES,
    compilerOptions: { rootDir: join(ROOT, 'src/backtest/research'), outDir: join(folder, 'built'), typeRoots: [join(ROOT, 'node_modules/@types')] },
  }));
  await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(folder, 'tsconfig.json')]);
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('runs as built JavaScript, and the process ends with its idle threads', { timeout: 240_000 }, async () => {
  const main = join(folder, 'main.js');
  writeFileSync(main, program('js', join(folder, 'built')));
  expect(JSON.parse((await run(process.execPath, [main])).stdout)).toEqual(expected);
});

it('runs from TypeScript sources under tsx', { timeout: 240_000 }, async () => {
  const main = join(folder, 'main.ts');
  writeFileSync(main, program('ts', join(ROOT, 'src/backtest/research')));
  expect(JSON.parse((await run(process.execPath, ['--import', 'tsx', main], { cwd: ROOT })).stdout)).toEqual(expected);
});
