import { ORDER_TYPES, type OrderRow, type OrderStatus } from './model.ts';
import { numbers, wordsOf, type PortRows } from './port-rows.ts';

const orNull = (x: number): number | null => (Number.isNaN(x) ? null : x);

/** Columns that are kept of an order, by the names that they have in its stream. */
const KEPT = [
  'order', 'status', 'side', 'type', 'quantity', 'filled', 'avg_price', 'limit', 'stop', 'tif', 'sent', 'parent', 'role',
] as const;

/** Orders by number, which count from 1, in their last state: as columns, because every one changes several times. */
export class Orders {
  private n = 0;
  private updated: Float64Array = new Float64Array(256);
  private key = new Int32Array(256);
  private readonly cols: Float64Array[] = KEPT.map(() => new Float64Array(256));
  private readonly codes: (string | null)[] = [];
  private words: Readonly<Record<'status' | 'tif' | 'role', readonly string[]>> | null = null;
  private names: readonly string[] = [];

  take(rows: PortRows): void {
    const { n, sel, ts, key, keys } = rows;
    const from = KEPT.map((name) => numbers(rows, name));
    const code = rows.cols[rows.schema.findIndex((f) => f.name === 'code')] as readonly (string | null)[];
    this.words ??= { status: wordsOf(rows, 'status'), tif: wordsOf(rows, 'tif'), role: wordsOf(rows, 'role') };
    this.names = keys.names;
    for (let j = 0; j < n; j++) {
      const i = sel === null ? j : sel[j];
      const at = from[0][i] - 1;
      if (at >= this.updated.length) this.grow(at);
      if (at >= this.n) this.n = at + 1;
      this.updated[at] = ts[i];
      this.key[at] = key[i];
      this.codes[at] = code[i];
      for (let c = 0; c < from.length; c++) this.cols[c][at] = from[c][i];
    }
  }

  private grow(at: number): void {
    const size = Math.max(2 * this.updated.length, at + 1);
    const longer = (old: Float64Array): Float64Array => {
      const more = new Float64Array(size);
      more.set(old);
      return more;
    };
    this.updated = longer(this.updated);
    for (let c = 0; c < this.cols.length; c++) this.cols[c] = longer(this.cols[c]);
    const key = new Int32Array(size);
    key.set(this.key);
    this.key = key;
  }

  /** An order that a run was not told of (one sent before its first row) has no number here, and is left out. */
  rows(): OrderRow[] {
    const { words, names, updated, key, codes } = this;
    if (words === null) return [];
    const [order, status, side, type, quantity, filled, avg, limit, stop, tif, sent, parent, role] = this.cols;
    const out: OrderRow[] = [];
    for (let i = 0; i < this.n; i++) {
      if (order[i] === 0) continue;
      out.push({
        id: order[i], symbol: names[key[i]], ts: sent[i], updated: updated[i], side: side[i] === 1 ? 'buy' : 'sell',
        type: ORDER_TYPES[type[i]], quantity: quantity[i], limit: orNull(limit[i]), stop: orNull(stop[i]), tif: words.tif[tif[i]],
        status: words.status[status[i]] as OrderStatus, filled: filled[i], avgPrice: orNull(avg[i]), parent: orNull(parent[i]),
        reason: words.role[role[i]], code: codes[i],
      });
    }
    return out;
  }
}
