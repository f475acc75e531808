import type { SourceContext } from '../core/connector.ts';
import type { Column } from '../core/frame.ts';
import { ARROW, CodeColumn, TimeColumn, fillNumbers, fillTexts, isNull } from './arrow-decode.ts';
import type { ArrowColumn } from './arrow-decode.ts';
import { MessageDictionary } from './arrow-message-block.ts';
import type { MessageBlock } from './arrow-message-block.ts';
import type { MessageField } from './arrow-message-schema.ts';
import { ByteTable } from './byte-table.ts';
import type { ChunkBuffer } from './chunk-buffer.ts';
import { Damaged } from './flat-view.ts';
import { planColumns } from './mapping.ts';
import type { ColumnPlan, PlannedColumn } from './mapping.ts';
import { NO_SYMBOL } from './row-gate.ts';
import { decodeWord } from './words.ts';
import { zoneOf } from './zone.ts';
import type { Zone } from './zone.ts';

const SYMBOL_BYTES = 256;
/** Different words after which a column's table of them begins anew. */
const KEPT_WORDS = 1 << 14;

/** Where the messages of one Arrow schema have the columns of a source. */
export class MessageLayout {
  readonly fields: readonly MessageField[];
  readonly plan: ColumnPlan;
  /** Buffers of a record batch. */
  readonly buffers: number;
  private readonly firsts: readonly number[];
  /** The column of symbols, or null. */
  readonly symbols: MessageField | null;
  private readonly table: ByteTable;
  private readonly zone: Zone | null;
  private readonly times: readonly TimeColumn[];
  private readonly columns: (CodeColumn | TimeColumn | null)[];
  private readonly words: (ByteTable | null)[];
  /** The column of event time that the first batch of the message decided for. */
  private timeAt = -1;

  constructor(fields: readonly MessageField[], ctx: SourceContext, table: ByteTable) {
    this.fields = fields;
    this.table = table;
    this.zone = zoneOf(ctx.time.timezone);
    this.plan = planColumns(fields.map((f) => f.name), ctx, `a message of ${String(ctx.args.subject)}`);
    this.symbols = this.plan.symbol < 0 ? null : fields[this.plan.symbol];
    let buffers = 0;
    this.firsts = fields.map((f) => (buffers += f.buffers) - f.buffers);
    this.buffers = buffers;
    this.times = this.plan.time.map(({ index, unit }) => new TimeColumn(fields[index].name, unit, this.zone, true));
    this.words = this.plan.columns.map(() => null);
    this.columns = this.plan.columns.map((column, c) => this.reader(column, c));
  }

  private reader({ name, type, inverted, unit, index }: PlannedColumn, c: number): CodeColumn | TimeColumn | null {
    if (type === 'time') return new TimeColumn(name, unit, this.zone, true);
    const isFlag = index >= 0 && type === 'bool' && this.fields[index].type.typeId === ARROW.bool;
    const isSpan = index >= 0 && type === 'duration' && this.fields[index].type.typeId !== ARROW.utf8;
    if (typeof type !== 'object' && (type !== 'bool' || isFlag) && (type !== 'duration' || isSpan)) return null;
    const table = new ByteTable();
    this.words[c] = table;
    return new CodeColumn(name, table, (text) => decodeWord(text, type, inverted));
  }

  /** A message begins. */
  begin(): void {
    this.timeAt = -1;
    for (let c = 0; c < this.words.length; c++) {
      const table = this.words[c];
      if (table !== null && table.size > KEPT_WORDS) this.columns[c] = this.reader(this.plan.columns[c], c);
    }
  }

  /** Fills a stage with the rows of a batch. `id` is the symbol of rows where the message has no column of symbols, -1 for none. */
  fill(block: MessageBlock, dictionaries: ReadonlyMap<number, MessageDictionary>, stage: ChunkBuffer, id: number): void {
    const n = block.rows;
    const column = (index: number): ArrowColumn => {
      const field = this.fields[index];
      let dictionary: MessageDictionary | undefined;
      if (field.dictionary !== null && (dictionary = dictionaries.get(field.dictionary.id)) === undefined) {
        throw new Damaged(`lacks the dictionary of \`${field.name}\``);
      }
      return block.column(field, index, this.firsts[index], dictionary);
    };
    if (this.timeAt < 0) {
      const { time } = this.plan;
      this.timeAt = time.length === 1 ? 0 : Math.max(0, time.findIndex(({ index }) => !isNull(column(index), 0)));
    }
    this.times[this.timeAt].fill(column(this.plan.time[this.timeAt].index), 0, n, stage.ts);
    for (let c = 0; c < this.columns.length; c++) {
      const { name, index } = this.plan.columns[c];
      const col: Column = stage.cols[c];
      const reader = this.columns[c];
      if (index < 0) col.fill((col instanceof Float64Array ? NaN : null) as never, 0, n);
      else if (!(col instanceof Float64Array)) fillTexts(column(index), 0, n, col);
      else if (reader instanceof TimeColumn) reader.fill(column(index), 0, n, col);
      else if (reader instanceof CodeColumn) reader.fill(column(index), 0, n, col, NaN);
      else fillNumbers(name, column(index), 0, n, col);
    }
    if (this.plan.symbol < 0) stage.key.fill(id < 0 ? NO_SYMBOL : id, 0, n);
    else this.keys(column(this.plan.symbol), n, stage);
  }

  /** Numbers of the symbols. A row without one and without any value is a heartbeat. */
  private keys(d: ArrowColumn, n: number, stage: ChunkBuffer): void {
    const { key } = stage;
    const { typeId } = d.type;
    if (typeId === ARROW.dictionary) {
      const dictionary = d.dictionary as MessageDictionary;
      const at = d.values as Int32Array;
      for (let i = 0; i < n; i++) key[i] = this.entry(dictionary, Number(at[i]));
    } else if (typeId === ARROW.utf8 || typeId === ARROW.largeUtf8) {
      const offsets = d.valueOffsets as Int32Array;
      for (let i = 0; i < n; i++) key[i] = this.idOf(d.values as Uint8Array, Number(offsets[i]), Number(offsets[i + 1]));
    } else {
      new CodeColumn('symbol', new ByteTable(), (text) => this.table.lookupText(text)).fill(d, 0, n, key, NO_SYMBOL);
    }
    if (d.nullCount > 0) for (let i = 0; i < n; i++) if (isNull(d, i)) key[i] = isBlank(stage, i) ? -1 : NO_SYMBOL;
  }

  private entry(dictionary: MessageDictionary, i: number): number {
    if (!(i >= 0 && i < dictionary.length)) return NO_SYMBOL;
    if (dictionary.ids[i] === -1) dictionary.ids[i] = dictionary.slice(i, (b, from, to) => this.idOf(b, from, to));
    return dictionary.ids[i];
  }

  private idOf(b: Uint8Array, from: number, to: number): number {
    return to === from || to - from > SYMBOL_BYTES ? NO_SYMBOL : this.table.lookup(b, from, to);
  }
}

function isBlank(stage: ChunkBuffer, i: number): boolean {
  for (const col of stage.cols) if (col[i] !== null && col[i] === col[i]) return false;
  return true;
}
