import { Refusal } from '../core/diagnostic.ts';
import type { KeyTable } from '../core/keys.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { scanStream, type StreamScan } from './scan.ts';
import { StreamReader, type ReadOptions } from './stream-reader.ts';

/** A recording that was opened for reading: what it says of itself, and what its sidecars promise. */
export interface Recording {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly streams: readonly StreamScan[];
}

export function openRecording(folder: string): Recording {
  const manifest = readManifest(folder);
  return { folder, manifest, streams: manifest.streams.map((info) => scanStream(folder, info)) };
}

/** The stream of that name; refused (E785) with the names that there are. */
export function streamOf(recording: Recording, id: string): StreamScan {
  const found = recording.streams.find((s) => s.info.id === id);
  if (found !== undefined) return found;
  const names = recording.streams.map((s) => s.info.id);
  throw new Refusal('E785', `${recording.folder} has no stream \`${id}\``, {
    exit: 7, help: [names.length === 0 ? 'it has none at all' : `it has ${names.join(', ')}`],
  });
}

export const readStream = (recording: Recording, id: string, keys: KeyTable, options: ReadOptions = {}): StreamReader =>
  new StreamReader(streamOf(recording, id), keys, options);
