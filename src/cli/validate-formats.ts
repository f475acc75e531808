import type { Diagnostic } from '../core/diagnostic.ts';
import { linePosition, renderDiagnostic } from '../language/frame.ts';
import { version } from './program.ts';
import type { Paint } from './terminal.ts';
import type { FileKind } from './targets.ts';

export interface Checked {
  readonly file: string;
  readonly text: string;
  readonly kind: FileKind;
  readonly diagnostics: readonly Diagnostic[];
}

interface Context {
  readonly paint: Paint;
  readonly ms: number;
  readonly quiet: boolean;
}

type Render = (checked: readonly Checked[], context: Context) => string;

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

const counts = (found: readonly Diagnostic[]): { errors: number; warnings: number } => {
  const errors = found.filter((d) => d.severity === 'error').length;
  return { errors, warnings: found.length - errors };
};

const text: Render = (checked, { paint, ms, quiet }) => {
  const out: string[] = [];
  for (const { file, text: source, kind, diagnostics } of checked) {
    for (const d of diagnostics) out.push(`${renderDiagnostic(d, source, file, { color: paint.enabled })}\n`);
    const { errors, warnings } = counts(diagnostics);
    const what = kind === 'template' ? ' (a template: checked where it is used)' : warnings > 0 ? ` (${count(warnings, 'warning')})` : '';
    const more = warnings > 0 ? `, ${count(warnings, 'warning')}` : '';
    if (errors > 0) out.push(`${paint.bad('✗')} ${file}: ${count(errors, 'error')}${more}`);
    else if (!quiet) out.push(`${paint.good('✓')} ${file}${what}`);
  }
  if (checked.length > 1 && !quiet) out.push(`${count(checked.length, 'file')} in ${Math.round(ms)} ms`);
  return out.join('\n');
};

interface Place {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

function placeOf(source: string, d: Diagnostic): Place {
  const { line, column } = linePosition(source, d.start);
  const end = linePosition(source, d.end);
  return { line, column, endLine: end.line, endColumn: end.column };
}

const json: Render = (checked) => JSON.stringify({
  version: 1,
  files: checked.map(({ file, text: source, kind, diagnostics }) => ({
    file, kind, ...counts(diagnostics),
    diagnostics: diagnostics.map(({ code, severity, message, label, help, suggestion, ...d }) =>
      ({ code, severity, message, ...placeOf(source, { code, severity, message, ...d }), label, help, suggestion })),
  })),
}, null, 2);

const whole = (d: Diagnostic): string => [d.message, d.label ?? '', ...(d.help ?? [])].filter((t) => t !== '').join('\n');

const sarif: Render = (checked) => {
  const codes = [...new Set(checked.flatMap((c) => c.diagnostics.map((d) => d.code)))].sort();
  const results = checked.flatMap(({ file, text: source, diagnostics }) => diagnostics.map((d) => {
    const { line, column, endLine, endColumn } = placeOf(source, d);
    const region = { startLine: line, startColumn: column, endLine, endColumn: Math.max(endColumn, endLine === line ? column + 1 : 1) };
    return {
      ruleId: d.code, level: d.severity, message: { text: whole(d) },
      locations: [{ physicalLocation: { artifactLocation: { uri: file }, region } }],
    };
  }));
  const driver = { name: 'millrace', version: version(), rules: codes.map((id) => ({ id })) };
  return JSON.stringify({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0',
      runs: [{ tool: { driver }, columnKind: 'unicodeCodePoints', results }],
  }, null, 2);
};

/** Workflow commands: a message must be one line, with `%` and line ends escaped. */
const github: Render = (checked) => checked.flatMap(({ file, text: source, diagnostics }) => diagnostics.map((d) => {
  const { line, column, endLine, endColumn } = placeOf(source, d);
  const escape = (s: string): string => s.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (s: string): string => escape(s).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const message = whole(d);
  const end = endLine === line ? `,endColumn=${endColumn}` : '';
  return `::${d.severity} file=${property(file)},line=${line},col=${column},endLine=${endLine}${end},title=${d.code}::${escape(message)}`;
})).join('\n');

export const RENDERERS: Readonly<Record<string, Render>> = Object.freeze({ text, json, sarif, github });
