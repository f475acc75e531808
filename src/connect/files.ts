import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { createGunzip } from 'node:zlib';
import { Refusal } from '../core/diagnostic.ts';
import { nearest } from './nearest.ts';

const BLOCK = 1 << 19;

/** Bytes of a file in blocks; a block is valid until the next call. */
export interface ByteBlocks {
  next(): Promise<Uint8Array | null>;
  close(): Promise<void>;
}

const unreadable = (path: string, cause: unknown): Refusal =>
  new Refusal('E703', `cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    exit: 7, cause, help: path.endsWith('.gz') ? ['the file may be truncated, or no gzip at all: try `gzip -t`'] : [],
  });

async function plainBlocks(path: string): Promise<ByteBlocks> {
  const handle = await open(path, 'r');
  const buffer = Buffer.allocUnsafe(BLOCK);
  return {
    next: async () => {
      try {
        const { bytesRead } = await handle.read(buffer, 0, BLOCK, null);
        return bytesRead === 0 ? null : buffer.subarray(0, bytesRead);
      } catch (cause) {
        throw unreadable(path, cause);
      }
    },
    close: () => handle.close(),
  };
}

function gzipBlocks(path: string): ByteBlocks {
  const file = createReadStream(path, { highWaterMark: BLOCK });
  const stream = file.pipe(createGunzip({ chunkSize: BLOCK }));
  file.on('error', (cause) => stream.destroy(cause));
  const blocks = stream[Symbol.asyncIterator]();
  return {
    next: async () => {
      try {
        const { done, value } = (await blocks.next()) as { done?: boolean; value?: Uint8Array };
        return done === true || value === undefined ? null : value;
      } catch (cause) {
        throw unreadable(path, cause);
      }
    },
    close: async () => {
      file.destroy();
      stream.destroy();
    },
  };
}

/** Opens a file for reading; `.gz` is unpacked on the way. */
export const openBlocks = async (path: string): Promise<ByteBlocks> => (path.endsWith('.gz') ? gzipBlocks(path) : plainBlocks(path));

function expand(folder: string, parts: readonly string[]): string[] {
  if (parts.length === 0) return [folder];
  const [part, ...rest] = parts;
  if (!/[*?]/.test(part)) return expand(join(folder, part), rest);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  const pattern = part.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  const wanted = new RegExp(`^${pattern}$`);
  return readdirSync(folder).filter((name) => wanted.test(name) && !(name.startsWith('.') && !part.startsWith('.'))).sort()
    .flatMap((name) => expand(join(folder, name), rest)).filter((path) => existsSync(path));
}

function missing(path: string, full: string): Refusal {
  const folder = resolve(full, '..');
  const near = existsSync(folder) && statSync(folder).isDirectory() ? nearest(basename(full), readdirSync(folder)) : null;
  return new Refusal('E701', `no file matches \`${path}\``, {
    exit: 7, help: [`looked for ${full}`, ...(near === null ? [] : [`did you mean \`${near}\`?`])],
  });
}

/** The files of a `path` setting: one path, a list, or a pattern with `*` and `?`; relative to `base`, patterns in order of name. */
export function resolvePaths(value: unknown, base: string): string[] {
  const given = Array.isArray(value) ? value.map(String) : [String(value)];
  return given.flatMap((path) => {
    const full = resolve(base, path);
    const found = /[*?]/.test(path) && !existsSync(full) ? expand('/', full.split('/').filter((p) => p !== '')) : [full];
    if (found.length === 0 || !existsSync(found[0])) throw missing(path, full);
    if (statSync(found[0]).isDirectory()) {
      throw new Refusal('E701', `\`${path}\` is a folder`,
        { exit: 7, help: [`name files in it, such as \`${path.replace(/\/$/, '')}/*.csv\``] });
    }
    return found;
  });
}

/** `data/BRK.B.csv.gz` is `BRK.B`: the symbol of a file that holds one symbol only. */
export const stemOf = (path: string): string => {
  const name = basename(path).replace(/\.gz$/i, '').replace(/\.(csv|tsv|txt|jsonl|ndjson|json|arrow|arrows|feather|ipc)$/i, '');
  return name === '' ? basename(path) : name;
};
