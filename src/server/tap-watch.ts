import type { OutputRows } from '../core/connector.ts';
import type { TapPort } from './tap.ts';
import type { TapNode, TapRows } from './tap-protocol.ts';

export interface WatchOptions {
  /** Rows in a second, and at most in one turn. */
  readonly rate: number;
  readonly perTick: number;
  readonly symbol: string | null;
  readonly condition: ((rows: OutputRows) => readonly number[]) | null;
}

/** Rows looked at in one turn for those that a symbol or a condition lets through. */
const LOOKED_AT = 4_096;

/** Keeps a few rows of one node between two turns. What an epoch pays is bounded by that, whatever its size. */
export class TapWatch {
  private readonly node: TapNode;
  private readonly options: WatchOptions;
  private seq: number[] = [];
  private ts: number[] = [];
  private symbol: string[] = [];
  private cols: (number | string | null)[][];
  private dropped = 0;
  private unseen = 0;
  private looks = LOOKED_AT;
  private credit: number;
  private last = NaN;
  private leave: () => void = () => undefined;

  constructor(node: TapNode, options: WatchOptions) {
    this.node = node;
    this.options = options;
    this.credit = options.perTick;
    this.cols = node.schema.map(() => []);
  }

  attach(port: TapPort): void {
    this.leave = port.watch(this.node.id, (rows) => this.see(rows));
  }

  detach(): void {
    this.leave();
  }

  /** What has been kept, or null when there is nothing to say; makes room for the next turn. */
  take(now: number): TapRows | null {
    const { rate, perTick } = this.options;
    this.credit = Number.isNaN(this.last) ? perTick : Math.min(perTick, this.credit + (rate * (now - this.last)) / 1000);
    this.last = now;
    this.looks = LOOKED_AT;
    if (this.seq.length === 0 && this.dropped === 0 && this.unseen === 0) return null;
    const out: TapRows = {
      op: 'rows', node: this.node.id, seq: this.seq, ts: this.ts, symbol: this.symbol, cols: this.cols, dropped: this.dropped,
      unseen: this.unseen,
    };
    [this.seq, this.ts, this.symbol, this.cols] = [[], [], [], this.node.schema.map(() => [])];
    this.dropped = this.unseen = 0;
    return out;
  }

  private see(rows: OutputRows): void {
    const { symbol, condition } = this.options;
    if (symbol === null && condition === null) {
      this.first(rows);
      return;
    }
    const seen = this.credit < 1 ? 0 : Math.min(rows.n, this.looks);
    this.looks -= seen;
    this.unseen += rows.n - seen;
    if (seen === 0) return;
    const wanted = condition === null ? null : condition(seen === rows.n ? rows : { ...rows, n: seen });
    const n = wanted === null ? seen : wanted.length;
    for (let w = 0; w < n; w++) {
      const r = wanted === null ? w : wanted[w];
      const i = rows.sel === null ? r : rows.sel[r];
      if (symbol === null || rows.keys.symbols[rows.key[i]] === symbol) this.keep(rows, i);
    }
  }

  private first(rows: OutputRows): void {
    const n = Math.min(rows.n, Math.floor(this.credit));
    for (let r = 0; r < n; r++) this.keep(rows, rows.sel === null ? r : rows.sel[r]);
    this.dropped += rows.n - n;
  }

  private keep(rows: OutputRows, i: number): void {
    if (this.credit < 1) {
      this.dropped += 1;
      return;
    }
    this.credit -= 1;
    this.seq.push(rows.seq[i]);
    this.ts.push(rows.ts[i]);
    this.symbol.push(rows.keys.symbols[rows.key[i]] ?? '');
    for (let c = 0; c < rows.cols.length; c++) {
      const value = rows.cols[c][i];
      this.cols[c].push(value === null || typeof value === 'string' || Number.isFinite(value) ? value : null);
    }
  }
}
