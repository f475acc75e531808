import type { Failure } from './test-expect.ts';
import type { SuiteResult } from './test-runner.ts';
import type { Paint } from './terminal.ts';

export interface ReportOptions {
  readonly paint: Paint;
  readonly coverage: boolean;
  readonly quiet: boolean;
}

type Reporter = (result: SuiteResult, options: ReportOptions) => string;

/** Columns aligned, two blanks apart. */
export function aligned(table: readonly (readonly string[])[]): string[] {
  const width: number[] = [];
  for (const row of table) row.forEach((cell, c) => { width[c] = Math.max(width[c] ?? 0, [...cell].length); });
  return table.map((row) => row.map((cell, c) => cell + ' '.repeat(Math.max(0, width[c] - [...cell].length))).join('  ').trimEnd());
}

const lines = (f: Failure): string[] => [...f.message.split('\n'), ...(f.table === undefined ? [] : aligned(f.table).map((l) => `  ${l}`))];

const text: Reporter = ({ cases, broken, uncovered }, { paint, coverage, quiet }) => {
  const out: string[] = [];
  let file = '';
  for (const c of cases) {
    const failed = c.failures.length > 0;
    if (quiet && !failed) continue;
    if (c.file !== file) out.push(paint.bold(c.file));
    file = c.file;
    out.push(`  ${failed ? paint.bad('✗ failed') : paint.good('✓ ok')}  ${c.name} ${paint.dim(`(${Math.round(c.ms)} ms)`)}`);
    for (const f of c.failures) out.push(...lines(f).map((l) => `      ${l}`));
  }
  for (const b of broken) out.push(`${paint.bad('✗')} ${b.file} cannot be compiled`, b.text);
  if (coverage) {
    for (const [name, ids] of uncovered) {
      out.push(`${name}: ${ids.length === 0 ? 'every node runs in some test' : `no test runs ${ids.join(', ')}`}`);
    }
  }
  const failed = cases.filter((c) => c.failures.length > 0).length;
  out.push(`${cases.length - failed} passed, ${failed} failed${broken.length > 0 ? `, ${broken.length} files not compiled` : ''}`);
  return out.join('\n');
};

const json: Reporter = ({ cases, broken, uncovered }, { coverage }) => JSON.stringify({
  version: 1, passed: cases.filter((c) => c.failures.length === 0).length, failed: cases.filter((c) => c.failures.length > 0).length,
    cases, broken,
  ...(coverage ? { uncovered: Object.fromEntries(uncovered) } : {}),
}, null, 2);

const xml = (s: string): string => s.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, '')
  .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const junit: Reporter = ({ cases, broken }) => {
  const failed = cases.filter((c) => c.failures.length > 0).length;
  const one = cases.map((c) => {
    const head = `    <testcase classname="${xml(c.pipeline)}" name="${xml(c.name)}" file="${xml(c.file)}" `
      + `time="${(c.ms / 1000).toFixed(3)}"`;
    if (c.failures.length === 0) return `${head}/>`;
    const body = c.failures.map((f) => `      <failure message="${xml(f.message.split('\n')[0])}">${xml(lines(f).join('\n'))}</failure>`);
    return `${head}>\n${body.join('\n')}\n    </testcase>`;
  });
  const errors = broken.map((b) =>
    `    <testcase classname="${xml(b.file)}" name="compiles"><error message="cannot be compiled">${xml(b.text)}</error></testcase>`);
  const counts = `tests="${cases.length + broken.length}" failures="${failed}" errors="${broken.length}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n  <testsuite name="millrace" ${counts}>\n`
    + `${[...one, ...errors].join('\n')}\n  </testsuite>\n</testsuites>`;
};

export const REPORTERS: Readonly<Record<string, Reporter>> = Object.freeze({ text, json, junit });
