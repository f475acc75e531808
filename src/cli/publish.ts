import { resolve } from 'node:path';
import type { Bus } from '../bus/bus.ts';
import { MemoryBus } from '../bus/memory.ts';
import { contextOf } from '../connect/infer.ts';
import { readerFor, writerFor } from '../connect/open.ts';
import type { SourceReader } from '../core/connector.ts';
import { KeyTable } from '../core/keys.ts';
import type { Schema } from '../core/types.ts';
import { Publisher, type PublishStream } from '../recording/publish.ts';
import { openRecording, readStream, streamOf } from '../recording/recording.ts';
import { openBusFor } from './bus-flags.ts';
import { usage } from './fail.ts';
import { moment, speedOf } from './overrides.ts';
import { Progress } from './progress.ts';
import type { PublishFlags } from './publish-flags.ts';
import { isRecordingPath } from './recorded-path.ts';
import { warnOfMissing } from './recorded.ts';
import { Stop } from './stop.ts';
import { EXIT, type Call } from './verb.ts';
import { SpanReader } from './wire.ts';

interface Flags extends PublishFlags {
  readonly from?: string;
  readonly to?: string;
  readonly speed?: string;
  readonly json?: boolean;
  readonly allowGaps?: boolean;
}

interface Named {
  readonly id: string;
  readonly schema: Schema;
  readonly reader: SourceReader;
  readonly keys: KeyTable;
}

/** `millrace replay DATA --to SUBJECT`: rows of a recording or a file as messages. */
export async function publishReplay(call: Call, flags: Flags, bus: Bus | null = null): Promise<number> {
  const subject = flags.to as string;
  const own = bus ?? await openBusFor(flags, call, 'replay');
  const open = await openStreams(call.args[0], flags, call);
  if (open.length > 1 && !subject.includes('{stream}')) {
    throw usage(`the recording has several streams: ${open.map((s) => s.id).join(', ')}`,
      '--stream picks one, or {stream} in the subject names each');
  }
  const stop = new Stop(call.terminal);
  const progress = new Progress(call.terminal);
  let messages = 0;
  try {
    let again = false;
    do {
      const streams = again ? await openStreams(call.args[0], flags, call) : open;
      const publisher = new Publisher(streams.map((s) => publishStream(s, subject, own)), {
        speed: speedOf(flags.speed, 1), step: flags.step === true, signal: stop.signal,
        onProgress: (n, ts) => progress.update(messages + n, ts),
      });
      const release = controls(publisher, flags.step === true);
      try {
        const result = await publisher.run();
        messages += result.messages;
      } finally {
        release();
        for (const s of streams) await s.reader.close();
      }
      progress.clear();
      warnOfMissing(streams.map((s) => s.reader), streams.map((s) => s.id), call.terminal);
      again = flags.loop === true && messages > 0;
    } while (again && !stop.signal.aborted);
    if (flags.json === true) call.terminal.print(JSON.stringify({ version: 1, messages, subject, aborted: stop.signal.aborted }));
    call.terminal.say(`published ${messages} messages to ${subject}`
      + (own instanceof MemoryBus && bus === null ? ' on the embedded bus, where only this process listens' : ''));
    return EXIT.ok;
  } finally {
    progress.clear();
    stop.release();
    if (bus === null) await own.close();
  }
}

async function openStreams(path: string, flags: Flags, call: Call): Promise<Named[]> {
  const span = { from: moment('--from', flags.from), to: moment('--until', flags.until) };
  const full = resolve(call.cwd, path);
  if (isRecordingPath(full)) {
    const recording = openRecording(full);
    const ids = flags.stream !== undefined ? [streamOf(recording, flags.stream).info.id]
      : recording.streams.filter((s) => s.info.kind === 'source').map((s) => s.info.id);
    if (ids.length === 0) {
      throw usage(`${path} holds no source`, `--stream takes one of ${recording.streams.map((s) => s.info.id).join(', ')}`);
    }
    return ids.map((id) => {
      const keys = new KeyTable();
      const reader = readStream(recording, id, keys, { ...span, allowGaps: flags.allowGaps === true });
      return { id, schema: streamOf(recording, id).info.schema, keys, reader };
    });
  }
  const { connector, ctx } = await contextOf(path, { base: call.cwd, ...(flags.schema === undefined ? {} : { schema: flags.schema }) });
  const reader = readerFor(ctx, connector);
  return [{ id: ctx.id, schema: ctx.schema, keys: ctx.keys, reader: span.from === null && span.to === null ? reader
    : new SpanReader(reader, span.from ?? -Infinity, span.to ?? Infinity) }];
}

function publishStream({ id, schema, reader, keys }: Named, subject: string, bus: Bus): PublishStream {
  const ctx = { id, pipeline: 'replay', schema, base: '.', args: { subject: subject.replaceAll('{stream}', id) } };
  return { reader, keys, writer: writerFor('nats', ctx, { stdout: process.stdout, bus }) };
}

/** Space or SIGUSR2 pause and go on; Enter is one message more. */
function controls(publisher: Publisher, step: boolean): () => void {
  const toggle = (): void => publisher.toggle();
  process.on('SIGUSR2', toggle);
  const { stdin } = process;
  const tty = stdin.isTTY === true;
  const onKeys = (bytes: Buffer): void => {
    for (const key of bytes.toString('latin1')) {
      if (key === ' ') publisher.toggle();
      else if (key === '\r' || key === '\n') publisher.step();
      else if (key === '\u0003') process.kill(process.pid, 'SIGINT');
    }
  };
  const listens = tty || step;
  if (tty) stdin.setRawMode(true);
  if (listens) stdin.on('data', onKeys);
  return () => {
    process.off('SIGUSR2', toggle);
    stdin.off('data', onKeys);
    if (tty) stdin.setRawMode(false);
    if (listens) stdin.pause();
  };
}
