import type { NatsConnection } from '@nats-io/transport-node';
import { covers, overlap } from '../bus/patterns.ts';
import { ensureStream, type StreamWanted } from '../bus/streams.ts';
import { Refusal } from '../core/diagnostic.ts';
import { patternOf, subjectsOf, type StreamOutputs, type StreamSources } from './streams.ts';

/** Says what was made or differs. */
export type Say = (line: string) => void;

/** The stream that sources read: it must be there, as only its owner knows how long it has to keep what. */
export async function sourceStream(nc: NatsConnection, s: StreamSources, create: boolean, say: Say): Promise<void> {
  const subjects = s.sources.map((x) => subjectsOf(x, null));
  const wanted: StreamWanted = { name: s.stream, subjects, discard: 'old' };
  const { created } = create ? await ensureStream(nc, wanted) : { created: false };
  if (created) {
    say(`made stream ${s.stream} of ${subjects.join(', ')}, kept for ever`);
    return;
  }
  const taken = await subjectsTaken(nc, s.stream);
  if (taken === null) {
    throw new Refusal('E766', `stream \`${s.stream}\` of source ${s.sources.map((x) => x.id).join(', ')} is not there`, {
      exit: 6, help: [`--create-streams makes it, of ${subjects.join(', ')}`,
        `or: nats stream add ${s.stream} --subjects "${subjects.join(',')}"`],
    });
  }
  subjects.forEach((subject, i) => {
    if (taken.some((t) => overlap(t, subject))) return;
    say(`W765: stream ${s.stream} takes ${taken.join(', ')}: nothing of ${subject} comes to source ${s.sources[i].id}; `
      + `add it with: nats stream edit ${s.stream} --subjects "${[...taken, subject].join(',')}"`);
  });
}

/** What a stream is published on; null where it is not there. One that copies other streams may hold any subject. */
async function subjectsTaken(nc: NatsConnection, stream: string): Promise<readonly string[] | null> {
  const { jetstreamManager } = await import('@nats-io/jetstream');
  const manager = await jetstreamManager(nc, { checkAPI: false });
  return manager.streams.info(stream).then(({ config }) => {
    const copies = config.mirror !== undefined || config.sources !== undefined || config.subject_transform !== undefined;
    return copies ? ['>'] : config.subjects ?? [];
  }, (error: { readonly code?: number }) => {
    if (error.code === 10059) return null;
    throw error;
  });
}

/**
 * The stream that outputs write, made where there is none. `log`: only these outputs write to it, so that all of it is one chain;
 * `subject`: others do as well, or other partitions, and every subject is a chain of its own.
 */
export async function outputStream(nc: NatsConnection, o: StreamOutputs, pipeline: string, partitions: number, say: Say):
  Promise<{ readonly chain: 'log' | 'subject'; readonly patterns: readonly string[] }> {
  const patterns = [...new Set(o.outputs.map((x) => patternOf(x, pipeline)))];
  const { created, config } = await ensureStream(nc, { name: o.stream, subjects: patterns, discard: 'new' });
  if (created) say(`made stream ${o.stream} of ${patterns.join(', ')}, kept for ever`);
  const subjects = (config.subjects ?? []) as readonly string[];
  const outside = patterns.find((p) => !subjects.some((s) => covers(s, p)));
  if (outside !== undefined) {
    const who = o.outputs.map((x) => x.id).join(', ');
    throw new Refusal('E766', `stream \`${o.stream}\` does not take \`${outside}\`, which ${who} publishes`, {
      exit: 6, help: [`it takes ${subjects.join(', ') || 'nothing'}`,
        `nats stream edit ${o.stream} --subjects adds it, or name another stream`],
    });
  }
  const alone = partitions === 1 && subjects.every((s) => patterns.some((p) => covers(p, s)));
  return { chain: alone ? 'log' : 'subject', patterns };
}
