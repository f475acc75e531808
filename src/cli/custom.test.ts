import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCustom } from './custom.ts';
import { checkOwn } from './operator-checks.ts';
import { readProject, withDotEnv } from './project.ts';
import { makeRegistry } from './registry.ts';
import { row } from '../core/operator.ts';
import { column } from '../core/operator.ts';
import { cell } from '../core/layout.ts';

const FROM = pathToFileURL(join(import.meta.dirname, '../operator.ts')).href;
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-own-'));
  mkdirSync(join(folder, 'deep'));
  writeFileSync(join(folder, 'deep/twice.js'), `import { kernel } from '${FROM}';
export const twice = kernel({
  name: 'twice', family: 'math', summary: 'Twice.', doc: 'Twice the value.', source: 'Own.', inputs: [{ name: 'x', doc: 'Value.', column: 'close' }],
  params: {}, outputs: [{ name: 'value', doc: 'Twice.' }], warmup: () => 1, state: () => ({}), step: () => (S, b, x) => 2 * x,
  examples: [{ title: 'two', in: [1, 2], out: [2, 4] }],
});
export const other = 3;
`);
  writeFileSync(join(folder, 'deep/twice.test.js'), 'throw new TypeError("not loaded");');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('operators of the user’s own', () => {
  it('are every kernel and operator that the files of a folder export', async () => {
    const found = await loadCustom([folder], '/');
    expect(found.map((f) => f.value.name)).toEqual(['twice']);
    const registry = makeRegistry(found.map((f) => f.value));
    expect(registry.kernels.get('twice')).toBe(found[0].value);
    expect([...registry.custom]).toEqual(['twice']);
    expect(await checkOwn(found[0], registry)).toEqual([]);
  });

  it('come with the text of their file and of what it imports from beside it', async () => {
    const own = join(folder, 'own');
    mkdirSync(own);
    writeFileSync(join(own, 'weights.js'), 'export { half } from "./half.js";\n');
    writeFileSync(join(own, 'half.js'), 'import "./weights.js";\nexport const half = 0.5;\n');
    writeFileSync(join(own, 'main.js'), `import { half } from './weights.js';\nexport const main = { kind: 'kernel', name: 'main', half };\n`);
    const main = (await loadCustom([own], '/')).find((f) => f.value.name === 'main');
    expect(main?.text).toContain('half = 0.5');
    expect(main?.text.match(/export \{ half \}/g)).toHaveLength(1);
    rmSync(own, { recursive: true });
  });

  it('are refused with a way out', async () => {
    await expect(loadCustom(['absent'], folder)).rejects.toMatchObject({ code: 'E805', exit: 2 });
    writeFileSync(join(folder, 'empty.js'), 'export const x = 1;\n');
    await expect(loadCustom(['empty.js'], folder)).rejects.toMatchObject({ code: 'E805' });
    writeFileSync(join(folder, 'broken.js'), 'import "./nowhere.js";\n');
    await expect(loadCustom(['broken.js'], folder)).rejects.toMatchObject({ code: 'E807' });
    rmSync(join(folder, 'empty.js'));
    rmSync(join(folder, 'broken.js'));
    const [own] = await loadCustom([folder], '/');
    expect(() => makeRegistry([{ ...own.value, name: 'ema' } as typeof own.value])).toThrow(/`ema` exists already/);
  });
});

describe('the checks of a row operator', () => {
  let outside = 0;
  const made = (step: Parameters<typeof row>[0]['step']): ReturnType<typeof row> => row({
    name: 'mine', family: 'shape', summary: 'For tests.', doc: 'For tests.', fields: {}, inputs: [1, 1],
    examples: [{ title: 'on bars', yaml: 'mine:\n  from: bars\n  mine: {}' }],
    schema: () => [column('n')], state: () => ({ n: cell() }), step,
  });
  const failing = async (operator: ReturnType<typeof row>): Promise<string> =>
    (await checkOwn({ file: 'mine.ts', text: '', value: operator }, makeRegistry([operator]))).map((f) => f.message).join('\n');

  it('pass one that keeps its state where it is declared', async () => {
    expect(await failing(made((_, at) => (S, b, frame, i, slots) => {
      (frame.cols[slots[0]] as Float64Array)[i] = ++S[b + at.n];
      return true;
    }))).toBe('');
  });

  it('see state kept outside, state shared by runs, and a look ahead', async () => {
    expect(await failing(made(() => (_S, _b, frame, i, slots) => {
      (frame.cols[slots[0]] as Float64Array)[i] = ++outside;
      return true;
    }))).toMatch(/two runs over the same rows differ/);
    expect(await failing(made(() => {
      let n = 0;
      return (_S, _b, frame, i, slots) => {
        (frame.cols[slots[0]] as Float64Array)[i] = ++n;
        return true;
      };
    }))).toMatch(/after a kill at row \d+ and a restore the result differs/);
    expect(await failing(made(() => (_S, _b, frame, i, slots) => {
      (frame.cols[slots[0]] as Float64Array)[i] = i + 1 < frame.n ? frame.ts[i + 1] : NaN;
      return true;
    }))).toMatch(/depends on how rows are batched/);
  });
});

describe('the project', () => {
  it('names folders of operators, and only that', () => {
    writeFileSync(join(folder, 'millrace.yaml'), 'operators: [./deep, more]\nx-note: hello\n');
    expect(readProject(folder, {}).operators).toEqual([join(folder, 'deep'), join(folder, 'more')]);
    expect(readProject(join(folder, 'deep'), {}).operators).toEqual([]);
  });

  it('adds .env to the environment, behind what is set', () => {
    writeFileSync(join(folder, '.env'), 'A=1\nexport B="two words"\n# C=3\nD=4 # why\n');
    expect(withDotEnv(folder, { A: 'set' })).toMatchObject({ A: 'set', B: 'two words', D: '4' });
  });
});
