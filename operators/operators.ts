import type { Operator } from '../src/core/operator.ts';
import { aggregate } from './join/aggregate.ts';
import { correlation } from './join/correlation.ts';
import { demean } from './join/demean.ts';
import { join } from './join/join.ts';
import { merge } from './join/merge.ts';
import { pair } from './join/pair.ts';
import { quantile } from './join/quantile.ts';
import { rank } from './join/rank.ts';
import { compute } from './shape/compute.ts';
import { dedupe } from './shape/dedupe.ts';
import { filter } from './shape/filter.ts';
import { rename } from './shape/rename.ts';
import { select } from './shape/select.ts';
import { split } from './shape/split.ts';
import { signal } from './signal/signal.ts';
import { TRADE } from './trade/nodes.ts';
import { WINDOWS } from './windows.ts';

/** Every operator that a node can name, in the order of the reference. */
export const OPERATORS: readonly Operator[] = Object.freeze([
  compute, filter, select, rename, split, dedupe,
  ...WINDOWS,
  merge, join, aggregate, rank, quantile, demean, correlation, pair,
  signal,
  ...TRADE,
]);
