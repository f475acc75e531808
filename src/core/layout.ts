/**
 * Declared state of a kernel: named cells and rings, laid out in one row of doubles per key.
 * A checkpoint is a copy of the slab, so nobody writes snapshot or restore by hand.
 */
export interface CellSpec {
  readonly doubles: number;
  readonly init: number;
}

/** One number, `init` before the first row. */
export const cell = (init = 0): CellSpec => ({ doubles: 1, init });

/** `size` numbers in a row, every one `init` before the first row. */
export const ring = (size: number, init = 0): CellSpec => ({ doubles: size, init });

export type LayoutSpec = Readonly<Record<string, CellSpec>>;

export interface Layout<L extends LayoutSpec = LayoutSpec> {
  readonly doubles: number;
  /** Offset of each cell from the start of the kernel's part of the row. */
  readonly at: { readonly [K in keyof L]: number };
  /** The row of a key that has seen nothing. */
  readonly blank: Float64Array;
}

export function layOut<L extends LayoutSpec>(spec: L): Layout<L> {
  const at: Record<string, number> = {};
  let doubles = 0;
  for (const [name, c] of Object.entries(spec)) {
    at[name] = doubles;
    doubles += c.doubles;
  }
  const blank = new Float64Array(doubles);
  for (const [name, c] of Object.entries(spec)) blank.fill(c.init, at[name], at[name] + c.doubles);
  return { doubles, at: at as Layout<L>['at'], blank };
}

/** State of several kernels for every key: row `k` starts at `k * width`. Grows by doubling when new keys appear. */
export class Slab {
  data = new Float64Array(0);
  readonly width: number;
  private readonly blank: Float64Array;
  private keys = 0;

  constructor(blanks: readonly Float64Array[]) {
    this.width = blanks.reduce((sum, b) => sum + b.length, 0);
    this.blank = new Float64Array(this.width);
    let at = 0;
    for (const b of blanks) {
      this.blank.set(b, at);
      at += b.length;
    }
  }

  /** Makes rows for keys 0..n-1. `data` may be a new array afterwards. */
  ensure(n: number): void {
    if (n <= this.keys) return;
    const room = Math.max(16, this.keys);
    let keys = room;
    while (keys < n) keys *= 2;
    const data = new Float64Array(keys * this.width);
    data.set(this.data);
    for (let k = this.keys; k < keys; k++) data.set(this.blank, k * this.width);
    this.data = data;
    this.keys = keys;
  }

  save(): Float64Array {
    return this.data.slice();
  }

  /** The rows of keys 0..n-1 as they are, not as a copy; the rows of other keys are blank. */
  view(n: number): Float64Array {
    return this.data.subarray(0, Math.min(n, this.keys) * this.width);
  }

  load(saved: Float64Array): void {
    this.data = saved.slice();
    this.keys = this.width === 0 ? 0 : saved.length / this.width;
  }

  /** Takes over `doubles` numbers of every key: those from `at` on of the rows, `width` long, of another slab, to the place `to` here. */
  adopt(to: number, doubles: number, rows: Float64Array, width: number, at: number): void {
    const keys = rows.length / width;
    this.ensure(keys);
    for (let k = 0; k < keys; k++) {
      const from = k * width + at;
      this.data.set(rows.subarray(from, from + doubles), k * this.width + to);
    }
  }
}
