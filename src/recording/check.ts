import { inspectRows, type RowsCheck } from '../connect/inspect.ts';
import { KeyTable } from '../core/keys.ts';
import { openRecording } from './recording.ts';
import type { Damage } from './scan.ts';
import { StreamReader } from './stream-reader.ts';

export interface StreamCheck extends RowsCheck {
  readonly id: string;
  readonly kind: 'source' | 'node';
  readonly files: number;
  readonly chunks: number;
  readonly heartbeats: number;
  /** Rows that damaged chunks had. */
  readonly missing: number;
  /** Bytes at the end that a killed process left. */
  readonly torn: number;
  readonly damage: readonly Damage[];
}

export interface RecordingCheck {
  readonly path: string;
  readonly complete: boolean;
  readonly closed: boolean;
  readonly streams: readonly StreamCheck[];
  /** Numbers that no row of the sources has, between the first and the last: null where not all of them were recorded together. */
  readonly seqGaps: number | null;
}

/** Reads everything in a recording: every checksum is verified, and the rows are looked at as those of a file are. */
export async function checkRecording(folder: string, onRows?: (rows: number) => void): Promise<RecordingCheck> {
  const { manifest, streams } = openRecording(folder);
  const seqs = new SeqCount();
  const checks: StreamCheck[] = [];
  for (const scan of streams) {
    const keys = new KeyTable();
    const reader = new StreamReader(scan, keys, { allowGaps: true });
    let heartbeats = 0;
    try {
      const rows = await inspectRows(reader, scan.info.schema, keys, (n) => onRows?.(n), (chunk) => {
        for (let i = 0; i < chunk.n; i++) if (chunk.key[i] < 0) heartbeats++;
        if (scan.info.kind === 'source') seqs.add(chunk.seq!, chunk.n);
      });
      checks.push({
        ...rows, id: scan.info.id, kind: scan.info.kind, files: scan.files.length, heartbeats, missing: reader.missing.rows,
        chunks: scan.files.reduce((s, f) => s + f.chunks.length, 0), torn: reader.missing.torn, damage: reader.missing.damage,
      });
    } finally {
      await reader.close();
    }
    if (scan.info.ended !== null) seqs.one();
  }
  const imported = manifest.pipeline === '' || streams.every((s) => s.info.kind === 'node');
  return {
    path: folder, complete: manifest.complete, closed: manifest.closed !== null, streams: checks, seqGaps: imported ? null : seqs.gaps(),
  };
}

/** Every seq belongs to one row of one source, or to the end of one: what is missing is the range less the count. */
class SeqCount {
  private first = Infinity;
  private last = -Infinity;
  private count = 0;

  add(seq: Float64Array, n: number): void {
    if (n === 0) return;
    this.first = Math.min(this.first, seq[0]);
    this.last = Math.max(this.last, seq[n - 1]);
    this.count += n;
  }

  one(): void {
    this.count += 1;
  }

  gaps(): number {
    return this.count === 0 ? 0 : Math.max(0, this.last - this.first + 1 - this.count);
  }
}
