/** What an operator of one's own imports: `import { kernel, cell, int } from 'millrace/operator'`. */
export type { Column, Frame, Rows, TextColumn } from './frame.ts';
export type { FieldSpec, FieldsSpec, Span } from './field.ts';
export { aggregates, choice, duration, flag, formula, formulas, int, literal, map, names, number, object, ratio, span, text, texts } from './field.ts';
export type { Example, InputSpec, Kernel, OutputSpec, Step } from './kernel.ts';
export { kernel } from './kernel.ts';
export type { LayoutSpec } from './layout.ts';
export { cell, layOut, ring, Slab } from './layout.ts';
export type {
  AggregateCall, AsyncOperator, BoundArgs, ColumnRef, Operator, OperatorIo, RowOperator, RowStep, StreamInfo, TimedInstance, TimedOperator,
} from './operator.ts';
export { asynchronous, column, row, timed } from './operator.ts';
export { Random } from './random.ts';
export { TimerHeap } from './timers.ts';
export type { EnumType, Field, Schema, Type } from './types.ts';
export { enumType, SEVERITY, SIDE, TAKER } from './types.ts';
export { Refusal } from './diagnostic.ts';
