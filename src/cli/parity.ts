import { Refusal } from '../core/diagnostic.ts';
import { KeyTable } from '../core/keys.ts';
import { formatTime } from '../core/time.ts';
import { Engine, type Observed } from '../engine/engine.ts';
import { replay, type ReplayOptions, type ReplayResult } from '../engine/replay.ts';
import { compile } from '../plan/compile.ts';
import { Parity, seqOf, shownDifference, shownValue, type Difference } from '../recording/parity.ts';
import { readStream, streamOf, type Recording } from '../recording/recording.ts';
import type { ReadOptions } from '../recording/stream-reader.ts';
import { usage } from './fail.ts';
import { batchOf } from './overrides.ts';
import { Progress } from './progress.ts';
import { mustFit, openSources, recordedNodes, type RecordedData } from './recorded.ts';
import { Stop } from './stop.ts';
import { EXIT, type Call } from './verb.ts';
import type { Prepared } from './wire.ts';

interface Flags {
  readonly batch?: string;
  readonly json?: boolean;
}

/** `replay --data DIR --check parity` where the recording holds nodes; a difference is a Refusal with exit code 5. */
export async function checkParity(p: Prepared, data: RecordedData, flags: Flags, { terminal }: Call): Promise<number> {
  const { from, to, fromSeq, toSeq } = data.read;
  if ([from, to, fromSeq, toSeq].some((x) => x !== null)) {
    throw usage('--check parity compares a whole recording: what the nodes keep begins with its first row',
      'leave --from, --to, --from-seq and --to-seq out');
  }
  const stop = new Stop(terminal);
  const progress = new Progress(terminal);
  try {
    const { rows, seconds, nodes, compared, aborted } = await compareWithRecording(p, data.recording, data.read, {
      batch: batchOf(flags.batch), signal: stop.signal, onProgress: (n, ts) => progress.update(n, ts),
    });
    progress.clear();
    if (flags.json === true) {
      const found = { parity: !aborted, rows, compared, nodes, seconds: Number(seconds.toFixed(6)), ...(aborted ? { aborted } : {}) };
      terminal.print(JSON.stringify({ version: 1, pipeline: p.plan.name, ...found }));
    }
    terminal.say(`parity: ${compared} recorded rows of ${nodes.join(', ')} came out the same from ${rows} rows`);
    return EXIT.ok;
  } finally {
    progress.clear();
    stop.release();
  }
}

const parityFault = (d: Difference, help: readonly string[]): Refusal => {
  const [head, ...lines] = shownDifference(d);
  return new Refusal('E786', `parity: ${head}`, { exit: EXIT.threshold, help: [...lines, ...help] });
};

/**
 * Replays a recording and compares every row of every recorded node with what comes out now. The first difference is refused (E786) with
 * the rows of the node's inputs that led to it.
 */
export async function compareWithRecording(p: Prepared, recording: Recording, read: ReadOptions,
  options: ReplayOptions): Promise<ParityResult> {
  const ids = recordedNodes(recording, p.plan.nodes.map((n) => n.id));
  const engine = engineOf(p, ids);
  const nodes = ids.map((id) => {
    const keys = new KeyTable();
    return { id, keys, reader: readStream(recording, id, keys, read) };
  });
  for (const n of nodes) mustFit(recording, { id: n.id, schema: engine.node(n.id).schema }, streamOf(recording, n.id).info.schema);
  const parity = new Parity(engine, nodes, recording.manifest.complete);
  const sources = openSources(recording, p, engine.graph.keys[0], read);
  const found = new AbortController();
  try {
    const result = await replay(engine, sources, {
      ...options, order: 'seq', signal: options.signal === undefined ? found.signal : AbortSignal.any([found.signal, options.signal]),
      settle: async () => { if (await parity.settle()) found.abort(); },
    });
    const first = parity.first();
    if (first !== null) throw parityFault(first, await upstream(p, recording, read, first));
    return { ...result, nodes: ids, compared: parity.rows };
  } finally {
    for (const r of [...sources, ...nodes.map((n) => n.reader)]) await r.close();
    await engine.close();
  }
}

export interface ParityResult extends ReplayResult {
  readonly nodes: readonly string[];
  readonly compared: number;
}

function engineOf(p: Prepared, observe: readonly string[]): Engine {
  const { plan } = compile(p.doc, p.registry, { observe: new Set(observe) });
  if (plan === null) throw new TypeError('a plan that compiled before does not now');
  return new Engine(plan, { universe: p.universe });
}

/** Rows shown of each input. */
const SHOWN = 3;

/** The last rows of the node's inputs with the symbol of the row that differs, up to its seq, as lines. */
async function upstream(p: Prepared, recording: Recording, read: ReadOptions, d: Difference): Promise<string[]> {
  const { inputs } = p.plan.nodes.find((n) => n.id === d.node)!;
  const engine = engineOf(p, inputs);
  const row = d.recorded ?? d.replayed!;
  const last = inputs.map((id) => ({ id, own: [] as string[], every: [] as string[] }));
  for (const { id, own, every } of last) {
    engine.tap(id, (rows) => {
      keep(rows, seqOf(d), own, (symbol) => symbol === row.symbol);
      keep(rows, seqOf(d), every, () => true);
    });
  }
  const sources = openSources(recording, p, engine.graph.keys[0], { ...read, toSeq: seqOf(d) });
  try {
    await replay(engine, sources, { order: 'seq' });
  } finally {
    for (const r of sources) await r.close();
    await engine.close();
  }
  // The rows of a pair or a ranking have symbols of their own: there any row may have led to it.
  return last.flatMap(({ id, own, every }) => {
    const lines = own.length > 0 ? own : every;
    return [`rows of \`${id}\` up to it: ${lines.length === 0 ? 'none' : ''}`, ...lines.map((line) => `  ${line}`)];
  });
}

function keep(rows: Observed, seq: number, into: string[], wanted: (symbol: string) => boolean): void {
  const matching: number[] = [];
  for (let r = 0; r < rows.n; r++) {
    const i = rows.sel === null ? r : rows.sel[r];
    if (rows.seq[i] <= seq && wanted(rows.keys.symbols[rows.key[i]])) matching.push(i);
  }
  for (const i of matching.slice(-SHOWN)) {
    const cells = rows.schema.map((f, c) => `${f.name} ${shownValue(rows.cols[c][i], f.type)}`);
    into.push(`${rows.keys.symbols[rows.key[i]]} seq ${rows.seq[i]}, ${formatTime(rows.ts[i])}: ${cells.join(', ')}`);
  }
  into.splice(0, Math.max(0, into.length - SHOWN));
}
