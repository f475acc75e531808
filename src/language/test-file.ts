import type { Diagnostic } from '../core/diagnostic.ts';
import { type ReadOptions, reportUnset } from './check.ts';
import type { Document, TestDecl } from './document.ts';
import { asList, readKeys, shapeOf } from './keys.ts';
import { Report } from './report.ts';
import type { Scope } from './scope.ts';
import { readCases } from './tests.ts';
import { readYaml } from './yaml.ts';

/**
 * The cases of `<name>.test.yaml` beside a pipeline: `tests:` with a list, or the list alone. Places are offsets into this text. Paths
 * start from the pipeline's folder.
 */
export function readTests(
  text: string, file: string, document: Document, options: Pick<ReadOptions, 'registry' | 'env' | 'readFile'>,
): { readonly tests: readonly TestDecl[]; readonly diagnostics: readonly Diagnostic[] } {
  const report = new Report();
  const root = readYaml(text, options.env, report);
  const params = new Map(document.params.map((p) => [p.name, p]));
  const c: Scope = { ...options, file, text, base: document.base, report, params };
  const targets = { ids: [...document.sources, ...document.nodes].map((d) => d.id), mentions: null };
  let tests: readonly TestDecl[] = [];
  if (root !== null) reportUnset(report, root);
  if (root?.kind === 'list') {
    tests = readCases(c, { key: 'tests', keySpan: root, plain: true, value: root }, targets);
  } else if (root?.kind === 'map') {
    const keys = readKeys(report, root, { what: 'a test file', allowed: ['tests'], required: ['tests'],
      at: { start: root.start, end: root.start } });
    const entry = keys.at.get('tests');
    if (entry !== undefined && asList(report, entry, '`tests`') !== null) tests = readCases(c, entry, targets);
  } else if (root !== null) {
    report.error('E116', root, 'a test file has a list of tests', { label: shapeOf(root) });
  }
  return { tests, diagnostics: report.sorted() };
}
