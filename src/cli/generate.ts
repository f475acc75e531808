import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Argument, Command } from 'commander';
import { jsonSchema } from '../language/schema.ts';
import {
  allCodes, backtestPage, catalogue, codePage, connectorPage, kernelPage, operatorPage, pureFunctions, purePage,
} from './reference.ts';
import { makeRegistry } from './registry.ts';
import { statisticsPages } from './statistics-reference.ts';
import { wholeProgram } from './verbs/completion.ts';

const NOTE = '<!-- Made by `npm run docs` from the specifications in the code: change those. -->';

const page = (title: string, intro: string, body: readonly string[]): string =>
  `${[`# ${title}`, '', NOTE, '', intro, '', ...body].join('\n').replace(/\n{3,}/g, '\n\n').trimEnd()}\n`;

const EXITS: readonly (readonly [number, string])[] = [
  [0, 'done, or drained cleanly'],
  [1, 'a runtime failure; the message carries a code'],
  [2, 'the command line does not fit'],
  [3, 'the pipeline or configuration has a fault'],
  [4, 'tests failed'],
  [5, 'a check such as `--check parity` failed'],
  [6, 'something needed is not there or cannot be reached'],
  [7, 'the data cannot be used'],
  [130, 'interrupted before the drain had finished (143 for SIGTERM)'],
];

const operand = (a: Argument): string =>
  `\`${a.required ? a.name() : `[${a.name()}]`}${a.variadic ? '…' : ''}\` (${a.description})`;

function verbPage(c: Command, lead: string): string[] {
  const name = `${lead} ${c.name()}`;
  const options = c.options.filter((o) => !['--quiet', '--verbose', '--color', '--no-progress', '--log-format'].includes(o.long ?? ''));
  const cell = (s: string): string => s.replaceAll('|', '\\|');
  const byDefault = (v: unknown): string => (v === undefined || v === false || v === true ? '' : ` (default \`${String(v)}\`)`);
  return [
    `## ${name}`, '', c.description(), '',
    ...(c.registeredArguments.length === 0 ? [] : [`Operands: ${c.registeredArguments.map(operand).join(', ')}`, '']),
    ...(options.length === 0 ? [] : ['| flag | meaning |', '|---|---|',
      ...options.map((o) => `| \`${cell(o.flags)}\` | ${cell(o.description)}${byDefault(o.defaultValue)} |`), '']),
    ...c.commands.flatMap((v) => verbPage(v, name)),
  ];
}

async function commandLine(): Promise<string> {
  const program = await wholeProgram();
  return page('Command line', 'Data goes to standard output, everything else to standard error. Nothing overwrites a file without '
    + '`--force`.', [
    'Every verb also takes `-q` (only data, warnings and errors), `-v`, `--color auto|always|never` (`NO_COLOR` and `FORCE_COLOR` count), '
      + '`--no-progress` and '
    + '`--log-format text|json`. The first Ctrl-C drains: what has arrived is worked off and written; the second ends at once.', '',
    '| exit code | meaning |', '|---|---|', ...EXITS.map(([code, what]) => `| ${code} | ${what} |`), '',
    ...program.commands.flatMap((c) => verbPage(c, 'millrace')),
  ]);
}

/** Every generated file, by its path from the root of the project. */
export async function generated(): Promise<ReadonlyMap<string, string>> {
  const registry = makeRegistry();
  const families = new Map<string, string[]>();
  for (const k of registry.kernels.values()) (families.get(k.family) ?? families.set(k.family, []).get(k.family) as string[]).push(k.name);
  const contents = (kind: string): string[] => ['| name | what it does |', '|---|---|',
    ...catalogue(registry).filter((e) => e.kind === kind).map((e) =>
      `| [\`${e.name}\`](#${e.name}) | ${e.summary.replaceAll('|', '\\|')} |`), ''];
  return new Map([
    ['docs/reference/operators.md', page('Operators', 'What a node can be: one operator key beside `from`.',
      [...contents('operator'), ...[...registry.operators.values()].flatMap((o) => operatorPage(o))])],
    ['docs/reference/functions.md', page('Functions',
      'What a formula can call. A function with a warm-up is null until it is warm; every call keeps its own state per key.',
      [...contents('function'), ...[...registry.kernels.values()].flatMap((k) => kernelPage(k)),
        ...pureFunctions().flatMap((f) => purePage(f))])],
    ['docs/reference/statistics.md', page('Statistics', 'What a backtest is measured by. Also offline: `millrace docs sharpe`.',
      statisticsPages())],
    ['docs/reference/connectors.md', page('Sources and outputs', 'Where rows come from and go to.',
      [...[...registry.sources.values()].flatMap((c) => connectorPage(c)),
        ...[...registry.outputs.values()].flatMap((c) => connectorPage(c))])],
    ['docs/reference/backtest.md', page('The section `backtest:`', 'How a pipeline is tried over recorded rows. Every setting may be left '
      + 'out.', backtestPage())],
    ['docs/reference/errors.md', page('Codes of errors and warnings', 'Also offline: `millrace docs E301`.',
      allCodes().flatMap((c) => codePage(c) ?? []))],
    ['docs/reference/command-line.md', await commandLine()],
    ['config/pipeline.schema.json', `${JSON.stringify(jsonSchema(registry), null, 2)}\n`],
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of await generated()) {
    const full = fileURLToPath(new URL(`../../${path}`, import.meta.url));
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
    process.stdout.write(`${path}\n`);
  }
}
