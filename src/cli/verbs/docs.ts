import { STATISTICS, statisticNamed } from '../../backtest/statistics/catalogue/index.ts';
import { Refusal } from '../../core/diagnostic.ts';
import { suggest } from '../../language/suggest.ts';
import { CHEAT } from '../cheat.ts';
import {
  allCodes, backtestPage, catalogue, codePage, connectorPage, kernelPage, operatorPage, pureFunctions, purePage,
} from '../reference.ts';
import { statisticPage, statisticRows } from '../statistics-reference.ts';
import type { Paint } from '../terminal.ts';
import { aligned } from '../test-report.ts';
import { collect, EXIT, verb } from '../verb.ts';
import { makeWorld, type World } from '../wire.ts';

interface Flags {
  readonly operators?: readonly string[];
}

const TOPICS = ['operators', 'functions', 'connectors', 'statistics', 'errors', 'backtest', 'cheat'];

export const VERB = verb<Flags>({
  name: 'docs',
  summary: 'the reference of operators, functions, statistics and error codes',
  examples: [
    ['millrace docs rsi', 'a function'],
    ['millrace docs bars', 'an operator'],
    ['millrace docs sharpe', 'a statistic of backtests, with its formula'],
    ['millrace docs E301', 'an error code, with the mistake and its mending'],
    ['millrace docs cheat', 'the language on one page'],
  ],
  declare: (c) => void c.argument('[topic]', `a name, a code, or one of ${TOPICS.join(', ')}`)
    .option('--operators <path>', 'with the operators of a file or folder (again for more)', collect),
  run: async (call, flags) => {
    const topic = call.args[0] ?? 'cheat';
    const world = await makeWorld(call, flags.operators);
    call.terminal.print(painted(page(topic, world), call.terminal.outPaint));
    return EXIT.ok;
  },
});

function page(topic: string, { registry }: World): string[] {
  const all = catalogue(registry);
  const lines = (kinds: readonly string[]): string[] =>
    aligned(all.filter((e) => kinds.includes(e.kind)).map((e) => [e.signature, e.summary]));
  switch (topic) {
    case 'operators': return lines(['operator']);
    case 'functions': return lines(['function']);
    case 'connectors': return lines(['source', 'output']);
    case 'statistics': return statisticRows().flatMap(([theme, rows]) => [`## ${theme}`, ...aligned(rows), '']);
    case 'backtest': return backtestPage();
    case 'cheat': return CHEAT.split('\n');
    case 'errors': return aligned(allCodes().map((c) => [c, codePage(c)?.[0].replace(/^## \w+: /, '') ?? '']));
    default: return named(topic, registry);
  }
}

function named(topic: string, registry: World['registry']): string[] {
  const code = codePage(topic.toUpperCase());
  const pure = pureFunctions().find((f) => f.name === topic);
  const [operator, kernel] = [registry.operators.get(topic), registry.kernels.get(topic)];
  const statistic = statisticNamed(topic);
  const connectors = [registry.sources.get(topic), registry.outputs.get(topic)].filter((c) => c !== undefined);
  const pages = [
    ...(code === null ? [] : code), ...(operator === undefined ? [] : operatorPage(operator)), ...(kernel === undefined ? []
      : kernelPage(kernel)),
    ...(pure === undefined ? [] : purePage(pure)), ...connectors.flatMap((c) => connectorPage(c)),
    ...(statistic === undefined ? [] : statisticPage(statistic)),
  ];
  if (pages.length > 0) return pages;
  const known = [...catalogue(registry).map((e) => e.name), ...STATISTICS.map((s) => s.name), ...allCodes(), ...TOPICS];
  const near = suggest(topic, known);
  throw new Refusal('E901', `nothing is known about \`${topic}\``, {
    exit: EXIT.usage, help: [...(near === null ? [] : [`did you mean \`${near}\`?`]),
      'millrace docs operators, functions, connectors, statistics or errors lists what there is'],
  });
}

/** Markdown as one reads it on a terminal. */
const painted = (lines: readonly string[], paint: Paint): string =>
  lines.filter((l) => !l.startsWith('```')).map((l) => (l.startsWith('## ') ? paint.bold(l.slice(3)) : l)).join('\n').replace(/\n{3,}/g,
    '\n\n');
