import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { expect, it } from 'vitest';
import { compareWithRecording } from '../../src/cli/parity.ts';
import type { Prepared } from '../../src/cli/wire.ts';
import { openRecording } from '../../src/recording/recording.ts';
import { checkRecording } from '../../src/recording/check.ts';
import { repairRecording } from '../../src/recording/repair.ts';
import { planOf, PIPELINES, read, REGISTRY, ROOT } from '../shipped.ts';
import { scratch } from './support.ts';

const folder = scratch();
const PIPELINE = join(PIPELINES, 'ema-cross.yaml');

/** Starts `millrace run --record`, and kills it without a word when so many bytes of trades are on the disk. */
async function killedAt(at: string, bytes: number): Promise<void> {
  const main = JSON.stringify(new URL('../../src/cli/main.ts', import.meta.url).href);
  const code = `import { run } from ${main}; process.exitCode = await run(process.argv.slice(1));`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', code, 'run', PIPELINE, '--speed', '3000x', '--record', at];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'ignore' });
  const file = join(at, 'trades.000001.arrow');
  while (child.exitCode === null && !(existsSync(file) && statSync(file).size > bytes)) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill('SIGKILL');
  await new Promise((resolve) => (child.exitCode !== null || child.signalCode !== null ? resolve(0) : child.once('exit', resolve)));
}

it('a run that is killed leaves a recording that can be replayed, compared, repaired and opened by others', async () => {
  const at = folder();
  await killedAt(at, 1_200_000);
  const killed = openRecording(at);
  expect([killed.manifest.closed, killed.manifest.complete]).toEqual([null, false]);
  const doc = read(PIPELINE);
  const p: Prepared = { doc, plan: planOf(doc), registry: REGISTRY, env: {}, custom: [], universe: null };
  const before = await compareWithRecording(p, killed, {}, {});
  expect(before.rows).toBeGreaterThan(2000);
  const found = await checkRecording(at);
  expect(found.streams.map((s) => [s.damage, s.missing])).toEqual([[[], 0], [[], 0]]);
  expect(found.seqGaps).toBe(0);
  repairRecording(at);
  const after = await compareWithRecording(p, openRecording(at), {}, { batch: 7 });
  expect([after.rows, after.compared]).toEqual([before.rows, before.compared]);
  const tables = readdirSync(at).filter((f) => f.startsWith('trades.') && f.endsWith('.arrow')).map((f) => tableFromIPC(readFileSync(join(at, f))));
  expect(tables.reduce((sum, t) => sum + t.numRows, 0)).toBe(after.rows);
}, 120_000);
