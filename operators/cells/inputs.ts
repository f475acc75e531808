import { int } from '../../src/core/field.ts';
import type { InputSpec } from '../../src/core/kernel.ts';

/** Inputs and parameters that many kernels share, so that a column is called the same everywhere. */
export const CLOSE: InputSpec = Object.freeze({ name: 'close', doc: 'Closing price.', column: 'close' });
export const HIGH: InputSpec = Object.freeze({ name: 'high', doc: 'Highest price of the bar.', column: 'high' });
export const LOW: InputSpec = Object.freeze({ name: 'low', doc: 'Lowest price of the bar.', column: 'low' });
export const VOLUME: InputSpec = Object.freeze({ name: 'volume', doc: 'Quantity traded in the bar.', column: 'volume' });

/** Any series; the close when the call names none. */
export const SERIES: InputSpec = Object.freeze({ name: 'of', doc: 'Series to look at.', column: 'close' });

/** Any series, always named by the call. */
export const ANY: InputSpec = Object.freeze({ name: 'of', doc: 'Series to look at.' });

/** A window of rows; a function with `over` takes a length of time as well, and its reference page says so by the kind `span`. */
export const period = (fallback: number, min = 1) => rows(fallback, 'Rows in the window, or a length of time such as 2h.', min);

/** A length in rows of the input's row clock. */
export const rows = (fallback: number, doc = 'Rows in the window.', min = 1) =>
  int({ doc, min, max: 100_000, default: fallback, unit: 'rows' });
