import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { get } from '../../src/server/http.fixture.ts';
import { parseScrape } from '../../src/server/scrape.fixture.ts';
import { ROOT } from '../shipped.ts';

const BIN = join(ROOT, 'bin/millrace.js');
const EMA = join(ROOT, 'pipelines/ema-cross.yaml');
const MARKET = ['run', EMA, '--source', 'trades=synthetic:rate=5,symbols=AAPL+MSFT'];
let folder = '';

vi.setConfig({ testTimeout: 60_000 });

const newest = (path: string): number => readdirSync(path, { withFileTypes: true }).reduce((most, e) => {
  const full = join(path, e.name);
  return Math.max(most, e.isDirectory() ? newest(full) : statSync(full).mtimeMs);
}, 0);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-run-'));
  const built = existsSync(join(ROOT, 'dist/src/cli/main.js')) && newest(join(ROOT, 'dist')) >= newest(join(ROOT, 'src'));
  if (!built) expect(spawnSync('npm', ['run', 'build'], { cwd: ROOT }).status).toBe(0);
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Line {
  readonly time: string;
  readonly level: string;
  readonly msg: string;
  readonly code?: string;
  readonly pipeline?: string;
  readonly url?: string;
  readonly [field: string]: unknown;
}

const env = (more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({ ...process.env, NO_COLOR: '1', FORCE_COLOR: '', ...more });

/** Every line, each of them a JSON object with a time, a level and a text. */
function linesOf(text: string): Line[] {
  return text.trimEnd().split('\n').filter((l) => l !== '').map((l) => {
    const line = JSON.parse(l) as Line;
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(['info', 'warn', 'error', 'fatal']).toContain(line.level);
    expect(line.msg.length).toBeGreaterThan(0);
    return line;
  });
}

function refused(args: readonly string[], more: Readonly<Record<string, string>> = {}): { code: number | null; lines: Line[]; out: string } {
  const r = spawnSync(process.execPath, [BIN, ...args, '--log-format', 'json'], { cwd: folder, encoding: 'utf8', env: env(more), timeout: 60_000 });
  return { code: r.status, lines: linesOf(r.stderr), out: r.stdout };
}

describe('a live run', () => {
  it('says where its metrics are, and shows on them what it says at the end', async () => {
    const child: ChildProcess = spawn(process.execPath, [BIN, ...MARKET, '--speed', '600x', '--metrics', '0', '--log-format', 'json'], { cwd: folder, env: env() });
    let err = '';
    let out = '';
    child.stderr?.on('data', (d: Buffer) => { err += d.toString(); });
    child.stdout?.on('data', (d: Buffer) => { out += d.toString(); });
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    try {
      while (!err.includes('\n')) await new Promise((resolve) => setTimeout(resolve, 20));
      const { url, msg } = linesOf(err.slice(0, err.indexOf('\n')))[0];
      expect(msg).toBe(`metrics and health at ${String(url)}`);
      const port = Number(new URL(String(url)).port);
      // On a machine that is busy the start itself may take longer than a second, which counts for ten more.
      while ((await get(port, '/livez')).status !== 200) await new Promise((resolve) => setTimeout(resolve, 200));
      let rows = 0;
      while (rows < 500) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        rows = parseScrape((await get(port, '/metrics')).body).value('millrace_events_total', { pipeline: 'ema-cross', operator: 'trades' }) ?? 0;
      }
      const ready = JSON.parse((await get(port, '/readyz')).body) as { checks: Record<string, { ok: boolean }> };
      expect(ready.checks.sources.ok && ready.checks.running.ok).toBe(true);
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
      const lines = linesOf(err);
      for (const l of lines.slice(0, -1)) expect(l.pipeline).toBe('ema-cross');
      expect(lines.at(-1)).toMatchObject({ level: 'info', pipeline: 'ema-cross', drained: true, late: 0, errors: 0 });
      expect(Number(lines.at(-1)?.rows)).toBeGreaterThanOrEqual(rows);
      expect(lines.some((l) => l.msg.startsWith('stopping'))).toBe(true);
      expect(out).not.toContain('{"time"');
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('refuses an address that is open, taken or nonsense, and a token that cannot be used', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const cases: readonly (readonly [string[], Record<string, string>, number, string])[] = [
      [['--metrics', '0.0.0.0:0'], {}, 2, 'E792'], [['--metrics', String(port)], {}, 6, 'E791'], [['--metrics', 'here'], {}, 2, 'E790'],
      [[], { MILLRACE_METRICS: '0.0.0.0:0' }, 2, 'E792'], [['--metrics', '0'], { MILLRACE_METRICS_TOKEN: 'short' }, 2, 'E793'],
      [['--metrics', '0', '--metrics-token-file', 'absent'], {}, 2, 'E793'],
    ];
    for (const [args, more, code, refusal] of cases) {
      const r = refused([...MARKET, '--for', '1s', ...args], more);
      expect([args, r.code, r.lines.length, r.lines[0].code, r.lines[0].level]).toEqual([args, code, 1, refusal, 'error']);
      expect(r.lines[0].help).toBeDefined();
    }
    taken.close();
  });

  it('keeps to JSON whatever goes wrong', () => {
    writeFileSync(join(folder, 'broken.yaml'), 'apiVersion: 1\npipeline: broken\nsources:\n  t: { synthetic: {}, schema: trade }\nnodes:\n  a: { from: t, filtre: x }\n');
    const broken = refused(['run', 'broken.yaml']);
    expect([broken.code, broken.lines[0].level, broken.lines[0].file, broken.lines[0].line]).toEqual([3, 'error', 'broken.yaml', 6]);
    expect(broken.lines[0].code).toMatch(/^E\d{3}$/);
    expect(refused(['run', 'absent.yaml'])).toMatchObject({ code: 2, lines: [{ level: 'error', code: 'E902' }] });
    expect(refused(['run', EMA, '--nonsense'])).toMatchObject({ code: 2, lines: [{ level: 'error', code: 'E901' }] });
    expect(refused(['run'])).toMatchObject({ code: 2, lines: [{ level: 'error', code: 'E901' }] });
    expect(refused(['run', EMA, '--source', 'trades=absent.csv']).code).toBe(7);
  });

  it('does not listen anywhere unless it is asked to', () => {
    const r = refused([...MARKET, '--speed', 'max', '--for', '500ms']);
    expect([r.code, r.lines.filter((l) => l.msg.includes('http')).length]).toEqual([0, 0]);
    expect(r.lines.at(-1)?.rows).toBeGreaterThan(0);
  });
});
