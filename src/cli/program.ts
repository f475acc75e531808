import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { JsonLog } from './log.ts';
import { terminal, type TerminalOptions } from './terminal.ts';
import type { AnyVerb, Verb } from './verb.ts';
import { VERBS, type VerbEntry } from './verbs.ts';

const EXAMPLES: readonly (readonly [string, string])[] = [
  ['millrace demo', 'signals on screen within seconds'],
  ['millrace init my-project', 'a project of your own'],
  ['millrace validate pipelines/...', 'check every pipeline below a folder'],
  ['millrace replay pipelines/ema-cross.yaml --source trades=trades.csv', 'run one over recorded trades'],
];

/** The version in package.json, which lies at a fixed place above both the sources and what they are built to. */
export function version(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const text = readFileSync(new URL(up, import.meta.url), 'utf8');
      const { name, version: found } = JSON.parse(text) as { name?: string; version?: string };
      if (name === 'millrace' && found !== undefined) return found;
    } catch {
      continue;
    }
  }
  return 'unknown';
}

const examplesText = (examples: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...examples.map(([command]) => command.length));
  return `Examples:\n${examples.map(([command, what]) => `  $ ${command.padEnd(width)}  ${what}`).join('\n')}\n`;
};

/** Flags that every verb has. */
export function shared(command: Command): Command {
  return command
    .addOption(new Option('-q, --quiet', 'only data, warnings and errors'))
    .addOption(new Option('-v, --verbose', 'more detail; -vv for the most')
      .argParser((_: unknown, n: number | undefined) => (n ?? 0) + 1).default(0))
    .addOption(new Option('--color <when>', 'colour of text for people')
      .choices(['auto', 'always', 'never']).default('auto').env('MILLRACE_COLOR'))
    .addOption(new Option('--no-progress', 'no progress line'))
    .addOption(new Option('--log-format <form>', 'form of everything on standard error')
      .choices(['text', 'json']).default('text').env('MILLRACE_LOG_FORMAT'));
}

export interface Program {
  readonly command: Command;
  /** Exit code of the verb that ran. */
  readonly result: Result;
}

interface Result {
  code: number;
  /** Where everything for standard error goes, where that is to be JSON. */
  readonly log: JsonLog | null;
}

/** The whole command line. Verbs in `loaded` have their flags; the others are known by name only. */
export function makeProgram(loaded: ReadonlyMap<string, AnyVerb>, log: JsonLog | null = null): Program {
  const result: Result = { code: 0, log };
  const command = new Command('millrace')
    .description('Turns market data into signals: YAML pipelines, columnar operators, one graph for live and replay.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .addHelpText('before', examplesText(EXAMPLES))
    .addHelpText('after', '\nmillrace <verb> --help shows the flags and examples of a verb; millrace docs <name or code> explains the '
      + 'rest.')
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .exitOverride();
  logFaults(command, log);
  command.helpCommand(false);
  for (const entry of VERBS) addVerb(command, entry, loaded.get(entry.name), result);
  return { command, result };
}

/** What the command line itself has to say about flags goes where everything else goes. */
function logFaults(command: Command, log: JsonLog | null): void {
  if (log !== null) command.configureOutput({ writeErr: (text) => log.write('error', text, { code: 'E901', exit: 2 }) });
}

function addVerb(parent: Command, entry: VerbEntry, loaded: AnyVerb | undefined, result: Result): void {
  const command = loaded === undefined ? new Command(entry.name).summary(entry.summary) : build(loaded, result);
  if (entry.alias !== undefined) command.alias(entry.alias);
  command.summary(entry.summary).helpGroup(`${entry.group}:`);
  parent.addCommand(command);
}

function build(loaded: AnyVerb, result: Result): Command {
  const v = loaded as unknown as Verb;
  const description = `${v.summary[0].toUpperCase()}${v.summary.slice(1)}.`;
  const command = new Command(v.name).description(description).helpOption('-h, --help', 'show this help');
  command.addHelpText('before', examplesText(v.examples)).exitOverride().showSuggestionAfterError(true);
  logFaults(command, result.log);
  for (const below of v.verbs ?? []) command.addCommand(build(below, result));
  v.declare(command);
  const { run } = v;
  if (run === undefined) return command;
  shared(command).action(async () => {
    const options = command.opts();
    const args = command.processedArgs.flat().filter((a) => a !== undefined) as string[];
    const call = {
      terminal: terminal(options as TerminalOptions, result.log), args,
      cwd: process.cwd(), env: process.env,
    };
    result.code = await run(call, options);
  });
  return command;
}
