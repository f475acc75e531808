import { DELIVERY_NOTE, mergeNote } from '../../connect/delivery.ts';
import { deliveryOf } from '../../core/delivery.ts';
import type { Document } from '../../language/document.ts';
import { explain, type Explanation, type NodeExplanation } from '../../plan/explain.ts';
import { pipelineFlags } from '../flags.ts';
import { mustKnow } from '../overrides.ts';
import { inputStreams } from '../streams.ts';
import type { Paint } from '../terminal.ts';
import { aligned } from '../test-report.ts';
import { EXIT, verb } from '../verb.ts';
import { prepare, type PipelineFlags } from '../wire.ts';

interface Flags extends PipelineFlags {
  readonly node?: string;
  readonly json?: boolean;
}

export const VERB = verb<Flags>({
  name: 'explain',
  summary: 'columns, row clocks, warm-up and state of a pipeline',
  examples: [
    ['millrace explain pipelines/ema-cross.yaml', 'every node'],
    ['millrace explain pipelines/ema-cross.yaml --node cross', 'one node'],
    ['millrace explain pipelines/ema-cross.yaml --json', 'for programs'],
  ],
  declare: (c) => void pipelineFlags(c.argument('<pipeline>', 'pipeline file'))
    .option('--node <id>', 'only this node')
    .option('--json', 'one object'),
  run: async (call, flags) => {
    // Observed as it runs: a column that nobody reads takes no state.
    const { plan, doc } = await prepare(call.args[0], flags, call);
    const all = explain(plan);
    if (flags.node !== undefined) mustKnow(flags.node, all.nodes.map((n) => n.id), 'node');
    const shown = flags.node === undefined ? all : { ...all, nodes: all.nodes.filter((n) => n.id === flags.node) };
    const delivery = deliveries(doc);
    const streams = inputStreams(doc);
    const merged = streams.length > 1 ? streams : [];
    call.terminal.print(flags.json === true ? JSON.stringify({ version: 1, ...shown, delivery, merged }, null, 2)
      : text(shown, [...Object.entries(delivery).map(([what, note]) => `${what}: ${note}`), mergeNote(merged)], call.terminal.outPaint));
    return EXIT.ok;
  },
});

/** What the subjects of a pipeline promise, by source and output. */
function deliveries(doc: Document): Readonly<Record<string, string>> {
  const of = (role: 'source' | 'output', list: readonly { readonly id: string; readonly connector: string;
    readonly args: Readonly<Record<string, unknown>> }[]): (readonly [string, string])[] =>
    list.filter((x) => x.connector === 'nats').map((x) => {
      const delivery = deliveryOf(x.args);
      return [`${role} ${x.id}`, `${DELIVERY_NOTE[role][delivery]}${delivery === 'durable' ? ` (stream ${String(x.args.stream)})` : ''}`];
    });
  return Object.fromEntries([...of('source', doc.sources), ...of('output', doc.outputs)]);
}

const bytes = (n: number): string => (n < 1024 ? `${n} B` : n < 1_048_576 ? `${(n / 1024).toFixed(1)} KiB`
  : `${(n / 1_048_576).toFixed(1)} MiB`);

function text(e: Explanation, bus: readonly (string | null)[], paint: Paint): string {
  const head = ['node', 'operator', 'from', 'row clock', 'columns', 'warm-up', 'state/key', 'stages'];
  const rows = e.nodes.map((n) => [
    n.id, n.operator, n.inputs.join(', ') || '–', n.clock, String(n.columns.length), n.kind === 'source' ? '–' : `${n.warmupRows} rows`,
    `${bytes(n.stateBytesPerKey)}${n.stateNote === null ? '' : ' + rows'}`, n.stages.join(', ') || (n.used ? '–' : 'none: unused'),
  ]);
  const [header, ...table] = aligned([head, ...rows]);
  const size = `${e.nodes.length} nodes, ${e.stages} stages (${e.islands} fused)`;
  return [
    paint.bold(`${e.pipeline}: ${size}, warm after ${e.warmupRows} rows, ${bytes(e.stateBytesPerKey)} of state per key`), '',
    paint.bold(header), ...table, '', ...e.nodes.flatMap((n) => detail(n, paint)),
    ...bus.filter((line) => line !== null),
    `late rows: ${e.late}, after ${e.lateness / 1_000_000} s; trading hours: ${e.calendar}`,
  ].join('\n');
}

const detail = (n: NodeExplanation, paint: Paint): string[] => [
  paint.bold(n.id),
  `  columns     ${n.columns.filter((c) => c.own).map((c) => `${c.name} ${c.type}`).join(', ') || 'those of its input'}`,
  ...(n.columns.some((c) => !c.own) && n.columns.some((c) => c.own)
    ? [`  passed on   ${n.columns.filter((c) => !c.own).map((c) => c.name).join(', ')}`] : []),
  ...(n.stateNote === null ? [] : [`  state       ${bytes(n.stateBytesPerKey)} per key ${n.stateNote}`]),
  `  look-ahead  none: ${n.lookAhead}`,
  '',
];
