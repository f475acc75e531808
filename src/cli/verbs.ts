import type { AnyVerb } from './verb.ts';

/** A verb as the list of verbs shows it; the rest is loaded when it is used, so that help costs nothing. */
export interface VerbEntry {
  readonly name: string;
  readonly alias?: string;
  readonly summary: string;
  readonly group: 'Start' | 'Write' | 'Run' | 'Look up';
  readonly load: () => Promise<{ readonly default?: never; readonly VERB: AnyVerb }>;
}

export const VERBS: readonly VerbEntry[] = Object.freeze([
  { name: 'demo', group: 'Start', summary: 'see signals now: a synthetic market, a pipeline, nothing to set up', load: () =>
    import('./verbs/demo.ts') },
  { name: 'init', group: 'Start', summary: 'write a project with a pipeline that runs', load: () => import('./verbs/init.ts') },
  { name: 'validate', alias: 'lint', group: 'Write', summary: 'everything that can be known without running', load: () =>
    import('./verbs/validate.ts') },
  { name: 'explain', group: 'Write', summary: 'columns, row clocks, warm-up and state of a pipeline', load: () =>
    import('./verbs/explain.ts') },
  { name: 'graph', group: 'Write', summary: 'a picture of a pipeline', load: () => import('./verbs/graph.ts') },
  { name: 'test', group: 'Write', summary: 'run the tests of pipelines, and the checks of custom operators', load: () =>
    import('./verbs/test.ts') },
  { name: 'run', group: 'Run', summary: 'run a pipeline live', load: () => import('./verbs/run.ts') },
  { name: 'replay', group: 'Run', summary: 'run a pipeline over recorded data', load: () => import('./verbs/replay.ts') },
  { name: 'backtest', group: 'Run', summary: 'trade a pipeline over recorded data, with costs and fills', load: () =>
    import('./verbs/backtest.ts') },
  { name: 'record', group: 'Run', summary: 'record subjects, a pipeline or one of its nodes', load: () => import('./verbs/record.ts') },
  { name: 'tap', group: 'Run', summary: 'watch the rows of any node', load: () => import('./verbs/tap.ts') },
  { name: 'top', group: 'Run', summary: 'running engines: rate, lag, busy share, partitions', load: () => import('./verbs/top.ts') },
  { name: 'data', group: 'Run', summary: 'make, check and convert data', load: () => import('./verbs/data.ts') },
  { name: 'runs', group: 'Run', summary: 'backtests below a folder, newest first', load: () => import('./verbs/runs.ts') },
  { name: 'compare', group: 'Run', summary: 'backtests side by side, and where they part', load: () => import('./verbs/compare.ts') },
  { name: 'export', group: 'Run', summary: 'tables of a run, a recording or a file in another format', load: () =>
    import('./verbs/export.ts') },
  { name: 'docs', group: 'Look up', summary: 'the reference of operators, functions, statistics and error codes', load: () =>
    import('./verbs/docs.ts') },
  { name: 'operators', group: 'Look up', summary: 'list operators and functions', load: () => import('./verbs/operators.ts') },
  { name: 'schema', group: 'Look up', summary: 'JSON Schema of a pipeline, for editors', load: () => import('./verbs/schema.ts') },
  { name: 'doctor', group: 'Look up', summary: 'check this machine', load: () => import('./verbs/doctor.ts') },
  { name: 'completion', group: 'Look up', summary: 'completions for a shell', load: () => import('./verbs/completion.ts') },
]);
