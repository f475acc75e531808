/** What a file of operators of one's own imports: `import { kernel, cell, int } from 'millrace/operator'`. */
export { aggregates, choice, duration, flag, formula, formulas, ids, int, list, literal, map, money, names, number, object, ratio, span,
  text, texts, time } from './core/field.ts';
export type { FieldSpec, FieldsSpec, FieldValues, Money, Span } from './core/field.ts';
export type { Column, Frame, Rows, TextColumn } from './core/frame.ts';
export { kernel } from './core/kernel.ts';
export type { Example, Family, InputSpec, Kernel, OutputSpec, Step } from './core/kernel.ts';
export { cell, ring } from './core/layout.ts';
export type { CellSpec, Layout, LayoutSpec } from './core/layout.ts';
export { asynchronous, column, row, timed } from './core/operator.ts';
export type {
  AggregateCall, AsyncOperator, BoundArgs, ColumnRef, Emitter, InputColumns, Operator, OperatorIo, Port, RowOperator, RowStep,
  Scope, StreamInfo, TimedInstance, TimedOperator, TimePolicy,
} from './core/operator.ts';
export { TimerHeap } from './core/timers.ts';
export { DAY, HOUR, MILLISECOND, MINUTE, SECOND } from './core/time.ts';
export { enumType, SEVERITY, SIDE, TAKER } from './core/types.ts';
export type { EnumType, Field, Schema, Type } from './core/types.ts';
