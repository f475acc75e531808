import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Engine } from '../engine/engine.ts';
import { refId } from '../plan/compile.ts';
import type { Recorder } from '../recording/recorder.ts';
import { renderRefusal, usage } from './fail.ts';
import { leavesOf } from './outlets.ts';
import { lengthOf } from './overrides.ts';
import type { Call } from './verb.ts';
import type { Prepared } from './wire.ts';

export interface RecordFlags {
  readonly record?: string;
  readonly rotate?: string;
  readonly append?: boolean;
  readonly fsync?: boolean;
}

export const recordFlags = (c: Command): Command => c
  .option('--record <dir>', 'record what the sources ingest, and the nodes that outputs read')
  .option('--rotate <size>', 'recorded: a new file after this long or this much, such as 1h or 1GB')
  .option('--append', 'recorded: go on with the recording that is there')
  .option('--fsync', 'recorded: wait for the disk after every write');

const UNITS: Readonly<Record<string, number>> = { KB: 1e3, MB: 1e6, GB: 1e9, KIB: 1024, MIB: 1024 ** 2, GIB: 1024 ** 3 };

/** `1h` or `1GB`: when a new file begins. */
export function rotation(text: string | undefined): { rotateBytes?: number; rotateMs?: number } {
  if (text === undefined) return {};
  const size = /^(\d+(?:\.\d+)?)\s*([KMG]i?B)$/i.exec(text);
  if (size !== null) return { rotateBytes: Math.max(1, Number(size[1]) * UNITS[size[2].toUpperCase()]) };
  if (/^\d+$/.test(text)) throw usage(`--rotate takes a time such as 1h or a size such as 1GB, not \`${text}\``);
  return { rotateMs: lengthOf('--rotate', text) };
}

/** The nodes that outputs read; without any output, those that nothing reads. */
export const nodesOfOutputs = (p: Pick<Prepared, 'doc' | 'plan'>): string[] =>
  (p.doc.outputs.length === 0 ? leavesOf(p.plan) : [...new Set(p.doc.outputs.map((o) => refId(o.from)))]);

/** Records a run into a folder; loads what it takes. A recording that has to stop is a warning: the pipeline runs on. */
export async function startRecorder(engine: Engine, p: Prepared, folder: string, flags: RecordFlags, call: Call,
  what: { readonly nodes: readonly string[]; readonly sources?: boolean }): Promise<Recorder> {
  const { Recorder: Made } = await import('../recording/recorder.ts');
  return new Made(engine, {
    folder: resolve(call.cwd, folder), pipeline: p.plan.name, plan: engine.planHash, universe: p.universe, ...what,
    ...rotation(flags.rotate),
    append: flags.append === true, fsync: flags.fsync === true,
    onFault: (fault) => call.terminal.warn(`${renderRefusal(fault, call.terminal.paint)}\n  = the pipeline runs on without the recording`),
  });
}

/** The recording that `--record` asks for, over one engine of a run; null where it does not. */
export async function recorderOf(engine: Engine, p: Prepared, flags: RecordFlags, call: Call): Promise<Recorder | null> {
  return flags.record === undefined ? null : startRecorder(engine, p, flags.record, flags, call, { nodes: nodesOfOutputs(p) });
}

/** Ends a recording and says what it holds. */
export function closeRecorder(recorder: Recorder | null, flags: RecordFlags, call: Call): void {
  if (recorder === null) return;
  recorder.close();
  if (recorder.fault === null) call.terminal.say(`recorded ${recorder.count} rows into ${flags.record}`);
}
