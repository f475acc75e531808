import { existsSync } from 'node:fs';
import { errorsOf } from '../language/check.ts';
import type { Document, TestDecl } from '../language/document.ts';
import { renderDiagnostic } from '../language/frame.ts';
import { compile, refId } from '../plan/compile.ts';
import { runCase, type TestText } from './test-case.ts';
import type { Failure } from './test-expect.ts';
import type { Target } from './targets.ts';
import { readDocument, readTestFile, readText, type World } from './wire.ts';

export interface CaseResult {
  /** File that the case is written in. */
  readonly file: string;
  readonly pipeline: string;
  readonly name: string;
  readonly ms: number;
  readonly failures: readonly Failure[];
}

export interface SuiteResult {
  readonly cases: readonly CaseResult[];
  /** Files that cannot be compiled; their cases did not run. */
  readonly broken: readonly { readonly file: string; readonly text: string }[];
  /** Nodes and signals' sides that no case looks at, by pipeline. */
  readonly uncovered: ReadonlyMap<string, readonly string[]>;
}

/** A pipeline, with the cases in it and beside it. */
interface Suite {
  readonly doc: Document;
  readonly cases: readonly { readonly test: TestDecl; readonly from: TestText }[];
}

/** Runs the tests of pipelines and test files; a pipeline brings those beside it along. */
export async function runTests(targets: readonly Target[], world: World, cwd: string, filter: RegExp | null): Promise<SuiteResult> {
  const cases: CaseResult[] = [];
  const broken: { file: string; text: string }[] = [];
  const uncovered = new Map<string, readonly string[]>();
  const files = new Set(targets.filter((t) => t.kind === 'pipeline' || t.kind === 'test').map((t) =>
    t.file.replace(/\.test(\.ya?ml)$/i, '$1')));
  for (const file of files) {
    const suite = load(file, world, cwd);
    if (typeof suite === 'string') {
      broken.push({ file, text: suite });
      continue;
    }
    uncovered.set(file, untouched(suite));
    for (const { test, from } of suite.cases) {
      if (filter !== null && !filter.test(test.name)) continue;
      const begun = performance.now();
      const { failures } = await runCase(suite.doc, test, from, world.registry);
      cases.push({ file: from.file, pipeline: suite.doc.name, name: test.name, ms: performance.now() - begun, failures });
    }
  }
  return { cases, broken, uncovered };
}

/** The suite, or the frames of what is wrong with its files. */
function load(file: string, world: World, cwd: string): Suite | string {
  const doc = readDocument(file, world, cwd);
  const wrong = compile(doc, world.registry).diagnostics.filter((d) => d.severity === 'error');
  if (wrong.length > 0) return wrong.map((d) => renderDiagnostic(d, doc.text, doc.file, { color: false })).join('\n\n');
  const cases = doc.tests.map((test) => ({ test, from: { file, text: doc.text } }));
  const beside = file.replace(/(\.ya?ml)$/i, '.test$1');
  const full = beside.startsWith('/') ? beside : `${cwd}/${beside}`;
  if (beside === file || !existsSync(full)) return { doc, cases };
  const text = readText(full) ?? '';
  const read = readTestFile(beside, text, doc, world);
  const faults = errorsOf(read);
  if (faults.length > 0) return faults.map((d) => renderDiagnostic(d, text, beside, { color: false })).join('\n\n');
  return { doc, cases: [...cases, ...read.tests.map((test) => ({ test, from: { file: beside, text } }))] };
}

/** Nodes of the pipeline that run in no case: neither expected of, nor between what is given and what is expected. */
function untouched({ doc, cases }: Suite): string[] {
  const byId = new Map(doc.nodes.map((n) => [n.id, n]));
  const touched = new Set<string>();
  for (const { test } of cases) {
    const given = new Set(test.given.map((g) => g.target));
    const visit = (id: string): void => {
      const node = byId.get(id);
      if (node === undefined || touched.has(id) || given.has(id)) return;
      touched.add(id);
      for (const f of node.from) visit(f.id);
    };
    for (const e of test.expect) visit(byId.has(refId(e.target)) ? refId(e.target) : e.target.id);
  }
  return doc.nodes.map((n) => n.id).filter((id) => !touched.has(id));
}
