import { parseTemplate } from '../bus/subject.ts';
import { isDurable } from '../core/delivery.ts';
import { Refusal } from '../core/diagnostic.ts';
import type { Document, OutputDecl, SourceDecl } from '../language/document.ts';
import { EXIT } from './verb.ts';

/** Sources that are read from one stream, in one order. */
export interface StreamSources {
  readonly stream: string;
  readonly sources: readonly SourceDecl[];
}

export interface StreamOutputs {
  readonly stream: string;
  readonly outputs: readonly OutputDecl[];
}

/** What a pipeline reads from streams and writes to streams. */
export interface Streams {
  readonly inputs: readonly StreamSources[];
  readonly outputs: readonly StreamOutputs[];
}

function byStream<T extends SourceDecl | OutputDecl>(all: readonly T[]): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const x of all) {
    const stream = String(x.args.stream);
    const list = found.get(stream);
    if (list === undefined) found.set(stream, [x]);
    else list.push(x);
  }
  return found;
}

/** True when some source of the pipeline is read from a stream, so that the run goes by positions and checkpoints. */
export const isDurableRun = (doc: Document): boolean => doc.sources.some(isDurable);

/** Names of the streams that a pipeline reads, in the order of its sources. */
export const inputStreams = (doc: Document): string[] => [...byStream(doc.sources.filter(isDurable)).keys()];

/** The streams of a durable run. Sources of another kind beside them are refused: the order of their rows cannot be had again. */
export function streamsOf(doc: Document): Streams {
  const other = doc.sources.find((s) => !isDurable(s));
  if (other !== undefined) {
    const first = doc.sources.find(isDurable) as SourceDecl;
    throw new Refusal('E777', `source ${other.id} comes from no stream, and ${first.id} does: the order in which their rows met is lost `
      + 'with a crash', {
      exit: EXIT.pipeline, help: [
        `give ${other.id} a stream as well, best the same one: nats: { subject: ..., stream: ${String(first.args.stream)} }`,
        'or set `delivery: best_effort` in all of them, where rows may be lost'],
    });
  }
  const nameless = [...doc.sources, ...doc.outputs].find((x) => isDurable(x) && x.args.stream === undefined);
  if (nameless !== undefined) {
    throw new Refusal('E777', `${nameless.id} is durable and names no stream`, { exit: EXIT.pipeline, help: ['add `stream: NAME`'] });
  }
  return {
    inputs: [...byStream(doc.sources)].map(([stream, sources]) => ({ stream, sources })),
    outputs: [...byStream(doc.outputs.filter(isDurable))].map(([stream, outputs]) => ({ stream, outputs })),
  };
}

/** Holes of an output's subject that are the same for every message of the pipeline. */
const fixed = (o: OutputDecl, pipeline: string): Readonly<Record<string, string>> => ({ pipeline, output: o.id });

/** Every subject that an output can publish on, as one pattern. */
export function patternOf(o: OutputDecl, pipeline: string): string {
  const known = fixed(o, pipeline);
  return String(o.args.subject).split('.').map((token) => {
    const filled = token.replace(/\{(\w+)\}/g, (hole, name: string) => known[name] ?? hole);
    return filled.includes('{') ? '*' : filled;
  }).join('.');
}

/** What a source listens to in one partition, or in all where `p` is null. `{partition}` is filled where the subject has it. */
export function subjectsOf(s: SourceDecl, p: number | null): string {
  const text = String(s.args.subject);
  return parseTemplate(p === null ? text : text.replaceAll('{partition}', String(p)), 'source').pattern;
}

export const hasPartition = (s: SourceDecl): boolean => String(s.args.subject).includes('{partition}');
