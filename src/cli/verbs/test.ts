import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { usage } from '../fail.ts';
import { checkOwn } from '../operator-checks.ts';
import { targetsOf } from '../targets.ts';
import { REPORTERS } from '../test-report.ts';
import { runTests, type CaseResult, type SuiteResult } from '../test-runner.ts';
import { collect, EXIT, verb, type Call } from '../verb.ts';
import { makeWorld, type World } from '../wire.ts';

interface Flags {
  readonly operators?: readonly string[];
  readonly filter?: string;
  readonly reporter: string;
  readonly coverage?: boolean;
}

export const VERB = verb<Flags>({
  name: 'test',
  summary: 'run the tests of pipelines, and the checks of custom operators',
  examples: [
    ['millrace test', 'every test below ./pipelines'],
    ['millrace test pipelines/ema-cross.yaml --filter overbought', 'some tests of one pipeline'],
    ['millrace test --operators operators/', 'the promises of your own operators'],
    ['millrace test pipelines/... --reporter junit > junit.xml', 'for a build server'],
  ],
  declare: (c) => void c.argument('[path...]', 'pipelines, *.test.yaml files, folders or patterns')
    .option('--operators <path>', 'check the operators of a file or folder (again for more)', collect)
    .option('--filter <pattern>', 'only tests whose name fits this regular expression')
    .option('--reporter <form>', 'text, junit or json', 'text')
    .option('--coverage', 'name the nodes that no test runs'),
  run: test,
});

async function test(call: Call, flags: Flags): Promise<number> {
  const report = REPORTERS[flags.reporter];
  if (report === undefined) throw usage(`--reporter takes ${Object.keys(REPORTERS).join(', ')}, not \`${flags.reporter}\``);
  const world = await makeWorld(call, flags.operators);
  const own = await checksOf(world, flags, call.cwd);
  const suites = await suitesOf(call, flags, world);
  const result = { ...suites, cases: [...own, ...suites.cases] };
  call.terminal.print(report(result, { paint: call.terminal.outPaint, coverage: flags.coverage === true, quiet: call.terminal.quiet }));
  if (result.broken.length > 0) return EXIT.pipeline;
  return result.cases.some((c) => c.failures.length > 0) ? EXIT.tests : EXIT.ok;
}

const patternOf = (text: string | undefined): RegExp | null => {
  if (text === undefined) return null;
  try {
    return new RegExp(text, 'i');
  } catch {
    throw usage(`--filter takes a regular expression, not \`${text}\``);
  }
};

/** Without operands: what lies below ./pipelines, unless operators alone are asked for. */
async function suitesOf(call: Call, flags: Flags, world: World): Promise<SuiteResult> {
  const nothing: SuiteResult = { cases: [], broken: [], uncovered: new Map() };
  if (call.args.length === 0 && flags.operators !== undefined) return nothing;
  const paths = call.args.length > 0 ? call.args : existsSync(resolve(call.cwd, 'pipelines')) ? ['pipelines/...'] : ['...'];
  return runTests(targetsOf(paths, call.cwd), world, call.cwd, patternOf(flags.filter));
}

async function checksOf(world: World, flags: Flags, cwd: string): Promise<CaseResult[]> {
  if (flags.operators === undefined) return [];
  const results: CaseResult[] = [];
  for (const own of world.custom) {
    const begun = performance.now();
    const failures = await checkOwn(own, world.registry);
    const name = `${own.value.kind} ${own.value.name} keeps its promises`;
    results.push({ file: relative(cwd, own.file), pipeline: own.value.name, name, ms: performance.now() - begun, failures });
  }
  return results;
}
