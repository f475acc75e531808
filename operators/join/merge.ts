import { Refusal } from '../../src/core/diagnostic.ts';
import { timed, type OperatorIo, type StreamInfo, type TimedInstance } from '../../src/core/operator.ts';
import { sameType, typeName, type Field, type Schema } from '../../src/core/types.ts';
import { copyRow, keyIn } from './columns.ts';

/** The union of the columns by name, in order of first appearance. */
function unionSchema(inputs: readonly StreamInfo[]): Schema {
  const byName = new Map<string, { field: Field; from: string }>();
  for (const input of inputs) {
    for (const field of input.schema) {
      const known = byName.get(field.name);
      if (known === undefined) byName.set(field.name, { field, from: input.id });
      else if (!sameType(known.field.type, field.type)) {
        throw new Refusal(
          'E320',
          `column \`${field.name}\` is ${typeName(known.field.type)} in \`${known.from}\` and ${typeName(field.type)} in \`${input.id}\``,
          { help: ['`merge` puts columns of one name under each other, so they need one type.',
            `Rename one of the two before, in a node of its own: \`rename: { ${input.id}_${field.name}: ${field.name} }\`.`] },
        );
      }
    }
  }
  return [...byName.values()].map((v) => v.field);
}

/** Every input's slots in the order of the union; -1 where an input lacks a column. */
function alignedInputs(io: OperatorIo): readonly (readonly number[])[] {
  const union = new Set<string>();
  for (const input of io.inputs) {
    for (const field of input.schema) union.add(field.name);
  }
  const names = [...union.keys()];
  return io.inputs.map((input) => names.map((name) => input.slots[input.schema.findIndex((f) => f.name === name)] ?? -1));
}

export const merge = timed({
  name: 'merge',
  family: 'join',
  summary: 'Rows of several streams in one, in the order in which they came.',
  doc: 'Interleaves the rows of two or more streams in total order. The columns are the union by name: a row is null in a column that its '
    + 'stream lacks. Columns of one name must have one type. Nothing waits and nothing is dropped, late rows included, and keys stay '
    + 'what they are.',
  fields: {},
  inputs: [2, 64],
  examples: [
    { title: 'Trades and bars on one stream', yaml: 'both:\n  from: [trades, bars]\n  merge: {}' },
  ],
  schema: (_args, inputs) => unionSchema(inputs),
  clock: () => 'merge',
  scope: (_args, inputs) => (inputs.every((s) => s.scope === 'market') ? 'market' : 'key'),
  warmup: () => 1,
  stateSize: () => ({ bytes: 0, grows: null }),
  create(_args, io): TimedInstance {
    const aligned = alignedInputs(io);
    return {
      due: Infinity,
      row(input, i) {
        const frame = io.rows[input].frame;
        const out = io.out.frame;
        const to = io.out.emit(frame.ts[i], keyIn(out, frame, frame.key[i]));
        copyRow(frame, aligned[input], i, out, io.slots, 0, to);
      },
      advance() { /* Nothing waits for time here. */ },
      save: () => null,
    };
  },
});
