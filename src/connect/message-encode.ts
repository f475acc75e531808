import type { OutputContext, OutputRows } from '../core/connector.ts';
import { Refusal } from '../core/diagnostic.ts';
import { HEADER } from '../core/log.ts';
import type { MessageEncoder } from '../core/message.ts';
import { TimeRenderer } from '../core/time.ts';
import { SCHEMAS, sameType } from '../core/types.ts';
import type { Schema } from '../core/types.ts';
import { ArrowMessageWriter } from './arrow-message-write.ts';
import type { BusTemplate } from './bus-port.ts';
import { CODECS, isCodec } from './codec-names.ts';
import type { Codec } from './codec-names.ts';
import { FORM, formOf, layoutHash } from './compact-layout.ts';
import { CompactWriter } from './compact-write.ts';
import { JsonRenderer } from './jsonl-write.ts';
import { renderCell } from './render.ts';

/** Bytes that a grouped message is kept near: half of what a server takes by default. */
const TARGET = 1 << 19;
const MOST_ROWS = 4096;
/** What a text is taken to be long, where the rows of a message are counted beforehand. */
const TEXT_BYTES = 64;

/** The name of a schema that is one of those known by name, else the beginning of its layout's hash. */
export function schemaName(schema: Schema): string {
  const same = Object.entries(SCHEMAS).find(([, s]) =>
    s.length === schema.length && s.every((f, i) => f.name === schema[i].name && sameType(f.type, schema[i].type)));
  return same === undefined ? layoutHash(schema).slice(0, 8) : same[0];
}

type PayloadWriter = Pick<MessageEncoder, 'encode'>;

function writerOf(codec: Codec, schema: Schema): PayloadWriter {
  if (codec === 'arrow') return new ArrowMessageWriter(schema);
  if (codec === 'compact') return new CompactWriter(schema);
  const renderer = new JsonRenderer(schema);
  return { encode: (rows, at) => renderer.rowAt(rows, at[0]) };
}

/** Turns the rows of one output into messages, and says where each goes. */
export class OutputEncoder implements MessageEncoder {
  readonly grouped: boolean;
  readonly most: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  private readonly ctx: OutputContext;
  private readonly template: Pick<BusTemplate, 'holes' | 'fill'>;
  private readonly writer: PayloadWriter;
  private readonly times = new TimeRenderer();
  /** Subjects by key, where nothing but the symbol and the pipeline fills them. */
  private readonly subjects: string[] | null;

  constructor(ctx: OutputContext, template: Pick<BusTemplate, 'holes' | 'fill'>) {
    const { codec = 'json' } = ctx.args;
    if (!isCodec(codec)) {
      throw new Refusal('E713', `\`codec\` is \`${String(codec)}\``, { exit: 3, help: [`it can be: ${CODECS.join(', ')}`] });
    }
    this.ctx = ctx;
    this.template = template;
    this.subjects = this.checked() ? [] : null;
    this.grouped = codec !== 'json';
    this.most = this.grouped ? Math.max(1, Math.min(MOST_ROWS, Math.floor(TARGET / rowBytes(ctx.schema)))) : 1;
    this.headers = [[HEADER.schema, `${schemaName(ctx.schema)}/1`], [HEADER.codec, codec]];
    this.writer = writerOf(codec, ctx.schema);
  }

  subject(rows: OutputRows, i: number): string {
    const { subjects } = this;
    if (subjects === null || rows.key[i] < 0) return this.filled(rows, i);
    return (subjects[rows.key[i]] ??= this.filled(rows, i));
  }

  encode(rows: OutputRows, at: Int32Array, n: number): Uint8Array | string {
    return this.writer.encode(rows, at, n);
  }

  /** True where the subject is the same for all rows of a key. */
  private checked(): boolean {
    const known = ['pipeline', 'output', 'symbol', ...this.ctx.schema.map((f) => f.name)];
    const unknown = this.template.holes.find((hole) => !known.includes(hole));
    if (unknown !== undefined) {
      throw new Refusal('E712', `subject \`${String(this.ctx.args.subject)}\` has \`{${unknown}}\`, which nothing fills`, {
        exit: 3, help: [`these can: ${known.map((k) => `{${k}}`).join(' ')}`],
      });
    }
    return this.template.holes.every((hole) => known.indexOf(hole) < 3);
  }

  private filled(rows: OutputRows, i: number): string {
    return this.template.fill((hole) => {
      if (hole === 'pipeline') return this.ctx.pipeline;
      if (hole === 'output') return this.ctx.id;
      if (hole === 'symbol') return rows.keys.symbols[rows.key[i]] ?? '';
      const c = this.ctx.schema.findIndex((f) => f.name === hole);
      return renderCell(rows.cols[c], i, this.ctx.schema[c].type, this.times) ?? '';
    });
  }
}

const rowBytes = (schema: Schema): number =>
  schema.reduce((n, f) => n + (f.type === 'text' ? TEXT_BYTES : formOf(f.type) === FORM.code ? 1 : 8), 16);
