import type { Command } from 'commander';
import { usage } from '../fail.ts';
import { makeProgram } from '../program.ts';
import { EXIT, verb, type AnyVerb } from '../verb.ts';
import { VERBS } from '../verbs.ts';

export const VERB = verb({
  name: 'completion',
  summary: 'completions for a shell',
  examples: [
    ['source <(millrace completion bash)', 'for this shell'],
    ['millrace completion fish > ~/.config/fish/completions/millrace.fish', 'for every fish'],
  ],
  declare: (c) => void c.argument('<shell>', 'bash, zsh or fish'),
  run: async (call) => {
    const make = SHELLS[call.args[0]];
    if (make === undefined) throw usage(`no completions for \`${call.args[0]}\``, `shells: ${Object.keys(SHELLS).join(', ')}`);
    call.terminal.print(make(await wholeProgram()));
    return EXIT.ok;
  },
});

/** The command line with every verb loaded. */
export async function wholeProgram(): Promise<Command> {
  const loaded = new Map<string, AnyVerb>();
  for (const entry of VERBS) loaded.set(entry.name, (await entry.load()).VERB);
  return makeProgram(loaded).command;
}

const flagsOf = (c: Command): string[] => c.options.map((o) => o.long ?? o.short ?? '').filter((f) => f !== '');
const namesOf = (c: Command): string[] => c.commands.map((v) => v.name());

const bash = (p: Command): string => {
  const cases = p.commands.map((v) => `    ${v.name()}) words="${[...namesOf(v), ...flagsOf(v)].join(' ')}" ;;`);
  return [
    '_millrace() {', '  local cur=${COMP_WORDS[COMP_CWORD]} words=""', '  COMPREPLY=()', '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words="${namesOf(p).join(' ')} --help --version"`, '  else', '    case "${COMP_WORDS[1]}" in', ...cases.map((c) => `  ${c}`),
      '    esac', '  fi',
    '  COMPREPLY=($(compgen -W "$words" -- "$cur"))', '  if [ "${#COMPREPLY[@]}" -eq 0 ]; then COMPREPLY=($(compgen -f -- "$cur")); fi',
      '}',
    'complete -o filenames -F _millrace millrace',
  ].join('\n');
};

const zsh = (p: Command): string => {
  const quoted = (s: string): string => s.replaceAll("'", "'\\''").replaceAll(':', '\\:');
  const cases = p.commands.map((v) => `    ${v.name()}) compadd -- ${[...namesOf(v), ...flagsOf(v)].join(' ')}; _files ;;`);
  return [
    '#compdef millrace', '_millrace() {', '  if (( CURRENT == 2 )); then',
      `    local -a verbs=(${p.commands.map((v) => `'${v.name()}:${quoted(v.summary())}'`).join(' ')})`,
    "    _describe 'verb' verbs", '    return', '  fi', '  case "$words[2]" in', ...cases, '    *) _files ;;', '  esac', '}',
      'compdef _millrace millrace',
  ].join('\n');
};

const fish = (p: Command): string => {
  const quoted = (s: string): string => `'${s.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return p.commands.flatMap((v) => [
    `complete -c millrace -n __fish_use_subcommand -a ${v.name()} -d ${quoted(v.summary())}`,
    ...v.commands.map((s) =>
      `complete -c millrace -n '__fish_seen_subcommand_from ${v.name()}' -a ${s.name()} -d ${quoted(s.description())}`),
    ...v.options.filter((o) => o.long !== undefined && o.long !== null).map((o) =>
      `complete -c millrace -n '__fish_seen_subcommand_from ${v.name()}' -l ${(o.long as string).slice(2)} -d ${quoted(o.description)}`),
  ]).join('\n');
};

const SHELLS: Readonly<Record<string, (p: Command) => string>> = { bash, zsh, fish };
