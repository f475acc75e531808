import { Slab } from '../../src/core/layout.ts';
import type { OverState } from '../../src/core/over.ts';
import { TimeRing } from './ring.ts';

/**
 * What the functions over time share: the rows of the window, and per key a few cells made of them (running sums and their like).
 *
 * Running sums are computed afresh from the rows once the window has turned over, as in `cells/sliding.ts`: cell `DUE` counts down the rows
 * that come and go. A window that was empty starts anew, so a pause as long as the span leaves no trace of what was before.
 */
export abstract class OverRing implements OverState {
  protected readonly ring: TimeRing;
  protected readonly cells: Slab;

  constructor(span: number, width: number, cells: number) {
    this.ring = new TimeRing(span, width);
    this.cells = new Slab([new Float64Array(cells)]);
  }

  abstract step(key: number, ts: number, x: number, y: number): number;

  ensure(keys: number): void {
    this.ring.ensure(keys);
    this.cells.ensure(keys);
  }

  save(): unknown {
    return { ring: this.ring.save(), cells: this.cells.save() };
  }

  load(saved: unknown): void {
    const { ring, cells } = saved as { readonly ring: unknown; readonly cells: Float64Array };
    this.ring.load(ring);
    this.cells.load(cells);
  }
}

/** Rows that may come and go before sums over `n` rows are computed afresh: constant work per row, however the window grows or shrinks. */
export const dueAfter = (n: number): number => 2 * n;
/** Whether to do so now: after a turn of the window, or when it has become much smaller than it was. */
export const isDue = (due: number, n: number): boolean => due <= 0 || due > 4 * n;
