import type { Diagnostic } from '../core/diagnostic.ts';
import { typeName, type Schema } from '../core/types.ts';
import type { TestColumn, TestDecl } from './document.ts';
import { SETTINGS } from './given.ts';
import { listed, meant, quoted, Report } from './report.ts';
import { suggest } from './suggest.ts';

/** The schema of a source, a node or a branch (`router.big`); null when it is not known. */
export type SchemaOf = (id: string) => Schema | null;

const ALWAYS: readonly string[] = Object.freeze(['symbol', 'ts']);

/** Columns and words of tests that their sources and nodes do not have. Needs schemas, so it runs when there is a plan. */
export function checkTestColumns(tests: readonly TestDecl[], schemaOf: SchemaOf): readonly Diagnostic[] {
  const report = new Report();
  for (const test of tests) {
    for (const given of test.given) {
      const schema = schemaOf(given.target);
      if (schema !== null) for (const column of given.columns ?? []) checkColumn(report, column, given.target, schema, SETTINGS);
    }
    for (const { target, rows } of test.expect) {
      const id = target.branch === null ? target.id : `${target.id}.${target.branch}`;
      const schema = schemaOf(id);
      if (schema === null) continue;
      for (const row of rows ?? []) for (const column of row.columns ?? []) checkColumn(report, column, id, schema, ['row', ...ALWAYS]);
    }
  }
  return report.sorted();
}

function checkColumn(report: Report, column: TestColumn, id: string, schema: Schema, beside: readonly string[]): void {
  if (ALWAYS.includes(column.name)) return;
  const field = schema.find((f) => f.name === column.name);
  if (field === undefined) {
    const names = schema.map((f) => f.name);
    report.error('E305', column, `\`${id}\` has no column \`${column.name}\``, {
      ...meant(suggest(column.name, [...names, ...beside]), 'no column has this name'), help: [`columns: ${listed(names)}`],
    });
    return;
  }
  const { type } = field;
  if (type === 'text' || type === 'time' || type === 'duration') return;
  const allowed = type === 'bool' ? ['true', 'false'] : typeof type === 'object' ? type.values : [];
  const strange = column.words.find((w) => !allowed.includes(w));
  if (strange === undefined) return;
  report.error(typeof type === 'object' ? 'E313' : 'E309', column, `\`${column.name}\` of \`${id}\` cannot be ${quoted(strange)}`, {
    ...meant(suggest(strange, allowed), typeof type === 'object' ? 'not one of its words' : `a column of ${typeName(type)}`),
    help: allowed.length === 0 ? [] : [`\`${column.name}\` is one of: ${allowed.join(', ')}`],
  });
}
