import { existsSync } from 'node:fs';
import { compile } from '../../plan/compile.ts';
import { usage } from '../fail.ts';
import { pipelineFlags } from '../flags.ts';
import { pairs } from '../overrides.ts';
import { targetsOf, type Target } from '../targets.ts';
import { RENDERERS, type Checked } from '../validate-formats.ts';
import { EXIT, verb, type Call } from '../verb.ts';
import { makeWorld, readDocument, readTestFile, type PipelineFlags, type World } from '../wire.ts';

interface Flags extends PipelineFlags {
  readonly denyWarnings?: boolean;
  readonly format: string;
}

export const VERB = verb<Flags>({
  name: 'validate',
  alias: 'lint',
  summary: 'everything that can be known without running',
  examples: [
    ['millrace validate pipelines/ema-cross.yaml', 'one pipeline'],
    ['millrace validate pipelines/... README.md', 'all below a folder, and pipelines in a Markdown file'],
    ['millrace validate pipelines/... --format sarif > millrace.sarif', 'for code scanning'],
  ],
  declare: (c) => void pipelineFlags(c.argument('<path...>', 'files, folders with /..., or patterns with *'))
    .option('--deny-warnings', 'warnings count as errors')
    .option('--format <form>', 'text, json, sarif or github', 'text'),
  run: validate,
});

async function validate(call: Call, flags: Flags): Promise<number> {
  const render = RENDERERS[flags.format];
  if (render === undefined) throw usage(`--format takes ${Object.keys(RENDERERS).join(', ')}, not \`${flags.format}\``);
  const world = await makeWorld(call, flags.operators);
  const params = pairs('--param', flags.param);
  const begun = performance.now();
  const checked = targetsOf(call.args, call.cwd).map((t) => check(t, world, call.cwd, params));
  call.terminal.print(render(checked, { paint: call.terminal.outPaint, ms: performance.now() - begun, quiet: call.terminal.quiet }));
  const all = checked.flatMap((c) => c.diagnostics);
  const failed = all.some((d) => d.severity === 'error') || (flags.denyWarnings === true && all.length > 0);
  return failed ? EXIT.pipeline : EXIT.ok;
}

/** A file checked as far as its kind allows. */
function check(t: Target, world: World, cwd: string, params: ReadonlyMap<string, string>): Checked {
  const { file, text, kind } = t;
  if (kind === 'template') return { file, text, kind, diagnostics: [] };
  if (kind === 'pipeline') {
    const doc = readDocument(t.file, world, cwd, params, text);
    return { file, text, kind, diagnostics: compile(doc, world.registry).diagnostics };
  }
  const beside = t.full.replace(/\.test(\.ya?ml)$/i, '$1');
  if (!existsSync(beside)) {
    const found = { code: 'W905', severity: 'warning' as const, message: 'no pipeline of this name is beside the test file', start: 0,
      end: 0, label: 'not checked' };
    return { file, text, kind, diagnostics: [found] };
  }
  const doc = readDocument(beside, world, cwd);
  return { file, text, kind, diagnostics: readTestFile(file, text, doc, world).diagnostics };
}
