import type { Operator } from '../src/core/operator.ts';
import { bars } from './window/bars.ts';
import { conflate } from './window/conflate.ts';
import { resample } from './window/resample.ts';
import { sample } from './window/sample.ts';
import { window } from './window/window.ts';

/** Operators that put rows on a clock of their own: bars, windows, samples. */
export const WINDOWS: readonly Operator[] = Object.freeze([bars, conflate, resample, sample, window]);
