import type { ParquetWriter } from 'hyparquet-writer';
import { Refusal } from '../core/diagnostic.ts';
import type { Column } from '../core/frame.ts';
import { misfit, type Block, type ByteSink, type TableEncoder } from '../core/table.ts';
import type { Field, Schema } from '../core/types.ts';

type Library = typeof import('hyparquet-writer');
type Element = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

const PACKAGE = 'hyparquet-writer';

/** Loads the library that writes Parquet, which only an export needs. Refused (E732) where it is not installed. */
export async function loadParquet(load: () => Promise<Library> = () => import('hyparquet-writer')): Promise<Library> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new Refusal('E732', `${PACKAGE} is needed to write Parquet, and is not installed`, {
      exit: 6, cause, help: [`npm install ${PACKAGE}`, '--to arrow needs nothing, and pandas, Polars and DuckDB read it as well'],
    });
  }
}

function element({ name, type }: Field): Element {
  const own = { name, repetition_type: 'OPTIONAL' as const };
  if (type === 'text' || typeof type === 'object') {
    return { ...own, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
  }
  if (type === 'time') {
    return {
      ...own, type: 'INT64', converted_type: 'TIMESTAMP_MICROS', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
    };
  }
  if (type === 'bool') return { ...own, type: 'BOOLEAN' };
  return { ...own, type: type === 'f64' ? 'DOUBLE' : 'INT64' };
}

/** A column as the library takes it: null where there is no value. */
function values(col: Column, n: number, field: Field): (number | string | boolean | bigint | null)[] {
  const { type } = field;
  if (!(col instanceof Float64Array)) return col.slice(0, n);
  const cell = (x: number): number | string | boolean | bigint => {
    if (type === 'f64') return x;
    if (type === 'bool' && (x === 0 || x === 1)) return x === 1;
    if (typeof type === 'object' && type.values[x] !== undefined) return type.values[x];
    if (typeof type === 'object' || type === 'bool' || !Number.isInteger(x)) throw misfit(field);
    return BigInt(x);
  };
  return Array.from({ length: n }, (_, i) => (col[i] === col[i] ? cell(col[i]) : null));
}

/** A Parquet file (Snappy): a row group for every block. `duration` is whole microseconds, an enumeration text. */
export class ParquetEncoder implements TableEncoder {
  private readonly schema: Schema;
  private readonly out: ByteSink;
  private readonly buffer: InstanceType<Library['ByteWriter']>;
  private readonly writer: ParquetWriter;

  constructor(library: Library, schema: Schema, out: ByteSink) {
    this.schema = schema;
    this.out = out;
    this.buffer = new library.ByteWriter(1 << 16);
    this.writer = new library.ParquetWriter({
      writer: this.buffer, createdBy: 'millrace', schema: [{ name: 'root', num_children: schema.length }, ...schema.map(element)],
    });
  }

  write({ n, cols }: Block): void {
    if (n === 0) return;
    const columnData = this.schema.map((f, c) => ({ name: f.name, data: values(cols[c], n, f), offsetIndex: false }));
    void this.writer.write({ columnData, rowGroupSize: n });
    this.drain();
  }

  finish(): void {
    void this.writer.finish();
    this.drain();
  }

  /** Hands the bytes on and begins the buffer anew: what is held never grows beyond a row group. */
  private drain(): void {
    this.out.bytes(this.buffer.getBytes());
    this.buffer.index = 0;
  }
}
