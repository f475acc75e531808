import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ROOT } from '../shipped.ts';

const BIN = join(ROOT, 'bin/millrace.js');
const EMA = join(ROOT, 'pipelines/ema-cross.yaml');
const FEW = 'trades=synthetic:rate=0.2,length=2h,symbols=AAPL+MSFT+NVDA+SPY';
let folder = '';

// Every case starts processes, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function millrace(...args: string[]): Ran {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '' };
  const r = spawnSync(process.execPath, [BIN, ...args], { cwd: folder, encoding: 'utf8', timeout: 60_000, env });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

const newest = (path: string): number => readdirSync(path, { withFileTypes: true }).reduce((most, e) => {
  const full = join(path, e.name);
  return Math.max(most, e.isDirectory() ? newest(full) : statSync(full).mtimeMs);
}, 0);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-cli-'));
  const built = existsSync(join(ROOT, 'dist/src/cli/main.js')) && newest(join(ROOT, 'dist')) >= newest(join(ROOT, 'src'));
  if (!built) expect(spawnSync('npm', ['run', 'build'], { cwd: ROOT }).status).toBe(0);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the command line', () => {
  it('shows help on standard output, quickly and without loading the engine', () => {
    millrace('--help');
    const begun = performance.now();
    const { code, out } = millrace('--help');
    const ms = performance.now() - begun;
    expect(code).toBe(0);
    expect(out).toMatch(/^Examples:/);
    for (const verb of ['demo', 'init', 'validate|lint', 'explain', 'graph', 'test', 'run', 'replay', 'tap', 'data', 'docs', 'doctor']) {
      expect(out).toContain(`\n  ${verb}`);
    }
    // The target is 200 ms on a quiet machine; the bound leaves room for tests that run beside.
    expect(ms).toBeLessThan(1000);
  });

  it('suggests the verb, the flag, the source and the file that were meant, with exit code 2', () => {
    expect(millrace('valdate')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('validate') as string });
    expect(millrace('replay', EMA, '--jsn')).toMatchObject({ code: 2, err: expect.stringContaining('--json') as string });
    expect(millrace('replay', EMA, '--source', 'trade=x.csv')).toMatchObject({ code: 2, err: expect.stringContaining('`trades`') as string });
    expect(millrace('replay', `${EMA.slice(0, -4)}yml`)).toMatchObject({ code: 2, err: expect.stringContaining('ema-cross.yaml') as string });
    expect(millrace('docs', 'esa')).toMatchObject({ code: 2, err: expect.stringContaining('`ema`') as string });
  });

  it('tells apart a faulty pipeline (3), failing tests (4), missing data (7) and a file in the way (7)', () => {
    writeFileSync(join(folder, 'broken.yaml'), readFileSync(EMA, 'utf8').replace('ema(close, $fast)', 'emma(close, $fast)'));
    const broken = millrace('validate', 'broken.yaml');
    expect(broken.code).toBe(3);
    expect(broken.out).toMatch(/error\[E3\d\d\][\s\S]*broken\.yaml:\d+:\d+[\s\S]*did you mean `ema`/);
    writeFileSync(join(folder, 'failing.yaml'), readFileSync(EMA, 'utf8').replace('row: 3', 'row: 2'));
    const failing = millrace('test', 'failing.yaml');
    expect(failing.code).toBe(4);
    expect(failing.out).toMatch(/✗ failed[\s\S]*1 passed, 1 failed/);
    expect(millrace('replay', EMA, '--source', 'trades=absent.csv').code).toBe(7);
    writeFileSync(join(folder, 'there.csv'), 'keep');
    expect(millrace('replay', EMA, '--source', FEW, '--tap', 'bars=there.csv').code).toBe(7);
    expect(readFileSync(join(folder, 'there.csv'), 'utf8')).toBe('keep');
  });
});

describe('replay', () => {
  interface Result {
    readonly pipeline: string;
    readonly rows: number;
    readonly rows_per_s: number;
    readonly hash: string;
    readonly nodes: Readonly<Record<string, Record<string, number | string>>>;
  }
  const json = (...args: string[]): Result => {
    const { code, out, err } = millrace('replay', EMA, '--source', FEW, '--json', ...args);
    expect(code, err).toBe(0);
    return JSON.parse(out) as Result;
  };

  it('ends with one object, whose hashes are the same for every batch and for the unfused graph', () => {
    const whole = json();
    expect(whole.pipeline).toBe('ema-cross');
    expect(whole.rows).toBeGreaterThan(1000);
    expect(Object.keys(whole.nodes)).toEqual(['trades', 'bars', 'features', 'cross']);
    expect(Object.keys(whole.nodes.cross)).toEqual(expect.arrayContaining(['in', 'out', 'filtered', 'late', 'errors', 'hash']));
    expect(whole.nodes.cross.out).toBeGreaterThan(0);
    for (const batch of ['1', '7', '4096', 'random:5']) expect(json('--batch', batch)).toMatchObject({ hash: whole.hash, nodes: whole.nodes });
    expect(json('--no-fuse').hash).toBe(whole.hash);
    expect(json('-p', 'fast=5').hash).not.toBe(whole.hash);
  });

  it('prints signals with reasons, and a summary beside them', () => {
    const { code, out, err } = millrace('replay', EMA, '--source', FEW);
    expect(code).toBe(0);
    expect(out).toMatch(/(▲ buy|▼ sell) .*fast [\d.]+ crossed (above|below) slow/);
    expect(err).toMatch(/\d+ rows in .* cross, 0 late, 0 errors/);
  });

  it('writes taps in three formats that read back to the same hash', () => {
    for (const form of ['csv', 'jsonl', 'arrow']) {
      const made = millrace('data', 'gen', `t.${form}`, '--length', '1h', '--rate', '0.2', '--force');
      expect(made.code, made.err).toBe(0);
    }
    const of = (form: string): string => {
      const { out } = millrace('replay', EMA, '--source', `trades=t.${form}`, '--symbols', 'AAA,BBB', '--json', '--tap', `bars=bars.${form}`, '--force');
      return (JSON.parse(out) as Result).hash;
    };
    const csv = of('csv');
    expect(of('jsonl')).toBe(csv);
    expect(of('arrow')).toBe(csv);
    expect(readFileSync(join(folder, 'bars.csv'), 'utf8').split('\n')[0]).toMatch(/^ts,symbol,open,high,low,close,volume/);
  });

  it('checks parity', () => {
    expect(millrace('replay', EMA, '--source', FEW, '--check', 'parity')).toMatchObject({ code: 0, err: expect.stringContaining('parity: 4 nodes') as string });
  });

  it('checks several things in one go, and has them in the object', () => {
    const pairs = join(ROOT, 'pipelines/pairs-z-score.yaml');
    const { code, out, err } = millrace('replay', pairs, '--json', '--check', 'warmup,lookahead,parity');
    expect([code, err]).toEqual([0, expect.stringMatching(/^parity: .*\nlook-ahead: none found; 200 cut points .*\nwarm-up: 8 later/s)]);
    const { checks } = JSON.parse(out) as { checks: { name: string; ok: boolean; text: string }[] };
    expect(checks.map((c) => [c.name, c.ok])).toEqual([['parity', true], ['lookahead', true], ['warmup', true]]);
    expect(checks[1].text).toContain('none found');
  });

  it('refuses look-ahead with the node at fault and exit code 5, and has it in the object', () => {
    writeFileSync(join(folder, 'tomorrow.mjs'), `
      export const tomorrow = { kind: 'operator', form: 'row', name: 'tomorrow', family: 'shape', summary: '', doc: '', fields: {},
        inputs: [1, 1], examples: [], schema: () => [{ name: 'next', type: 'f64' }], state: () => ({}),
        step: () => (_S, _b, frame, i, slots) => { frame.cols[slots[0]][i] = i + 1 < frame.n ? frame.cols[0][i + 1] : NaN; return true; } };`);
    writeFileSync(join(folder, 'tomorrow.yaml'), 'apiVersion: 1\npipeline: tomorrow\nsources:\n  trades:\n'
      + '    synthetic: { symbols: [KO], seed: 3, rate: 0.2, length: 1h }\n    schema: trade\nnodes:\n  seen: { from: trades, tomorrow: {} }\n'
      + '  up: { from: seen, filter: next > price }\n');
    const ran = millrace('replay', 'tomorrow.yaml', '--operators', 'tomorrow.mjs', '--json', '--check', 'lookahead');
    expect(ran.code).toBe(5);
    expect(ran.err).toContain('error[E680]: look-ahead: `seen` depends on rows that come later: KO at ');
    expect(ran.err).toContain('behind it `up` differs too');
    expect((JSON.parse(ran.out) as { checks: unknown[] }).checks).toMatchObject([{ name: 'lookahead', ok: false }]);
  });

  it('refuses a check that there is not', () => {
    expect(millrace('replay', EMA, '--source', FEW, '--check', 'parity,future')).toMatchObject({
      code: 2, err: expect.stringContaining('--check takes parity, lookahead, warmup, parted by commas, not `future`') as string,
    });
  });

  it('ends quietly when its reader has seen enough', () => {
    const r = spawnSync('bash', ['-c', `node ${BIN} replay ${EMA} | head -2; exit $((PIPESTATUS[0]))`], { encoding: 'utf8', cwd: folder });
    expect(r.stderr).not.toMatch(/EPIPE|Error/);
    expect(r.status).toBe(0);
  });
});

describe('live', () => {
  it('drains on the first interrupt and says what it did', async () => {
    const child = spawn(process.execPath, [BIN, 'run', EMA, '--speed', '2000x'], { cwd: folder });
    let err = '';
    let interrupted = false;
    child.stderr.on('data', (d: Buffer) => { err += d.toString(); });
    child.stdout.on('data', () => {
      if (!interrupted) child.kill('SIGINT');
      interrupted = true;
    });
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect(code).toBe(0);
    expect(err).toMatch(/drained after \d+ rows/);
  });

  it('shows a day of signals in the demo, by way of the bus', () => {
    const { code, out, err } = millrace('demo', '--for', '2s');
    expect(code).toBe(0);
    expect(out.split('\n').filter((l) => /▲ buy|▼ sell/.test(l)).length).toBeGreaterThan(20);
    expect(err).toMatch(/embedded bus[\s\S]*validate[\s\S]*warm-up[\s\S]*signals from \d+ trades · 0 late/);
  });

  it('waits on the bus for rows that may come, until told to end', () => {
    writeFileSync(join(folder, 'bus.yaml'), readFileSync(EMA, 'utf8').replace(/synthetic: .*/, 'nats: { subject: "md.{symbol}" }'));
    expect(millrace('run', 'bus.yaml', '--for', '300ms')).toMatchObject({ code: 0, err: expect.stringContaining('drained after 0 rows') as string });
  });
});

describe('the other verbs', () => {
  it('init writes a project that validates, passes its tests and replays', () => {
    const made = millrace('init', 'project');
    expect(made.code, made.err).toBe(0);
    expect(millrace('validate', 'project/...').code).toBe(0);
    expect(millrace('test', 'project/...').code).toBe(0);
    expect(millrace('replay', 'project/pipelines/ema-cross.yaml', '--source', 'trades=project/data/trades.csv').out).toMatch(/▲ buy/);
    expect(millrace('init', 'project').code).toBe(7);
  });

  it('explain says what streams promise, and that several of them wait for each other', () => {
    const two = join(folder, 'two.yaml');
    const pipeline = (quotes: string): string => [
      'apiVersion: 1', 'pipeline: two', 'sources:', '  trades: { schema: trade, nats: { subject: "md.trades.{symbol}", stream: MD } }',
      `  quotes: { schema: quote, nats: { subject: "md.quotes.{symbol}", stream: ${quotes} } }`,
      'outputs:', '  out: { from: trades, nats: { subject: "big.{symbol}", stream: BIG } }', '  bare: { from: quotes, nats: "q.{symbol}" }', '',
    ].join('\n');
    writeFileSync(two, pipeline('QUOTES'));
    const { out } = millrace('explain', two);
    expect(out).toContain('source trades: durable: read from a stream by sequence, nothing is lost (stream MD)');
    expect(out).toContain('output out: durable: every row is in the stream once (stream BIG)');
    expect(out).toContain('output bare: best effort');
    expect(out).toContain('streams MD and QUOTES are merged by event time: the one that is slow or quiet holds the other');
    expect(JSON.parse(millrace('explain', two, '--json').out)).toMatchObject({ merged: ['MD', 'QUOTES'] });
    expect(millrace('validate', two).out).toContain('W711');
    writeFileSync(two, pipeline('MD'));
    expect(millrace('explain', two).out).not.toContain('merged');
    expect(JSON.parse(millrace('explain', two, '--json').out)).toMatchObject({ merged: [] });
    expect(millrace('validate', two).out).not.toContain('W71');
  });

  it('explain, graph and schema write what programs can read', () => {
    const explained = JSON.parse(millrace('explain', EMA, '--json').out) as { nodes: { id: string; warmupRows: number; stateBytesPerKey: number }[] };
    expect(explained.nodes.find((n) => n.id === 'features')).toMatchObject({ warmupRows: 26 });
    expect(explained.nodes.find((n) => n.id === 'features')?.stateBytesPerKey).toBeGreaterThan(0);
    expect(millrace('graph', EMA, '--format', 'mermaid').out).toMatch(/^flowchart LR/);
    expect(millrace('graph', EMA, '--format', 'dot').out).toMatch(/^digraph/);
    expect(millrace('graph', EMA, '--format', 'svg').out).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    expect(JSON.parse(millrace('graph', EMA, '--format', 'json').out)).toMatchObject({ name: 'ema-cross' });
    expect(JSON.parse(millrace('schema').out)).toMatchObject({ title: 'Millrace pipeline' });
  });

  it('tap shows rows of nodes that fulfil a condition', () => {
    const { code, out } = millrace('tap', EMA, 'features', '--source', FEW, '--where', 'rsi > 60', '--limit', '4', '--format', 'jsonl');
    expect(code).toBe(0);
    const rows = out.trim().split('\n').map((l) => JSON.parse(l) as { rsi: number });
    expect(rows).toHaveLength(4);
    for (const r of rows) expect(r.rsi).toBeGreaterThan(60);
  });

  it('validate speaks text, json, sarif and github', () => {
    writeFileSync(join(folder, 'odd.yaml'), readFileSync(EMA, 'utf8').replace('bars: { every: 1m }', 'bars: { evry: 1m }'));
    const parsed = JSON.parse(millrace('validate', 'odd.yaml', '--format', 'json').out) as { files: { diagnostics: { line: number }[] }[] };
    expect(parsed.files[0].diagnostics[0].line).toBeGreaterThan(10);
    const sarif = JSON.parse(millrace('validate', 'odd.yaml', '--format', 'sarif').out) as { runs: { results: { ruleId: string }[] }[] };
    expect(sarif.runs[0].results[0].ruleId).toMatch(/^E1/);
    expect(millrace('validate', 'odd.yaml', '--format', 'github').out).toMatch(/^::error file=odd\.yaml,line=\d+,col=\d+/);
    writeFileSync(join(folder, 'page.md'), `# A page\n\n\`\`\`yaml\n${readFileSync(join(folder, 'odd.yaml'), 'utf8')}\`\`\`\n`);
    expect(millrace('validate', 'page.md').out).toMatch(/page\.md:2\d:/);
  });

  it('data check reports what it finds', () => {
    writeFileSync(join(folder, 'few.csv'), 'ts,symbol,price,size\n2024-01-02T10:00:00Z,A,1,1\n2024-01-02T10:00:01Z,A,x,1\n2024-01-02T10:00:02Z,A,2,1\n');
    const { code, out } = millrace('data', 'check', 'few.csv', '--schema', 'trade');
    expect(code).toBe(7);
    expect(out).toMatch(/2 rows, 1 symbols, 1 bad[\s\S]*line 3: E752/);
  });

  it('docs, operators, doctor and completion answer', () => {
    expect(millrace('docs', 'rsi').out).toContain('rsi(');
    expect(millrace('docs', 'sharpe').out).toContain('Formula: mean(r - rf) / std(r - rf)');
    expect(millrace('docs', 'E301').out).toMatch(/^E301:[\s\S]*Wrong:[\s\S]*Right:/);
    expect(millrace('operators').out).toContain('supertrend(');
    expect(JSON.parse(millrace('doctor', '--json').out)).toMatchObject({ ok: true });
    for (const shell of ['bash', 'zsh', 'fish']) expect(millrace('completion', shell).out).toContain('replay');
    const syntax = spawnSync('bash', ['-n'], { input: millrace('completion', 'bash').out });
    expect(syntax.status).toBe(0);
  });
});
