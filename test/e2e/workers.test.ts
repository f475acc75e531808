import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { NatsServer } from '../../src/bus/server.ts';
import { supervise, workerArgs } from '../../src/cli/workers.ts';
import { Refusal } from '../../src/core/diagnostic.ts';
import { Program, until } from '../bus/processes.ts';
import { ROOT } from '../shipped.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let folder = '';
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'millrace-workers-')); });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A worker in plain JavaScript, and what a supervisor of some of them said. */
function crew(code: string, workers = 2): { stop: AbortController; lines: string[]; ended: Promise<number | Refusal> } {
  const script = join(folder, `worker-${Math.trunc(performance.now() * 1000)}.mjs`);
  writeFileSync(script, code);
  const stop = new AbortController();
  const lines: string[] = [];
  const ended = supervise({
    workers, args: ['--worker'], command: [process.execPath, script], signal: stop.signal, line: (l) => lines.push(l), backoffMs: 5,
  }).catch((e: unknown) => {
    if (e instanceof Refusal) return e;
    throw e;
  });
  return { stop, lines, ended };
}

describe('the supervisor of workers', () => {
  it('calls a worker as it was called itself', () => {
    expect(workerArgs(['run', 'p.yaml', '--workers', '2', '--partitions', '16'])).toEqual(['run', 'p.yaml', '--partitions', '16', '--worker']);
    expect(workerArgs(['run', '--workers=4', 'p.yaml'])).toEqual(['run', 'p.yaml', '--worker']);
  });

  it('marks their lines, passes the wish to drain on once, and ends with 0 when all did', async () => {
    const { stop, lines, ended } = crew(`
      let hits = 0;
      process.on('SIGTERM', () => { hits += 1; setTimeout(() => { process.stderr.write('; hits ' + hits); process.exit(0); }, 200); });
      setInterval(() => {}, 1000);
      process.stderr.write('begun ' + process.argv.slice(2) + '\\nhalf a ');
      process.stderr.write('line');
    `);
    await until(() => lines.filter((l) => l.includes('begun')).length === 2);
    stop.abort();
    expect(await ended).toBe(0);
    for (const n of [1, 2]) expect(lines).toEqual(expect.arrayContaining([`[worker ${n}] begun --worker`, `[worker ${n}] half a line; hits 1`]));
  });

  it('starts a crashed worker again, five times, then drains the others and refuses to go on', async () => {
    const { lines, ended } = crew(`
      process.on('SIGTERM', () => { process.stderr.write('drained\\n'); process.exit(0); });
      setInterval(() => {}, 1000);
      process.stderr.write('begun\\n');
      if (process.env.MILLRACE_WORKER === '2') process.kill(process.pid, 'SIGKILL');
    `);
    const end = await ended;
    expect(end).toBeInstanceOf(Refusal);
    expect((end as Refusal).code).toBe('E774');
    expect((end as Refusal).message).toContain('worker 2 was ended by SIGKILL');
    expect(lines.filter((l) => l === '[worker 2] begun')).toHaveLength(6);
    expect(lines.filter((l) => l === '[worker 1] begun')).toHaveLength(1);
    expect(lines).toContain('[worker 1] drained');
    expect(lines.filter((l) => l.includes('starting it again')).map((l) => Number(/in (\d+) ms/.exec(l)?.[1]))).toEqual([5, 10, 20, 40, 80]);
  });

  it('does not start again what another start would only repeat', async () => {
    const { lines, ended } = crew('process.stderr.write("wrong\\n"); process.exit(3);');
    expect(await ended).toBe(3);
    expect(lines.filter((l) => l.includes('starting'))).toEqual([]);
  });

  it('a bounded run ends when all have ended', async () => {
    expect(await crew('process.exit(0)', 3).ended).toBe(0);
  });
});

/** Partitions by the process that runs them, from what all workers said. */
function owners(lines: readonly string[]): Map<number, string> {
  const now = new Map<number, string>();
  for (const line of lines) {
    const [, pid, p, what] = /(\d+) partition (\d+) (starts|is given up|is lost)/.exec(line) ?? [];
    if (what === 'starts') now.set(Number(p), pid);
    else if (what !== undefined && now.get(Number(p)) === pid) now.delete(Number(p));
  }
  return now;
}

const shares = (lines: readonly string[]): number[] => {
  const counts = new Map<string, number>();
  for (const pid of owners(lines).values()) counts.set(pid, (counts.get(pid) ?? 0) + 1);
  return [...counts.values()].sort((a, b) => b - a);
};

describe('workers over a real server', () => {
  it('share the partitions, take over from one that is killed, let one from elsewhere join, and drain', async () => {
    const server = await NatsServer.start();
    const stop = new AbortController();
    const lines: string[] = [];
    const ended = supervise({
      workers: 2, args: [server.url, '16'], signal: stop.signal, line: (l) => lines.push(l), backoffMs: 50,
      command: [process.execPath, '--import', join(ROOT, 'node_modules/tsx/dist/loader.mjs'), join(ROOT, 'test/bus/partition-worker.ts')],
    });
    await until(() => shares(lines).join() === '8,8');
    const victim = Number(owners(lines).get(0));
    process.kill(victim, 'SIGKILL');
    // The other has all of them, or the restarted one half of them again, whichever comes first.
    await until(() => owners(lines).size === 16 && ![...owners(lines).values()].includes(String(victim)));
    await until(() => shares(lines).join() === '8,8');
    const elsewhere = new Program('test/bus/partition-worker.ts', [server.url, '16'], (l) => lines.push(l));
    await until(() => shares(lines).join() === '6,5,5');
    stop.abort();
    expect(await ended).toBe(0);
    await until(() => shares(lines).join() === '16');
    expect(new Set(owners(lines).values())).toEqual(new Set([String(elsewhere.child.pid)]));
    elsewhere.child.kill('SIGTERM');
    expect(await elsewhere.exited).toBe(0);
    expect(owners(lines).size).toBe(0);
    await server.stop();
  });
});
