import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../shipped.ts';

interface Case {
  readonly id: string;
  readonly tests: readonly { readonly file: string; readonly name: string }[];
  /** Why nothing plays it; empty where something does. */
  readonly why: string;
}

/** Rows of the table: `| F1 | when | then | `file`: name <br> `file`: name |`, or a last cell that begins with `Not`. */
function casesOf(page: string): Case[] {
  return page.split('\n').filter((l) => /^\| F\d+ \|/.test(l)).map((line) => {
    const cells = line.split('|').slice(1, -1).map((c) => c.trim());
    const last = cells[3] ?? '';
    const entries = last.split('<br>').map((e) => /`([\w/.-]+\.test\.ts)`: (.+)$/.exec(e.trim()));
    return {
      id: cells[0], why: last.startsWith('Not ') ? last : '',
      tests: entries.flatMap((e) => (e === null ? [] : [{ file: e[1], name: e[2].trim() }])),
    };
  });
}

/** Names of tests and of groups of tests in a file, as they are written there. */
const namesIn = (text: string): string[] => text.replaceAll("\\'", "'").split('\n')
  .filter((l) => /\b(it|describe)\b.*\(|^\s+\[['`]/.test(l));

/** What is wrong with what a case names. */
function faultsOf({ id, tests, why }: Case, read: (file: string) => string | null): string[] {
  if (tests.length === 0 && why.length < 20) return [`${id} names no test and no reason`];
  return tests.flatMap(({ file, name }) => {
    const text = read(file);
    if (text === null) return [`${id}: there is no ${file}`];
    return namesIn(text).some((l) => l.includes(name)) ? [] : [`${id}: ${file} has no test "${name}"`];
  });
}

const read = (file: string): string | null => (existsSync(join(ROOT, file)) ? readFileSync(join(ROOT, file), 'utf8') : null);

it('every fault case has a test that is there, or says why not', () => {
  const cases = casesOf(readFileSync(join(ROOT, 'docs/guide/faults.md'), 'utf8'));
  expect(cases.map((c) => c.id)).toEqual(Array.from({ length: 44 }, (_, i) => `F${i + 1}`));
  expect(cases.flatMap((c) => faultsOf(c, read))).toEqual([]);
  expect(cases.filter((c) => c.why === '').length).toBeGreaterThan(36);
});

it('a test that was renamed, a file that is gone and a row without either are seen', () => {
  const page = '| F1 | a | b | `x.test.ts`: it works |\n| F2 | a | b | `y.test.ts`: it works |\n| F3 | a | b | |\n| F4 | a | b | `x.test.ts`: other |';
  const faults = casesOf(page).flatMap((c) => faultsOf(c, (file) => (file === 'x.test.ts' ? "it('it works well', () => {" : null)));
  expect(faults).toEqual(['F2: there is no y.test.ts', 'F3 names no test and no reason', 'F4: x.test.ts has no test "other"']);
});
