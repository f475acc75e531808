import { isUtf8 } from 'node:buffer';
import type { SourceContext } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import { JsonScanner } from './json-scan.ts';
import { sameTemplate, templateOf } from './json-template.ts';
import { MESSAGE_ROWS } from './message-sink.ts';
import type { MessageSink, PayloadDecoder } from './message-sink.ts';
import { RecordDecoder } from './record-decode.ts';
import type { Json } from './record-shape.ts';

/** Templates tried for a message; with all in place, one of so many messages that none fits makes another, in place of the least used. */
const TEMPLATES = 8;
const PATIENCE = 16;
const OPEN = 123;
const LIST = 91;

const isBlank = (c: number): boolean => c === 32 || c === 10 || c === 13 || c === 9;

function skip(b: Uint8Array, i: number): number {
  while (i < b.length && isBlank(b[i])) i++;
  return i;
}

/**
 * Messages of one JSON object, or a list of them. Most messages of a source look alike but for their values: those are scanned by a
 * template. It halves the time of JSON.parse and more (`npm run bench codecs`), and a property holds it to the same bits.
 */
export class JsonMessages implements PayloadDecoder {
  /** Messages that were read by a template. */
  scanned = 0;
  private readonly sink: MessageSink;
  private readonly records: RecordDecoder;
  private readonly scans: boolean;
  private readonly scanners: JsonScanner[] = [];
  private misses = 0;

  constructor(ctx: SourceContext, sink: MessageSink, scans = true) {
    this.sink = sink;
    this.scans = scans;
    this.records = new RecordDecoder(ctx, sink.faults, `a message of ${String(ctx.args.subject)}`, true, sink.table);
  }

  decode(payload: Uint8Array, symbol: string, id: number): void {
    if (this.scanners.length > 0 && this.scan(payload, id)) this.scanned++;
    else this.parse(payload, symbol);
  }

  /** False without having added anything where no template fits. */
  private scan(b: Uint8Array, symbol: number): boolean {
    const { out } = this.sink;
    const start = out.n;
    let i = skip(b, 0);
    if (b[i] === OPEN) {
      out.ensure(start + 1);
      i = this.object(b, i, symbol);
      if (i >= 0 && skip(b, i) === b.length) return true;
    } else if (b[i] === LIST && this.list(b, i + 1, symbol)) {
      return true;
    }
    out.n = start;
    return false;
  }

  private list(b: Uint8Array, at: number, symbol: number): boolean {
    const { out } = this.sink;
    const most = out.n + MESSAGE_ROWS;
    for (let i = skip(b, at); i < b.length && b[i] === OPEN && out.n < most;) {
      out.ensure(out.n + 1);
      i = this.object(b, i, symbol);
      if (i < 0) return false;
      i = skip(b, i);
      if (b[i] === 93) return skip(b, i + 1) === b.length;
      if (b[i] !== 44) return false;
      i = skip(b, i + 1);
    }
    return false;
  }

  private object(b: Uint8Array, i: number, symbol: number): number {
    const { scanners } = this;
    for (let s = 0; s < scanners.length; s++) {
      const end = scanners[s].scan(b, i, b.length, this.sink.out, symbol);
      if (end < 0) continue;
      if (s > 0) {
        // The one that fits is tried first the next time.
        const found = scanners[s];
        scanners[s] = scanners[s - 1];
        scanners[s - 1] = found;
      }
      return end;
    }
    return -1;
  }

  private parse(payload: Uint8Array, symbol: string): void {
    const { sink } = this;
    if (!isUtf8(payload)) return sink.refuse('E759', 'the message is not UTF-8');
    const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8');
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return sink.refuse('E757', 'the message is no JSON object');
    }
    if (!Array.isArray(value)) {
      this.add(value, symbol);
      return this.learn(payload);
    }
    if (value.length > MESSAGE_ROWS) return sink.refuse('E715', `the message holds ${value.length} rows; at most ${MESSAGE_ROWS} are read`);
    for (const record of value as unknown[]) this.add(record, symbol);
    this.learn(payload);
  }

  /** One object that does not fit is counted, and those beside it are read. */
  private add(record: unknown, symbol: string): void {
    const { sink } = this;
    if (typeof record !== 'object' || record === null || Array.isArray(record)) {
      return sink.refuse('E757', 'the message is no JSON object');
    }
    sink.out.ensure(sink.out.n + 1);
    try {
      this.records.add(sink.out, record as Json, sink.at, symbol);
    } catch (fault) {
      if (!(fault instanceof Refusal)) throw fault;
      sink.refuse(fault.code, fault.message);
    }
  }

  /** Makes a template of the last object, where the message ended with one that became a row. */
  private learn(b: Uint8Array): void {
    const shape = this.records.lastShape;
    if (!this.scans || shape === null) return;
    if (this.sink.faults.code !== '' || (this.scanners.length === TEMPLATES && ++this.misses % PATIENCE > 0)) return;
    let at = skip(b, 0);
    if (b[at] === LIST) at = skip(b, at + 1);
    const template = templateOf(b, at, b.length, shape);
    if (template === null || this.scanners.some((s) => sameTemplate(s.template, template))) return;
    if (this.scanners.length === TEMPLATES) this.scanners.pop();
    this.scanners.push(new JsonScanner(template, this.sink.table));
  }
}
