import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const filesUnder = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile() && f.name.endsWith('.ts'))
    .map((f) => relative(ROOT, join(f.parentPath, f.name)));

const sources = ['src', 'operators'].flatMap(filesUnder);
const all = [...sources, ...['test', 'bench'].flatMap(filesUnder)];
const shipped = sources.filter((f) => !f.endsWith('.test.ts') && !f.endsWith('.fixture.ts'));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** The text without comments and string contents, so that words in them are no finding. */
const code = (file: string): string =>
  read(file).replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ').replace(/'(?:[^'\\\n]|\\.)*'/g, "''").replace(/`(?:[^`\\]|\\.)*`/g, '``');

const imports = (file: string): string[] => [...read(file).matchAll(/^(?:import|export)\b[^;'"]*?from '([^'\n]+)'|^import '([^'\n]+)'|\bimport\('([^'\n]+)'\)/gm)].map((m) => m[1] ?? m[2] ?? m[3]);

/** Folder of a file as the table below names it. */
const area = (file: string): string => (file.startsWith('src/') ? file.split('/').slice(0, 2).join('/') : file.split('/')[0]);

/** architecture.md section 2: who may import whom. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  operators: ['src/core'],
  'src/language': ['src/core'],
  'src/plan': ['src/core', 'src/language'],
  'src/graph': ['src/core', 'src/plan'],
  'src/engine': ['src/core', 'src/plan', 'src/graph'],
  'src/bus': ['src/core', 'src/store'],
  'src/connect': ['src/core'],
  'src/store': ['src/core'],
  'src/recording': ['src/core', 'src/connect', 'src/engine', 'src/store'],
  'src/server': ['src/core'],
  'src/backtest': ['src/core', 'src/engine'],
  'src/parquet': ['src/core'],
  'src/table': ['src/core', 'src/connect', 'src/store', 'src/recording', 'src/parquet'],
  'src/runs': ['src/core', 'src/backtest', 'src/store', 'src/table'],
};

/** Packages by folder; whatever is not here imports none. `node:` modules count as packages. */
const MAY_USE: Readonly<Record<string, RegExp>> = {
  'src/language': /^yaml$/,
  'src/graph': /^rxjs(\/operators)?$/,
  'src/engine': /^node:(crypto|v8|perf_hooks|timers\/promises)$/,
  'src/connect': /^(node:|apache-arrow)/,
  'src/bus': /^(node:|@nats-io\/)/,
  'src/store': /^node:/,
  'src/recording': /^(node:|apache-arrow)/,
  'src/server': /^(node:|prom-client)/,
  'src/backtest': /^node:/,
  'src/parquet': /^hyparquet-writer$/,
  'src/table': /^(node:|apache-arrow)/,
  'src/runs': /^node:/,
  'src/cli': /./,
};

const targetArea = (file: string, spec: string): string => area(relative(ROOT, join(ROOT, file, '..', spec)));

describe('import directions', () => {
  it.each(Object.keys(MAY_IMPORT))('%s', (folder) => {
    const wrong = shipped.filter((f) => area(f) === folder).flatMap((f) => imports(f)
      .filter((spec) => spec.startsWith('.'))
      .filter((spec) => ![folder, ...MAY_IMPORT[folder]].includes(targetArea(f, spec)))
      .map((spec) => `${f} imports ${spec}`));
    expect(wrong).toEqual([]);
  });

  it('packages stay in their folders', () => {
    const wrong = shipped.flatMap((f) => imports(f)
      .filter((spec) => !spec.startsWith('.') && !(MAY_USE[area(f)]?.test(spec) ?? false)).map((spec) => `${f} imports ${spec}`));
    expect(wrong).toEqual([]);
  });

  it('sees a wrong import', () => {
    expect(targetArea('src/core/a.ts', '../plan/b.ts')).toBe('src/plan');
    expect(imports('src/graph/build.ts')).toContain('rxjs');
  });
});

const find = (files: readonly string[], pattern: RegExp, text: (f: string) => string = code): string[] =>
  files.flatMap((f) => text(f).split('\n').flatMap((line, i) => (pattern.test(line) ? [`${f}:${i + 1} ${line.trim()}`] : [])));

describe('what the code keeps to', () => {
  it('no file over 400 lines', () => {
    expect(all.filter((f) => read(f).split('\n').length > 401)).toEqual([]);
  });

  it('no line over 140 columns', () => {
    expect(find(shipped, /^.{141,}$/, read)).toEqual([]);
  });

  it('the type any is nowhere', () => {
    expect(find(all.filter((f) => f !== 'test/tidy.test.ts'), /(:\s*any\b|\bas any\b|<any>|\bany\[\])/)).toEqual([]);
  });

  it('no default exports, star exports, enums, namespaces', () => {
    expect(find(all.filter((f) => !f.includes('config')), /^\s*export (default|\*)|^\s*(export )?(const )?enum |^\s*(export )?namespace /)).toEqual([]);
  });

  it('kernels and language touch no clock, chance, timer or process', () => {
    const pure = shipped.filter((f) => ['src/core', 'src/language', 'src/plan', 'operators', 'src/graph'].includes(area(f)));
    expect(find(pure, /\bDate\b|\bperformance\b|\bset(Timeout|Interval|Immediate)\b|Math\.random|\bprocess\.|\bcrypto\b/)).toEqual([]);
  });

  it('code is made from text in one file only', () => {
    expect(find(shipped, /new Function\b|\beval\(/).map((f) => f.split(':')[0])).toEqual(['src/graph/loop.ts']);
  });

  it('no folder is a drawer', () => {
    expect(all.filter((f) => /(^|\/)(util|utils|common|helpers|shared)\//.test(f))).toEqual([]);
  });

  it('nothing is skipped or left over', () => {
    expect(find(all, /\b(it|describe|test)\.(only|todo)\(|\bTODO\b|\bFIXME\b/).filter((f) => !f.startsWith('test/tidy'))).toEqual([]);
  });
});
