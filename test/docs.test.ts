import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NatsServer } from '../src/bus/server.ts';
import { readPipeline } from '../src/language/check.ts';
import { parseFormula } from '../src/language/formula/parse.ts';
import { Report } from '../src/language/report.ts';
import { readYaml } from '../src/language/yaml.ts';
import { compile } from '../src/plan/compile.ts';
import { pages, type Block, type Page } from './docs-blocks.ts';
import { REGISTRY, ROOT } from './shipped.ts';

/** Commands that are not executed here, each with the reason. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'npm ci': 'needs the network, and is what .ci/run begins with',
  'npm test': 'is what runs this test',
  'npm run bench': 'takes minutes and wants a quiet machine',
  '"$(npm run --silent nats:get)" -js -a 127.0.0.1 -sd nats-data': 'does not end by itself: the test starts that server on a free port',
};

/** The address that pages give it; the test has another port. */
const SERVER_URL = 'nats://127.0.0.1:4222';
const COMMAND_LIMIT_MS = 60_000;
const LANGUAGES = new Set(['yaml', 'formula', 'sh', 'console', 'ts', 'text', 'mermaid', 'json', 'toml', 'js']);

const newest = (folder: string): number => readdirSync(folder, { withFileTypes: true }).reduce((most, e) => {
  const path = join(folder, e.name);
  return Math.max(most, e.isDirectory() ? newest(path) : statSync(path).mtimeMs);
}, 0);

/** The pages call the command as it is installed, so it has to be the one of these sources. */
function buildIfStale(): void {
  const main = join(ROOT, 'dist/src/cli/main.js');
  if (existsSync(main) && newest(join(ROOT, 'dist')) >= Math.max(newest(join(ROOT, 'src')), newest(join(ROOT, 'operators')))) return;
  const built = spawnSync('npm', ['run', 'build'], { cwd: ROOT, encoding: 'utf8' });
  if (built.status !== 0) throw new TypeError(`npm run build failed:\n${built.stdout}${built.stderr}`);
}

/** The command that the block's line is run as, or null for one that is not run. `server` is what the page has started. */
function runnable(line: string, server: NatsServer | null): string | null {
  if (line in NOT_RUN) return null;
  if (server !== null) return runnable(line.replaceAll(SERVER_URL, server.url), null);
  if (line === 'npm run nats:get') return `npm run --prefix ${ROOT} nats:get`;
  if (line === 'npm run demo') return `node ${join(ROOT, 'bin/millrace.js')} demo --for 5s`;
  return line.replace(/^(npx )?millrace\b/, `node ${join(ROOT, 'bin/millrace.js')}`);
}

const commandsOf = (block: Block): string[] => block.text.split('\n').map((l) => l.trim())
  .flatMap((l) => (block.language === 'console' ? (l.startsWith('$ ') ? [l.slice(2)] : []) : [l]))
  .map((l) => l.replace(/\s+#.*$/, '')).filter((l) => l !== '' && !l.startsWith('#'));

const startsServer = (block: Block): boolean => block.language === 'sh' && block.text.includes('nats:get)" -js');

/** A folder in which a reader would follow the page: the project installed, the pipelines that ship at hand. */
function folderFor(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-docs-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/millrace'), 'dir');
  for (const name of ['pipelines', 'config']) if (existsSync(join(ROOT, name))) symlinkSync(join(ROOT, name), join(folder, name));
  writeFileSync(join(folder, 'package.json'), '{ "name": "reader", "private": true, "type": "module" }\n');
  return folder;
}

function follow(page: Page, folder: string, server: NatsServer | null): number {
  let output = '';
  let ran = 0;
  for (const block of page.blocks) {
    const place = `${page.name}:${block.line}`;
    if (block.file !== null) {
      const path = join(folder, block.file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, block.text);
    } else if (block.language === 'sh' || block.language === 'console') {
      output = '';
      for (const line of commandsOf(block)) {
        const command = runnable(line, server);
        if (command === null) continue;
        const result = spawnSync('bash', ['-c', command], { cwd: folder, encoding: 'utf8', timeout: COMMAND_LIMIT_MS });
        output += result.stdout + result.stderr;
        expect(result.status, `${place}: ${line}\n${result.stdout.slice(-2000)}${result.stderr}`).toBe(0);
        ran += 1;
      }
    } else if (block.language === 'text' && output !== '') {
      for (const line of block.text.split('\n').filter((l) => l.trim() !== '' && !l.includes('…'))) expect(output, place).toContain(line);
    }
  }
  return ran;
}

/** TypeScript that a page has the reader write type-checks in a project that is strict. */
function typeCheck(page: Page, folder: string): void {
  const files = page.blocks.filter((b) => b.language === 'ts').map((b) => b.file ?? `${page.name}:${b.line} has no file=`);
  if (files.length === 0) return;
  const flags = ['--noEmit', '--strict', '--target', 'es2023', '--module', 'nodenext', '--types', ''];
  const result = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), [...flags, ...files], { cwd: folder, encoding: 'utf8' });
  expect(result.stdout + result.stderr, page.name).toBe('');
}

function checkYaml(block: Block, place: string): void {
  const report = new Report();
  const root = readYaml(block.text, {}, report);
  expect(report.sorted().filter((d) => d.severity === 'error'), place).toEqual([]);
  if (root?.kind !== 'map' || !root.at.has('pipeline') || block.file !== null) return;
  const doc = readPipeline(block.text, { file: place, base: ROOT, registry: REGISTRY, env: {}, params: {}, readFile: () => null });
  expect(compile(doc, REGISTRY).diagnostics.map((d) => `${d.code} ${d.message}`), place).toEqual([]);
}

const all = pages();

describe('the pages', () => {
  const folders: string[] = [];
  beforeAll(buildIfStale, 120_000);
  afterAll(() => folders.forEach((f) => rmSync(f, { recursive: true })));

  it('are all there and speak languages that are checked', () => {
    const names = all.map((p) => p.name);
    for (const page of ['README.md', 'docs/guide/first-minute.md', 'docs/guide/write-an-operator.md']) expect(names).toContain(page);
    for (const page of all) for (const b of page.blocks) expect(LANGUAGES, `${page.name}:${b.line}`).toContain(b.language);
  });

  it('has pipelines and formulas without a fault', () => {
    let seen = 0;
    for (const page of all) {
      for (const block of page.blocks) {
        const place = `${page.name}:${block.line}`;
        if (block.language === 'yaml') checkYaml(block, place);
        else if (block.language === 'formula') expect(parseFormula(block.text.trim(), 0).diagnostics, place).toEqual([]);
        else continue;
        seen += 1;
      }
    }
    expect(seen).toBeGreaterThan(20);
  });

  const followed = all.filter((p) => p.blocks.some((b) => commandsOf(b).length > 0 && ['sh', 'console'].includes(b.language)));

  it.each(followed.map((p) => [p.name, p] as const))('%s can be followed, command by command', { timeout: 300_000 }, async (_name, page) => {
    const folder = folderFor();
    folders.push(folder);
    const server = page.blocks.some(startsServer) ? await NatsServer.start() : null;
    try {
      expect(follow(page, folder, server)).toBeGreaterThan(0);
    } finally {
      await server?.stop();
    }
    typeCheck(page, folder);
  });

  it('starts a server for the page that does', () => {
    expect(followed.filter((p) => p.blocks.some(startsServer)).map((p) => p.name)).toEqual(['docs/guide/streams.md']);
  });

  it('has the picture that `millrace graph` draws', () => {
    const readme = all.find((p) => p.name === 'README.md');
    const picture = readme?.blocks.find((b) => b.language === 'mermaid');
    const command = `node ${join(ROOT, 'bin/millrace.js')} graph pipelines/multi-timeframe-trend.yaml --format mermaid`;
    expect(picture?.text).toBe(spawnSync('bash', ['-c', command], { cwd: ROOT, encoding: 'utf8' }).stdout);
  });

  it('links to what exists', () => {
    expect(deadLinks()).toEqual([]);
  });
});

function deadLinks(): string[] {
  const isThere = (page: Page, link: string): boolean => existsSync(join(ROOT, dirname(page.name), link));
  return all.flatMap((page) => page.links.filter((link) => !isThere(page, link)).map((link) => `${page.name}: ${link}`));
}
